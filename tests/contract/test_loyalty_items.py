"""What every field of an item may hold, and how all that is wrong with an item is told."""

from typing import Any

import pytest

from tests.contract.loyalty_calls import counted, infos, insert, modify
from tests.retailing import CARDS, COUPONS, SEGMENTS, Retailer

FEEDS = pytest.mark.parametrize("feed", [CARDS, COUPONS, SEGMENTS])
LONG = "x" * 33
FACES = "😀" * 32
"""As long as it may be in characters, and four times so in bytes."""

NO_DATE = "must be a date, YYYY-MM-DD"
NO_STATUS = "must be 'ENABLED' or 'DISABLED'"
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
    assert infos(detail) == [*wanted, (14, None, "code: required")]
    assert counted(detail) == {"errors": 14, "inserted": 1}


NOT_ITEMS: list[Any] = [None, [], ["A"], "A", 1, 1.5, True]


@FEEDS
def test_an_item_that_is_not_an_object_costs_only_itself(shop: Retailer, feed: str) -> None:
    """It has no code, so its place has to say which it was."""
    detail = shop.administer(feed, *NOT_ITEMS, insert(feed))

    assert infos(detail) == [(rec, None, "item: must be an object") for rec in range(1, 8)]
    assert counted(detail) == {"errors": 7, "inserted": 1}


@FEEDS
@pytest.mark.parametrize("operation", ["", "i", "D", "INSERT", " I", None, 1, ["I"]])
def test_an_operation_is_one_of_three(shop: Retailer, feed: str, operation: Any) -> None:
    """What is meant is not guessed at: a removal can't be taken back."""
    detail = shop.administer(feed, insert(feed) | {"operation": operation})

    assert infos(detail) == [(1, "A", "operation: must be 'I', 'U' or 'R'")]


def test_an_item_must_say_its_operation(shop: Retailer) -> None:
    """And nothing at all is wrong in two places."""
    detail = shop.administer(COUPONS, {"code": "A", "type": "t1"}, {})

    assert infos(detail) == [
        (1, "A", "operation: required"),
        (2, None, "operation: required; code: required"),
    ]


@pytest.mark.parametrize("feed", [CARDS, COUPONS])
def test_a_type_is_needed_to_insert_only(shop: Retailer, feed: str) -> None:
    """An update may leave it out."""
    item = insert(feed)
    del item["type"]

    detail = shop.administer(feed, item, insert(feed, "B"), modify(feed, "B", amount=1))

    assert infos(detail) == [(1, "A", "type: required")]
    assert counted(detail) == {"errors": 1, "inserted": 1, "updated": 1}


def test_a_membership_needs_a_segment_whatever_is_done_with_it(shop: Retailer) -> None:
    """It is half of the key."""
    items = [{"operation": operation, "code": "A"} for operation in ("I", "U", "R")]

    detail = shop.administer(SEGMENTS, *items)

    assert infos(detail) == [(rec, "A", "segment: required") for rec in (1, 2, 3)]


GOOD: list[tuple[str, Any]] = [
    ("type", FACES),
    ("customerId", "x" * 64),
    ("customerId", "Ñ 1"),
    ("validFrom", "0001-01-01"),
    ("validFrom", "2024-02-29"),
    ("validTo", "9999-12-31"),
    ("status", "DISABLED"),
    ("maxUses", 1),
    ("maxUses", 1_000_000_000),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_field_is_kept_as_it_came(shop: Retailer, name: str, value: Any) -> None:
    """Up to its limits, in characters."""
    assert infos(shop.administer(COUPONS, insert(**{name: value}))) == []

    assert shop.records(COUPONS)["napse|A"][name] == value


WRONG: list[tuple[str, Any, str]] = [
    ("type", "", "must not be empty"),
    ("type", LONG, TOO_LONG),
    ("type", "a\nb", BAD_TEXT),
    ("type", 1, NO_STRING),
    ("type", None, NO_STRING),
    ("customerId", "x" * 65, "at most 64 characters"),
    ("customerId", 1122, NO_STRING),
    ("customerId", "a\u0000", BAD_TEXT),
    *(
        (name, value, NO_DATE)
        for name in ("validFrom", "validTo")
        for value in (
            "2026-02-30",
            "2023-02-29",
            "2026-13-01",
            "2026-00-10",
            "0000-01-01",
            "2026-1-1",
            "20260101",
            "2026-W01-1",
            "2026-01-01T00:00:00Z",
            "01-01-2026",
            " 2026-01-01",
            "2026-01-01\n",
            "２０２６-01-01",
            " ",
        )
    ),
    ("validFrom", 20260101, NO_STRING),
    ("validTo", None, NO_STRING),
    ("status", "", NO_STATUS),
    ("status", "enabled", NO_STATUS),
    ("status", True, NO_STATUS),
    ("status", None, NO_STATUS),
    ("maxUses", 0, "must be at least 1"),
    ("maxUses", -1, "must be at least 1"),
    ("maxUses", 1.5, "must be a whole number"),
    ("maxUses", True, "must be a whole number"),
    ("maxUses", "3", "must be a whole number"),
    ("maxUses", None, "must be a whole number"),
    ("maxUses", 1_000_000_001, "must be at most 1000000000"),
    ("maxUses", 10**30, "must be at most 1000000000"),
    ("colour", "red", "unknown field"),
    ("Type", "t1", "unknown field"),
    ("cvv", "123", "unknown field"),
    ("segment", "gold", "unknown field"),
    ("", 1, "unknown field"),
]


def test_each_wrong_field_of_a_coupon_is_told_by_its_name(shop: Retailer) -> None:
    """All of them in one request: none hides another, and none is applied."""
    items = [
        insert(COUPONS, f"c{at}", **{name: value}) for at, (name, value, _) in enumerate(WRONG)
    ]

    detail = shop.administer(COUPONS, *items)

    wanted = [
        (at + 1, f"c{at}", f"{name}: {why}" if name else f"item: {why}")
        for at, (name, _, why) in enumerate(WRONG)
    ]
    assert infos(detail) == wanted
    assert shop.records(COUPONS) == {}


@pytest.mark.parametrize("cvv", ["12", "12345", "12a", " 123", "123\n", "１２３", "", 123, None])
def test_a_cvv_is_3_or_4_digits(shop: Retailer, cvv: Any) -> None:
    """With one text for all that is wrong with it."""
    for validated in (True, False):
        detail = shop.administer(CARDS, insert(CARDS, cvv=cvv), validateCard=validated)
        assert infos(detail) == [(1, "A", "invalid cvv")]


@pytest.mark.parametrize("name", ["maxUses", "segment"])
def test_a_card_has_no_field_of_other_feeds(shop: Retailer, name: str) -> None:
    """Refused by its name, as any that nobody knows."""
    detail = shop.administer(CARDS, insert(CARDS, **{name: 1}))

    assert infos(detail) == [(1, "A", f"{name}: unknown field")]


@pytest.mark.parametrize("name", ["type", "cvv", "customerId", "amount", "status", "maxUses"])
def test_a_membership_has_only_dates(shop: Retailer, name: str) -> None:
    """Refused by its name, as any that nobody knows."""
    detail = shop.administer(SEGMENTS, insert(SEGMENTS, **{name: "1"}))

    assert infos(detail) == [(1, "A", f"{name}: unknown field")]


@pytest.mark.parametrize("segment", ["", LONG, "a\u001fb", 1, None])
def test_a_segment_is_a_text_of_1_to_32_characters(shop: Retailer, segment: Any) -> None:
    """As a code is."""
    good = [insert(SEGMENTS, segment=name) for name in ("x" * 32, " ", FACES)]

    detail = shop.administer(SEGMENTS, *good, insert(SEGMENTS, segment=segment))

    assert counted(detail) == {"inserted": 3, "errors": 1}
    assert detail["errorDetails"][0]["info"].startswith("segment: ")
