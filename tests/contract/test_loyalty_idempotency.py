"""The header `Idempotency-Key`: what a request sent again is answered, and for how long."""

from functools import partial
from typing import Any

import pytest

from tests.contract.loyalty_calls import (
    DESCRIPTIONS,
    counted,
    infos,
    insert,
    modify,
    refusal,
    remove,
    told,
)
from tests.pushing import at_work
from tests.retailing import CARDS, COUPONS, SEGMENTS, Retailer, opened
from tests.turns import side_by_side

FEEDS = pytest.mark.parametrize("feed", [CARDS, COUPONS, SEGMENTS])
HOUR = 3_600
USED = "Idempotency-Key: used with another body"


@FEEDS
def test_a_repeat_is_answered_exactly_as_the_first(shop: Retailer, feed: str) -> None:
    """Whatever has changed since: errors stay errors, and what was inserted is told as inserted."""
    items = [insert(feed), modify(feed, validTo="2027-01-01"), remove(feed, "B"), None]
    first = shop.post(feed, shop.request(*items), "key")
    shop.administer(feed, remove(feed), insert(feed, "B"))
    before = shop.records(feed)

    again = shop.post(feed, shop.request(*items), "key")

    assert (again.status, again.text) == (first.status, first.text)
    assert counted(again.body["detail"]) == {"inserted": 1, "updated": 1, "errors": 2}
    assert infos(again.body["detail"]) == [
        (3, "B", "not found"),
        (4, None, "item: must be an object"),
    ]
    assert shop.records(feed) == before


OTHERS: dict[str, Any] = {
    "another item": {"items": [insert(amount=2)]},
    "one item more": {"items": [insert(amount=1), insert(COUPONS, "B")]},
    "another code": {"items": [insert(COUPONS, "B", amount=1)]},
    "another operation": {"items": [modify(amount=1)]},
    "an item that is wrong": {"items": [None]},
    "another parameter": {"params": [{"detailedErrors": False}]},
    "no validation": {"params": [{"validateCard": False}]},
    "another company": {"companyId": "south"},
}


@pytest.mark.parametrize("changes", OTHERS.values(), ids=OTHERS)
def test_a_key_with_another_body_is_refused(shop: Retailer, changes: dict[str, Any]) -> None:
    """It is a mistake of the sender's; nothing of it is applied, and the first still stands."""
    chain = opened(shop.gateway, f"{shop.name}-chain", "north", "south")
    first = chain.post(COUPONS, chain.request(insert(amount=1)), "key")

    answer = chain.call(COUPONS, chain.request(insert(amount=1)) | changes, "key")

    assert told(answer) == refusal(422, USED)
    assert chain.records(COUPONS).keys() == {"north|A"}
    assert chain.post(COUPONS, chain.request(insert(amount=1)), "key").text == first.text


WRONG: dict[str, dict[str, Any]] = {
    "a field": {"colour": "red"},
    "dates in the wrong order": {"validFrom": "2026-01-02", "validTo": "2026-01-01"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_wrong_items_that_differ_are_another_body(shop: Retailer, wrong: dict[str, Any]) -> None:
    """Nothing readable is kept of them, yet they are told apart."""
    items = [insert(CARDS, "A", cvv=cvv, **wrong) for cvv in ("123", "321", "123")]

    answers = [shop.post(CARDS, shop.request(item), "key") for item in items]

    assert [answer.status for answer in answers] == [200, 422, 200]


SPELT = '{"companyId":"napse","params":[],"items":[{"operation":"U","code":"A",%s}]}'


@pytest.mark.parametrize(
    ("wrong", "spellings"),
    [
        ('"status":"off","amount":%s', ["45.5", "45.50", "4.55e1"]),
        ('"status":"off","amount":%s', ["1000", "1e3", "1000.0"]),
        ('"colour":{"shade":[%s]}', ["0", "-0", "0.0", "0e9"]),
        ('"amount":%s', ["1e999999", "10e999998"]),
        ('"amount":"x"},{"code":%s', ["12.5", "12.50"]),
        ('"amount":"x"},{"code":%s', ["1000", "1e3"]),
    ],
)
def test_how_a_number_is_written_makes_no_difference_in_a_wrong_item(
    shop: Retailer, wrong: str, spellings: list[str]
) -> None:
    """As it makes none in a right one."""
    answers = [shop.post(COUPONS, SPELT % (wrong % one), "key") for one in spellings]

    assert {(answer.status, answer.text) for answer in answers} == {(200, answers[0].text)}


def test_the_order_of_unknown_fields_makes_no_difference(shop: Retailer) -> None:
    """They are told by name."""
    fields = ['"b":1,"amount":"x","a":2', '"a":2,"b":1,"amount":"x"', '"b":1,"a":2,"amount":"x"']

    answers = [shop.post(COUPONS, SPELT % one, "key") for one in fields]

    assert {(answer.status, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert infos(answers[0].body["detail"]) == [
        (1, "A", "amount: must be a number; a: unknown field; b: unknown field")
    ]


@pytest.mark.parametrize(
    ("wrong", "other"),
    [
        ('"status":"off","amount":45.5', '"status":"off","amount":45.51'),
        ('"status":"off","amount":45.5', '"status":"off","amount":"45.5"'),
        ('"status":"off","amount":"45.5"', '"status":"off","amount":"45.50"'),
        ('"status":"off","maxUses":5', '"status":"off","maxUses":5.0'),
        ('"colour":"1.5"', '"colour":1.5'),
    ],
)
def test_another_number_in_a_wrong_item_is_another_body(
    shop: Retailer, wrong: str, other: str
) -> None:
    """And text is no number here; nor is `5.0` written as a whole one."""
    statuses = [shop.post(COUPONS, SPELT % one, "key").status for one in (wrong, other, wrong)]

    assert statuses == [200, 422, 200]


def test_the_same_parameters_in_another_spelling_are_the_same_body(shop: Retailer) -> None:
    """`true` and `"true"`, one object and two, a default and its name: both are right."""
    spellings: list[Any] = [
        [],
        [{}],
        [{"detailedErrors": True, "validateCard": "true"}],
        [{"validateCard": True}, {"detailedErrors": "true"}, {"detailedSuccess": True}],
    ]

    answers = [shop.post(COUPONS, shop.request(insert(), params=one), "k") for one in spellings]

    assert {(answer.status, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert counted(answers[3].body["detail"]) == {"inserted": 1}


def test_a_key_is_up_to_255_printable_characters(shop: Retailer) -> None:
    """Whatever stands for something where we keep it is only a character in it.

    Keys that differ a little, in case, in spaces, in the last of 255 characters, differ.
    """
    keys = ["key", "KEY", "key ", " key", "0/key", "k" * 254, "k" * 255, "#", "a/b#c", "%00", '"']

    answers = [shop.post(COUPONS, shop.request(insert()), key) for key in keys]

    assert [counted(answer.body["detail"]) for answer in answers] == [
        {"inserted": 1},
        *[{"ignored": 1}] * 10,
    ]
    for key, answer in zip(keys, answers, strict=True):
        assert shop.call(COUPONS, shop.request(insert()), key).text == answer.text


def test_without_a_key_a_request_is_worked_again(shop: Retailer) -> None:
    """What was applied is then ignored or, where it was removed, not found."""
    shop.administer(COUPONS, insert(COUPONS, "B"))
    items = [insert(), modify(amount=1), remove(COUPONS, "B")]

    first, again = (shop.administer(COUPONS, *items) for _ in range(2))

    assert counted(first) == {"inserted": 1, "updated": 1, "removed": 1}
    assert infos(again) == [(1, "A", "already exists"), (3, "B", "not found")]
    assert counted(again) == {"ignored": 1, "errors": 2}


def test_a_key_is_one_partners_and_one_endpoints(shop: Retailer) -> None:
    """Keys are made by partners, who know nothing of each other."""
    other = opened(shop.gateway, f"{shop.name}-other")

    answers = {
        feed: [who.post(feed, who.request(insert(feed)), "key") for who in (shop, other)]
        for feed in (CARDS, COUPONS, SEGMENTS)
    }

    for feed, both in answers.items():
        for answer in both:
            assert counted(answer.body["detail"]) == {"inserted": 1}
            assert answer.body["description"] == DESCRIPTIONS[feed]


def test_a_key_is_the_partners_whichever_token_it_uses(shop: Retailer) -> None:
    """The first answer may have been lost with the token that it was for."""
    first = shop.post(COUPONS, shop.request(insert()), "key")

    again = shop.signed_in().post(COUPONS, shop.request(insert()), "key")

    assert again.text == first.text


def test_a_key_of_a_refused_request_is_free(shop: Retailer) -> None:
    """Nothing was applied for it: the corrected request may have it."""
    refused = shop.post(COUPONS, shop.request(insert(), params={}), "key")

    answer = shop.post(COUPONS, shop.request(insert()), "key")

    assert (refused.status, answer.status) == (400, 200)


def test_a_key_is_kept_for_24_hours_and_is_then_new(shop: Retailer) -> None:
    """A day after the first request, not after the last; and again a day after the second."""
    request = shop.request(insert(), remove())
    other = shop.request(insert(COUPONS, "B"))
    first = shop.post(COUPONS, request, "key")
    for _ in range(2):
        shop.gateway.clock.move(seconds=12 * HOUR - 1)
        assert shop.signed_in().post(COUPONS, request, "key").text == first.text
    shop.gateway.clock.move(seconds=2)

    second = shop.signed_in().post(COUPONS, other, "key")

    assert counted(second.body["detail"]) == {"inserted": 1}
    assert told(shop.signed_in().post(COUPONS, request, "key")) == refusal(422, USED)
    shop.gateway.clock.move(seconds=24 * HOUR - 1)
    assert shop.signed_in().post(COUPONS, other, "key").text == second.text
    shop.gateway.clock.move(seconds=1)
    third = shop.signed_in().post(COUPONS, other, "key")
    assert counted(third.body["detail"]) == {"ignored": 1}


@pytest.mark.parametrize("seed", range(3))
def test_20_copies_at_once_are_one_effect_and_20_equal_answers(shop: Retailer, seed: int) -> None:
    """Wherever each of them is when another is accepted, sent, worked or answered."""
    request = shop.request(insert(), insert(COUPONS, "B"), modify(amount=1), remove(COUPONS, "C"))
    with at_work(shop.gateway, "worker"):
        answers = side_by_side([partial(shop.send, COUPONS, request, "key")] * 20, seed)

    assert {(answer.status, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert counted(answers[0].body["detail"]) == {"inserted": 2, "updated": 1, "errors": 1}
    assert shop.records(COUPONS) == {
        "napse|A": {"type": "t1", "status": "ENABLED", "amount": "1"},
        "napse|B": {"type": "t1", "status": "ENABLED"},
    }


@pytest.mark.parametrize("seed", range(2))
def test_of_two_bodies_with_one_key_at_once_one_is_applied(shop: Retailer, seed: int) -> None:
    """Whichever is accepted first; all copies of the other are refused."""
    requests = [shop.request(insert(amount=amount)) for amount in (1, 2)] * 5
    with at_work(shop.gateway, "worker"):
        jobs = [partial(shop.send, COUPONS, request, "key") for request in requests]
        statuses = [answer.status for answer in side_by_side(jobs, seed)]

    assert sorted(statuses) == [200] * 5 + [422] * 5
    assert len(set(statuses[0::2])) == len(set(statuses[1::2])) == 1
    applied = "1" if statuses[0] == 200 else "2"
    assert shop.records(COUPONS)["napse|A"]["amount"] == applied
