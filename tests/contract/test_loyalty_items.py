"""What every field of an item may hold."""

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

NOT_ITEMS: list[Any] = [None, [], ["A"], "A", 1, 1.5, True]


@FEEDS
def test_an_item_that_is_not_an_object_costs_only_itself(shop: Retailer, feed: str) -> None:
    """It has no code, so its place has to say which it was."""
    detail = shop.administer(feed, *NOT_ITEMS, insert(feed))

    assert infos(detail) == [(rec, None, "item: must be an object") for rec in range(1, 8)]
    assert counted(detail) == {"errors": 7, "inserted": 1}


NOT_OPERATIONS: list[Any] = ["", "i", "D", "INSERT", " I", None, 1, ["I"]]


@FEEDS
def test_an_operation_is_one_of_three(shop: Retailer, feed: str) -> None:
    """What is meant is not guessed at: a removal can't be taken back."""
    items = [insert(feed) | {"operation": operation} for operation in NOT_OPERATIONS]

    detail = shop.administer(feed, *items)

    why = "operation: must be 'I', 'U' or 'R'"
    assert infos(detail) == [(rec, "A", why) for rec in range(1, 9)]


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


def test_a_field_is_kept_as_it_came(shop: Retailer) -> None:
    """Up to its limits, in characters."""
    fields = [{name: value} for name, value in GOOD]
    items = [insert(COUPONS, f"c{at}", **field) for at, field in enumerate(fields)]

    assert counted(shop.administer(COUPONS, *items)) == {"inserted": 9}

    records = shop.records(COUPONS)
    for at, (name, value) in enumerate(GOOD):
        assert records[f"napse|c{at}"][name] == value


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

    assert infos(detail) == [
        (at + 1, f"c{at}", f"{name}: {why}") for at, (name, _, why) in enumerate(WRONG)
    ]
    assert shop.records(COUPONS) == {}


NOT_CVVS: list[Any] = ["12", "12345", "12a", " 123", "123\n", "１２３", "", 123, None]


@pytest.mark.parametrize("validated", [True, False])
def test_a_cvv_is_3_or_4_digits(shop: Retailer, *, validated: bool) -> None:
    """With one text for all that is wrong with it."""
    items = [insert(CARDS, cvv=cvv) for cvv in NOT_CVVS]

    detail = shop.administer(CARDS, *items, validateCard=validated)

    assert infos(detail) == [(rec, "A", "invalid cvv") for rec in range(1, 10)]


def test_a_card_has_no_field_of_other_feeds(shop: Retailer) -> None:
    """Refused by its name, as any that nobody knows."""
    detail = shop.administer(CARDS, insert(CARDS, maxUses=1), insert(CARDS, segment="gold"))

    assert infos(detail) == [(1, "A", "maxUses: unknown field"), (2, "A", "segment: unknown field")]


def test_a_membership_has_only_dates(shop: Retailer) -> None:
    """Refused by its name, as any that nobody knows."""
    names = ["type", "cvv", "customerId", "amount", "status", "maxUses"]

    detail = shop.administer(SEGMENTS, *(insert(SEGMENTS, **{name: "1"}) for name in names))

    assert infos(detail) == [
        (1, "A", "type: unknown field"),
        (2, "A", "cvv: unknown field"),
        (3, "A", "customerId: unknown field"),
        (4, "A", "amount: unknown field"),
        (5, "A", "status: unknown field"),
        (6, "A", "maxUses: unknown field"),
    ]
