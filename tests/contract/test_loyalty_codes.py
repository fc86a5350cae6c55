"""What a code and a segment may be: with them a record is found."""

import re
from typing import Any

import pytest

from tests.contract.loyalty_calls import counted, infos, insert, recs
from tests.retailing import CARDS, COUPONS, SEGMENTS, Retailer

FEEDS = pytest.mark.parametrize("feed", [CARDS, COUPONS, SEGMENTS])
LONG = "x" * 33
FACES = "😀" * 32
"""As long as it may be in characters, and four times so in bytes."""

NO_STRING = "must be a string"
BAD_TEXT = "has characters that are not allowed"
TOO_LONG = "at most 32 characters"

CODES = [
    "x",
    "x" * 32,
    FACES,
    " ",
    " a ",
    "a b",
    "ñandú",
    "n\u0303",
    "#",
    "/",
    "a;b",
    "\u2028",
    "0",
]


@FEEDS
def test_codes_are_texts_of_1_to_32_characters(shop: Retailer, feed: str) -> None:
    """Spaces and letters of any alphabet are the retailer's own and kept as they are."""
    detail = shop.administer(feed, *(insert(feed, code) for code in CODES))

    assert counted(detail) == {"inserted": 13}
    assert [success["code"] for success in detail["successDetails"]] == CODES
    assert {key.split("|")[1] for key in shop.records(feed)} == set(CODES)


WRONG_CODES: list[tuple[Any, Any, str]] = [
    ("", "", "code: must not be empty"),
    (LONG, LONG, f"code: {TOO_LONG}"),
    (FACES + "x", FACES + "x", f"code: {TOO_LONG}"),
    ("a\nb", "a\nb", f"code: {BAD_TEXT}"),
    ("a\u0000", "a\u0000", f"code: {BAD_TEXT}"),
    ("a\u001fgold", "a\u001fgold", f"code: {BAD_TEXT}"),
    ("a\u007f", "a\u007f", f"code: {BAD_TEXT}"),
    ("a\u0085", "a\u0085", f"code: {BAD_TEXT}"),
    (7, 7, f"code: {NO_STRING}"),
    (10**30, 10**30, f"code: {NO_STRING}"),
    (None, None, f"code: {NO_STRING}"),
    (True, None, f"code: {NO_STRING}"),
    ({}, None, f"code: {NO_STRING}"),
    (["A"], None, f"code: {NO_STRING}"),
]


@FEEDS
def test_other_codes_are_refused_one_by_one(shop: Retailer, feed: str) -> None:
    """Each is told with the code as it came; the good one among them is applied."""
    items = [insert(feed, code) for code, _, _ in WRONG_CODES]
    bare = insert(feed)
    del bare["code"]

    detail = shop.administer(feed, *items, bare, insert(feed, "good"))

    wanted = [(rec, echoed, info) for rec, (_, echoed, info) in enumerate(WRONG_CODES, start=1)]
    assert infos(detail) == [*wanted, (15, None, "code: required")]
    assert counted(detail) == {"errors": 15, "inserted": 1}


NUMBERS = [
    ("0", "0"),
    ("-0", "0"),
    ("-0.0", "0"),
    ("12.5", "12.5"),
    ("12.50", "12.5"),
    ("1e3", "1000"),
    ("-1.5E-3", "-0.0015"),
    ("4567000000000.0", "4567000000000"),
    ("12345678901234567890123", "12345678901234567890123"),
    ("1e19", "10000000000000000000"),
    ("1e20", "1E+20"),
]


def test_a_code_that_is_a_number_is_told_as_one(shop: Retailer) -> None:
    """By its value, so that a repeat that writes it otherwise is told the same."""
    items = ",".join(f'{{"operation":"R","code":{code}}}' for code, _ in NUMBERS)
    body = f'{{"companyId":"napse","params":[],"items":[{items}]}}'

    answer = shop.post(COUPONS, body)

    assert re.findall(r'"code":([^,]+),"info":"code: must be a string"', answer.text) == [
        echoed for _, echoed in NUMBERS
    ]


def test_a_membership_needs_a_segment_whatever_is_done_with_it(shop: Retailer) -> None:
    """It is half of the key."""
    items = [{"operation": operation, "code": "A"} for operation in ("I", "U", "R")]

    detail = shop.administer(SEGMENTS, *items)

    assert infos(detail) == [(rec, "A", "segment: required") for rec in (1, 2, 3)]


def test_a_segment_is_a_text_of_1_to_32_characters(shop: Retailer) -> None:
    """As a code is."""
    names: list[Any] = ["x" * 32, " ", FACES, "", LONG, "a\u001fb", 1, None]

    detail = shop.administer(SEGMENTS, *(insert(SEGMENTS, segment=name) for name in names))

    assert recs(detail) == [1, 2, 3]
    assert infos(detail) == [
        (4, "A", "segment: must not be empty"),
        (5, "A", f"segment: {TOO_LONG}"),
        (6, "A", f"segment: {BAD_TEXT}"),
        (7, "A", f"segment: {NO_STRING}"),
        (8, "A", f"segment: {NO_STRING}"),
    ]
