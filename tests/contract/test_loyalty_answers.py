"""What an answer tells: counters, details where they are asked for, and what is not finished."""

import json
from typing import Any

import pytest

from tests.contract.loyalty_calls import (
    DESCRIPTIONS,
    NOTHING,
    counted,
    infos,
    insert,
    modify,
    recs,
    refusal,
    remove,
    told,
)
from tests.engine.calls import answering
from tests.engine.calls import refusal as broken
from tests.pushing import at_work
from tests.retailing import CARDS, COUPONS, SEGMENTS, Retailer

FEEDS = pytest.mark.parametrize("feed", [CARDS, COUPONS, SEGMENTS])
ERROR = [{"rec": 2, "code": "B", "info": "not found"}]
SUCCESS = [{"rec": 1, "code": "A"}]


@FEEDS
@pytest.mark.parametrize(("off", "on"), [(False, True), ("false", "true")])
def test_details_are_left_out_where_they_are_not_wanted(
    shop: Retailer, feed: str, off: object, on: object
) -> None:
    """In both spellings; what is not named is on, and the counters stay."""
    items = [insert(feed), remove(feed, "B")]

    first = shop.administer(feed, *items, detailedErrors=on, detailedSuccess=off)
    second = shop.administer(feed, *items, detailedErrors=off)
    third = shop.administer(feed, *items, detailedErrors=off, detailedSuccess=off)

    assert (first["errorDetails"], first["successDetails"]) == (ERROR, [])
    assert (second["errorDetails"], second["successDetails"]) == ([], SUCCESS)
    assert (third["errorDetails"], third["successDetails"]) == ([], [])
    assert counted(first) == {"inserted": 1, "errors": 1}
    assert counted(second) == counted(third) == {"ignored": 1, "errors": 1}


@pytest.mark.parametrize(
    "params",
    [
        [],
        [{}],
        [{"detailedErrors": True, "detailedSuccess": "true", "validateCard": False}],
        [{"validateCard": "false"}, {"detailedSuccess": "true"}, {"detailedErrors": "true"}],
        [{"validateCard": "true"}, {}, {"detailedErrors": True, "detailedSuccess": True}],
    ],
)
def test_parameters_come_in_one_object_or_in_many(shop: Retailer, params: Any) -> None:
    """The sources show both."""
    answer = shop.post(COUPONS, shop.request(insert(), remove(COUPONS, "B"), params=params))

    detail = answer.body["detail"]
    assert (detail["errorDetails"], detail["successDetails"]) == (ERROR, SUCCESS)


@pytest.mark.parametrize(
    "params",
    [
        [{"detailedErrors": False, "detailedSuccess": "false", "validateCard": "false"}],
        [{"validateCard": False}, {"detailedSuccess": False}, {"detailedErrors": "false"}],
        [{}, {"detailedErrors": "false", "validateCard": False}, {"detailedSuccess": False}],
    ],
)
def test_each_of_many_parameter_objects_counts(shop: Retailer, params: Any) -> None:
    """A card without a cvv shows that its check is off, empty lists that the details are."""
    card = {"operation": "I", "code": "A", "type": "t1"}

    answer = shop.post(CARDS, shop.request(card, remove(CARDS, "B"), params=params))

    detail = answer.body["detail"]
    assert counted(detail) == {"inserted": 1, "errors": 1}
    assert (detail["errorDetails"], detail["successDetails"]) == ([], [])


def test_an_answer_is_json_that_nobody_keeps(shop: Retailer) -> None:
    """Codes are a retailer's own: a proxy in between must not keep them."""
    answer = shop.post(COUPONS, shop.request(insert(COUPONS, "ñ")))

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert '"code":"ñ"' in answer.text


def test_1000_items_are_counted_and_told_in_their_order(shop: Retailer) -> None:
    """The most that one request may have, of every kind."""
    items: list[Any] = []
    for at in range(200):
        code = f"{at * 7_919 % 1_000:04}"
        items += [
            insert(COUPONS, code),
            modify(COUPONS, code, amount=at),
            insert(COUPONS, code, amount=at),
            remove(COUPONS, code) if at % 2 else modify(COUPONS, code),
            None,
        ]

    detail = shop.administer(COUPONS, *items)

    assert counted(detail) == {
        "inserted": 200,
        "updated": 200,
        "ignored": 300,
        "removed": 100,
        "errors": 200,
    }
    assert [error["rec"] for error in detail["errorDetails"]] == list(range(5, 1_001, 5))
    assert recs(detail) == [rec for rec in range(1, 1_001) if rec % 5]
    assert len(shop.records(COUPONS)) == 100


def pending(batch: str, feed: str) -> tuple[int, Any]:
    """What a request is told that is not finished in time."""
    detail = {"result": "pending", "detail": batch} | NOTHING
    return 202, {"status": 202, "description": DESCRIPTIONS[feed], "detail": detail}


@FEEDS
def test_what_is_not_finished_in_time_is_pending_and_goes_on(shop: Retailer, feed: str) -> None:
    """Its answer names the batch; once the worker is back it is done, and a repeat tells how."""
    request = shop.request(insert(feed), remove(feed, "B"))

    waiting = shop.call(feed, request, "key")
    again = shop.call(feed, request, "key")

    (header,) = (row for row in shop.gateway.rows("BatchesTable") if row["sk"]["S"] == "#")
    assert told(waiting) == told(again) == pending(header["batch"]["S"], feed)
    assert shop.records(feed) == {}

    shop.gateway.drain()

    assert len(shop.records(feed)) == 1
    done = shop.call(feed, request, "key")
    assert done.status == 200
    assert counted(done.body["detail"]) == {"inserted": 1, "errors": 1}
    assert infos(done.body["detail"]) == [(2, "B", "not found")]


def test_a_pending_request_sent_again_without_a_key_is_safe(shop: Retailer) -> None:
    """What was applied meanwhile is ignored or, if removed, not found."""
    shop.administer(COUPONS, insert(COUPONS, "B"))
    request = shop.request(insert(), remove(COUPONS, "B"))
    first = shop.call(COUPONS, request)

    again = shop.post(COUPONS, request)

    assert (first.status, first.body["detail"]["result"]) == (202, "pending")
    assert counted(again.body["detail"]) == {"ignored": 1, "errors": 1}
    assert infos(again.body["detail"]) == [(2, "B", "not found")]


def test_a_pending_key_with_another_body_is_refused(shop: Retailer) -> None:
    """The first request is accepted, although it is not answered."""
    assert shop.call(COUPONS, shop.request(insert()), "key").status == 202

    assert shop.call(COUPONS, shop.request(remove()), "key").status == 422


def test_a_request_after_a_pending_one_is_applied_after_it(shop: Retailer) -> None:
    """For one code, requests take effect in the order in which they were accepted."""
    shop.call(COUPONS, shop.request(insert()))

    detail = shop.administer(COUPONS, modify(amount=1), remove())

    assert counted(detail) == {"updated": 1, "removed": 1}


def test_the_counters_come_in_the_contracts_order(shop: Retailer) -> None:
    """A retailer may read them by position."""
    text = shop.post(COUPONS, json.dumps(shop.request(insert()))).text

    assert text == (
        '{"status":200,"description":"rest::couponAdmin","detail":{"result":"ok","detail":"",'
        '"updated":0,"ignored":0,"inserted":1,"removed":0,"errors":0,"processed":1,'
        '"errorDetails":[],"successDetails":[{"rec":1,"code":"A"}]}}'
    )


@pytest.mark.parametrize(
    ("by", "trouble", "info"),
    [
        ("give_up", [], "not processed, however often it was tried"),
        ("worker", [None, *[broken("ValidationException")] * 3], "system error"),
    ],
)
def test_an_item_that_failed_through_our_fault_is_told_so(
    shop: Retailer, by: str, trouble: list[Any], info: str
) -> None:
    """Nothing is wrong with it: it may be sent again."""
    with at_work(shop.gateway, by), answering("BatchWriteItem", *trouble):
        answer = shop.send(COUPONS, shop.request(insert()))

    assert (answer.status, infos(answer.body["detail"])) == (200, [(1, "A", info)])
    assert shop.records(COUPONS) == {}


@pytest.mark.parametrize(
    ("code", "status", "detail"),
    [
        ("ThrottlingException", 503, "temporarily unavailable, send the same again"),
        ("AccessDeniedException", 500, "internal server error"),
    ],
)
def test_our_own_trouble_is_told_in_the_same_shape(
    shop: Retailer, code: str, status: int, detail: str
) -> None:
    """With nothing of our insides; the same request then goes through, once."""
    request = shop.request(insert())
    with answering("TransactWriteItems", broken(code)):
        troubled = shop.post(COUPONS, request, "key")

    assert told(troubled) == refusal(status, detail)
    assert counted(shop.post(COUPONS, request, "key").body["detail"]) == {"inserted": 1}


ANNOUNCED = {
    CARDS: ("card", "rest::cardAdmin"),
    COUPONS: ("coupon", "rest::couponAdmin"),
    SEGMENTS: ("segment", "customerSegment"),
}


@FEEDS
def test_a_request_is_announced_when_all_its_items_have_ended(shop: Retailer, feed: str) -> None:
    """Others hear what became of it, once, and in which feed; a repeat says nothing."""
    name, method = ANNOUNCED[feed]
    items = [
        insert(feed),
        insert(feed, "B"),
        insert(feed),
        modify(feed, validTo="2027-01-01"),
        remove(feed, "B"),
        remove(feed, "C"),
        None,
    ]
    request = shop.request(*items)
    answers = [shop.post(feed, request, "key") for _ in range(2)]

    (told,) = (one for one in shop.gateway.announced() if one["partner"] == shop.name)
    assert answers[1].text == answers[0].text
    assert told.pop("batch")
    assert told == {
        "partner": shop.name,
        "feed": name,
        "method": method,
        "rows": 7,
        "inserted": 2,
        "updated": 1,
        "unchanged": 1,
        "removed": 1,
        "failed": 2,
    }
