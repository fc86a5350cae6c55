"""What inserting, modifying and removing come to, in all three feeds."""

import json
from typing import Any

import pytest

from tests.contract.loyalty_calls import counted, infos, insert, modify, recs, remove
from tests.pushing import at_work
from tests.retailing import CARDS, COUPONS, SEGMENTS, Retailer

FEEDS = pytest.mark.parametrize("feed", [CARDS, COUPONS, SEGMENTS])


@FEEDS
def test_what_does_not_exist_is_inserted(shop: Retailer, feed: str) -> None:
    """The first cell of the table."""
    detail = shop.administer(feed, insert(feed))

    assert (counted(detail), recs(detail)) == ({"inserted": 1}, [1])
    assert len(shop.records(feed)) == 1


@FEEDS
def test_inserting_the_same_content_again_is_ignored(shop: Retailer, feed: str) -> None:
    """A retailer that sends its whole file every night changes nothing by it."""
    shop.administer(feed, insert(feed, validFrom="2026-01-01"))
    before = shop.records(feed)

    detail = shop.administer(feed, insert(feed, validFrom="2026-01-01"))

    assert (counted(detail), recs(detail)) == ({"ignored": 1}, [1])
    assert shop.records(feed) == before


@FEEDS
def test_inserting_other_content_is_an_error(shop: Retailer, feed: str) -> None:
    """`I` never overwrites: what is there stays as it is."""
    shop.administer(feed, insert(feed, validFrom="2026-01-01"))
    before = shop.records(feed)

    detail = shop.administer(feed, insert(feed, validFrom="2026-01-02"))

    assert counted(detail) == {"errors": 1}
    assert infos(detail) == [(1, "A", "already exists")]
    assert shop.records(feed) == before


@FEEDS
def test_what_exists_is_updated(shop: Retailer, feed: str) -> None:
    """A field that was not there is added."""
    shop.administer(feed, insert(feed))

    detail = shop.administer(feed, modify(feed, validTo="2027-01-01"))

    assert (counted(detail), recs(detail)) == ({"updated": 1}, [1])
    (record,) = shop.records(feed).values()
    assert record["validTo"] == "2027-01-01"


@FEEDS
@pytest.mark.parametrize("fields", [{}, {"validTo": "2027-01-01"}, {"validFrom": ""}])
def test_an_update_that_changes_nothing_is_ignored(
    shop: Retailer, feed: str, fields: dict[str, str]
) -> None:
    """No field, the same value, or taking away what is not there."""
    shop.administer(feed, insert(feed, validTo="2027-01-01"))

    detail = shop.administer(feed, modify(feed, **fields))

    assert counted(detail) == {"ignored": 1}


@FEEDS
@pytest.mark.parametrize("change", [modify, remove])
def test_what_does_not_exist_is_not_found(shop: Retailer, feed: str, change: Any) -> None:
    """Neither `U` nor `R` makes a record."""
    detail = shop.administer(feed, change(feed))

    assert counted(detail) == {"errors": 1}
    assert infos(detail) == [(1, "A", "not found")]
    assert shop.records(feed) == {}


@FEEDS
def test_what_exists_is_removed_once(shop: Retailer, feed: str) -> None:
    """The second removal, and a change after it, find nothing."""
    shop.administer(feed, insert(feed))

    assert counted(shop.administer(feed, remove(feed))) == {"removed": 1}
    assert shop.records(feed) == {}
    assert infos(shop.administer(feed, remove(feed), modify(feed))) == [
        (1, "A", "not found"),
        (2, "A", "not found"),
    ]


@FEEDS
def test_what_was_removed_can_be_inserted_anew(shop: Retailer, feed: str) -> None:
    """With other content, as nothing of what it was is left."""
    shop.administer(feed, insert(feed, validFrom="2026-01-01"), remove(feed))

    detail = shop.administer(feed, insert(feed, validTo="2027-01-01"))

    assert counted(detail) == {"inserted": 1}
    (record,) = shop.records(feed).values()
    assert "validFrom" not in record


@FEEDS
def test_items_of_one_code_are_applied_in_their_order_and_told_by_their_place(
    shop: Retailer, feed: str
) -> None:
    """Another code in between does not disturb, wherever it is worked."""
    detail = shop.administer(
        feed,
        modify(feed),
        insert(feed),
        insert(feed, "B"),
        insert(feed),
        modify(feed, validTo="2027-01-01"),
        insert(feed),
        remove(feed),
        remove(feed),
        insert(feed, validTo="2028-01-01"),
    )

    assert counted(detail) == {
        "updated": 1,
        "ignored": 1,
        "inserted": 3,
        "removed": 1,
        "errors": 3,
    }
    assert recs(detail) == [2, 3, 4, 5, 7, 9]
    assert infos(detail) == [
        (1, "A", "not found"),
        (6, "A", "already exists"),
        (8, "A", "not found"),
    ]
    assert len(shop.records(feed)) == 2


def test_what_stands_in_the_query_of_a_request_is_ignored(shop: Retailer) -> None:
    """The manual knows no parameters there; those that shape the answer are in the body."""
    with at_work(shop.gateway, "worker"):
        answer = shop.gateway.call(
            CARDS,
            headers={"Authorization": [shop.authorization]},
            query=[("detailedErrors", "false"), ("x", "")],
            body=json.dumps(shop.request(remove(CARDS))).encode(),
        )

    assert answer.status == 200
    assert [one["info"] for one in answer.body["detail"]["errorDetails"]] == ["not found"]
