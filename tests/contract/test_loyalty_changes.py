"""What an update leaves of a record, its dates, and which records are the same."""

from typing import Any

import pytest

from tests.contract.loyalty_calls import counted, infos, insert, modify, remove
from tests.retailing import CARDS, COUPONS, SEGMENTS, Retailer, opened

FEEDS = pytest.mark.parametrize("feed", [CARDS, COUPONS, SEGMENTS])
DISORDERED = "validTo: must not be before validFrom"
WHOLE = {
    "type": "t1",
    "validFrom": "2026-01-01",
    "validTo": "2026-12-31",
    "customerId": "1122",
    "amount": 50,
    "status": "ENABLED",
}
KEPT = WHOLE | {"amount": "50"}
CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "t2"}, {"type": "t2"}),
    ({"validFrom": "2026-02-01"}, {"validFrom": "2026-02-01"}),
    ({"validTo": "2026-11-30"}, {"validTo": "2026-11-30"}),
    ({"customerId": "7"}, {"customerId": "7"}),
    ({"amount": 45.5}, {"amount": "45.5"}),
    ({"status": "DISABLED"}, {"status": "DISABLED"}),
    ({"amount": 0, "status": "DISABLED"}, {"amount": "0", "status": "DISABLED"}),
]


@pytest.mark.parametrize("feed", [CARDS, COUPONS])
def test_an_update_changes_only_the_fields_it_names(shop: Retailer, feed: str) -> None:
    """All others stay as they were."""
    codes = [f"c{at}" for at in range(len(CHANGES))]
    shop.administer(feed, *(insert(feed, code, **WHOLE) for code in codes))

    items = [modify(feed, code, **given) for code, (given, _) in zip(codes, CHANGES, strict=True)]
    assert counted(shop.administer(feed, *items)) == {"updated": 7}

    records = shop.records(feed)
    for code, (_, changed) in zip(codes, CHANGES, strict=True):
        record = records[f"napse|{code}"]
        record.pop("cvv", None)
        assert record == KEPT | changed


def test_an_update_changes_a_coupons_uses_alone(shop: Retailer) -> None:
    """The field that only coupons have."""
    shop.administer(COUPONS, insert(maxUses=3, amount=1))

    shop.administer(COUPONS, modify(maxUses=4))

    assert shop.records(COUPONS)["napse|A"] == {
        "type": "t1",
        "amount": "1",
        "status": "ENABLED",
        "maxUses": 4,
    }


@FEEDS
@pytest.mark.parametrize(("name", "left"), [("validFrom", {"validTo"}), ("validTo", {"validFrom"})])
def test_an_empty_date_takes_the_date_away(
    shop: Retailer, feed: str, name: str, left: set[str]
) -> None:
    """`""` is none, not a date that can't be read; the other date stays."""
    shop.administer(feed, insert(feed, validFrom="2026-01-01", validTo="2026-12-31"))

    assert counted(shop.administer(feed, modify(feed, **{name: ""}))) == {"updated": 1}

    (record,) = shop.records(feed).values()
    assert record.keys() & {"validFrom", "validTo"} == left


@FEEDS
def test_an_insert_with_empty_dates_is_one_without(shop: Retailer, feed: str) -> None:
    """Two ways to say the same: the second is ignored."""
    detail = shop.administer(feed, insert(feed, validFrom="", validTo=""), insert(feed))

    assert counted(detail) == {"inserted": 1, "ignored": 1}


@pytest.mark.parametrize("same", [{"status": "ENABLED"}, {"amount": 10.0}, {"validTo": ""}])
def test_content_is_the_same_however_it_is_written(shop: Retailer, same: dict[str, Any]) -> None:
    """A default that is named, a decimal with zeros, a date that is none."""
    detail = shop.administer(COUPONS, insert(amount=10), insert(**{"amount": 10} | same))

    assert counted(detail) == {"inserted": 1, "ignored": 1}


@pytest.mark.parametrize("feed", [CARDS, COUPONS])
def test_what_an_update_has_left_is_the_same_as_if_it_were_inserted(
    shop: Retailer, feed: str
) -> None:
    """A retailer that sends its whole file after an update finds nothing wrong."""
    detail = shop.administer(
        feed, insert(feed, amount=1), modify(feed, amount=2), insert(feed, amount=2)
    )

    assert counted(detail) == {"inserted": 1, "updated": 1, "ignored": 1}


@FEEDS
@pytest.mark.parametrize(("name", "date"), [("validFrom", "2027-01-01"), ("validTo", "2025-12-31")])
def test_a_date_is_compared_with_the_one_the_record_has(
    shop: Retailer, feed: str, name: str, date: str
) -> None:
    """An update names one date; the record it would leave is what must be right."""
    shop.administer(feed, insert(feed, validFrom="2026-01-01", validTo="2026-12-31"))
    before = shop.records(feed)

    detail = shop.administer(feed, modify(feed, **{name: date}))

    assert infos(detail) == [(1, "A", DISORDERED)]
    assert shop.records(feed) == before


@FEEDS
def test_both_dates_may_move_past_the_records_at_once(shop: Retailer, feed: str) -> None:
    """Only what is left counts: one date alone would have been refused."""
    shop.administer(feed, insert(feed, validFrom="2026-01-01", validTo="2026-12-31"))

    moved = modify(feed, validFrom="2027-01-01", validTo="2027-12-31")
    opened_end = modify(feed, validFrom="2028-01-01", validTo="")

    assert counted(shop.administer(feed, moved, opened_end)) == {"updated": 2}


@FEEDS
def test_dates_may_be_the_same_day(shop: Retailer, feed: str) -> None:
    """`validTo` may not be before `validFrom`; on it, it may."""
    detail = shop.administer(
        feed,
        insert(feed, validFrom="2026-01-01", validTo="2026-01-01"),
        insert(feed, "B", validFrom="2026-01-02", validTo="2026-01-01"),
    )

    assert counted(detail) == {"inserted": 1, "errors": 1}
    assert infos(detail) == [(2, "B", DISORDERED)]


def test_a_membership_is_a_customer_in_a_segment(shop: Retailer) -> None:
    """One customer in two segments and two customers in one are different records."""
    detail = shop.administer(
        SEGMENTS,
        insert(SEGMENTS, "1", segment="gold"),
        insert(SEGMENTS, "1", segment="young"),
        insert(SEGMENTS, "2", segment="gold"),
        remove(SEGMENTS, "1") | {"segment": "young"},
        modify(SEGMENTS, "1", segment="young"),
    )

    assert counted(detail) == {"inserted": 3, "removed": 1, "errors": 1}
    assert shop.records(SEGMENTS) == {"napse|1|gold": {}, "napse|2|gold": {}}


@pytest.mark.parametrize(
    ("one", "two"),
    [(("ab", "c"), ("a", "bc")), (("a|b", "c"), ("a", "b|c")), (("a", "A"), ("A", "a"))],
)
def test_a_code_and_a_segment_never_run_together(
    shop: Retailer, one: tuple[str, str], two: tuple[str, str]
) -> None:
    """Two memberships whose names only look alike when joined."""
    items = [insert(SEGMENTS, code, segment=segment) for code, segment in (one, two)]

    assert counted(shop.administer(SEGMENTS, *items)) == {"inserted": 2}


def test_feeds_share_no_codes(shop: Retailer) -> None:
    """A card, a coupon and a customer may have the same code."""
    for feed in (CARDS, COUPONS, SEGMENTS):
        assert counted(shop.administer(feed, insert(feed))) == {"inserted": 1}

    shop.administer(CARDS, remove(CARDS))

    assert shop.records(COUPONS).keys() == {"napse|A"}


def test_companies_of_one_retailer_share_no_codes(shop: Retailer) -> None:
    """The same code in two companies is two records."""
    chain = opened(shop.gateway, f"{shop.name}-chain", "north", "south")
    north, south = (chain.request(insert(), companyId=name) for name in ("north", "south"))
    gone = chain.request(remove(), companyId="north")

    answers = [chain.post(COUPONS, request) for request in (north, south, gone)]

    assert [counted(answer.body["detail"]) for answer in answers] == [
        {"inserted": 1},
        {"inserted": 1},
        {"removed": 1},
    ]
    assert chain.records(COUPONS).keys() == {"south|A"}


def test_retailers_share_nothing(shop: Retailer) -> None:
    """Not even where both act for one company: each keeps its own records."""
    other = opened(shop.gateway, f"{shop.name}-other")
    shop.administer(COUPONS, insert())

    assert infos(other.administer(COUPONS, remove())) == [(1, "A", "not found")]
    assert counted(other.administer(COUPONS, insert(amount=1))) == {"inserted": 1}
    assert shop.records(COUPONS)["napse|A"] == {"type": "t1", "status": "ENABLED"}
