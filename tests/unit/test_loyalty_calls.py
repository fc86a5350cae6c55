"""Requests of the loyalty contract as they are read: what of them lies stored for ever."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from batchgate.contracts.loyalty import calls, items
from batchgate.http import Request
from batchgate.model import Account, BatchId, Standing, Tally

DAY_US = 86_400_000_000
NOON_US = 20_000 * DAY_US + DAY_US // 2
TODAY = "6154fa48-5dd2-526c-8e5a-15f230a4669c"
YESTERDAY = "b0256f41-a2e2-5c63-aa35-5600c3f0bbfb"

SHOP = Account(
    partner="shop",
    disabled=False,
    contracts=frozenset({"loyalty"}),
    keys={},
    companies=frozenset({"napse"}),
)
CARD = {"operation": "I", "code": "A", "type": "GIFT", "cvv": "123"}


def asked(
    *given: Any, key: str | None = None, known: dict[str, int] | None = None, now_us: int = NOON_US
) -> calls.Asked:
    """A request for cards as it is read; `known` batches were accepted at these times."""

    def standing(batch: BatchId) -> Standing | None:
        accepted_us = (known or {}).get(batch.batch)
        if accepted_us is None:
            return None
        return Standing(
            batch=batch,
            method="",
            declared=1,
            accepted=1,
            accepted_us=accepted_us,
            state="open",
            announced=True,
            tally=Tally(),
        )

    body = {"companyId": "napse", "params": [{"detailedSuccess": "false"}], "items": given}
    headers = {} if key is None else {"idempotency-key": [key]}
    request = Request(headers=headers, query=(), body=orjson.dumps(body), correlation_id="an id")
    return calls.read(request, SHOP, items.CARD, lambda: b"a key", standing, lambda: now_us)


def test_a_part_says_all_that_makes_a_request_what_it_is() -> None:
    """A repeat is compared with it, and an audit reads it."""
    part = asked(CARD).part

    assert replace(part, batch=BatchId("", "", ""), items=[]) == replace(
        part,
        batch=BatchId("", "", ""),
        items=[],
        name="0",
        method="rest::cardAdmin",
        declared=1,
        shards=2,
        contents=True,
        note='{"companyId":"napse",'
        '"params":{"detailedErrors":true,"detailedSuccess":false,"validateCard":true}}',
        correlation_id="an id",
    )


def test_a_cvv_is_kept_as_its_keyed_hash() -> None:
    """Hashed in another way, every card that is stored would stay shut."""
    (item,) = asked(CARD).part.items

    assert orjson.loads(item.content)["cvv"] == "74a33520d94433fe807217914f62dcb9"


def test_a_thousand_items_are_read() -> None:
    """The published limit of a request."""
    assert len(asked(*[CARD] * 1_000).part.items) == 1_000


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ('{"code":"A"}', b'"A"'),
        ('{"code":1000000000000000000000}', b"1000000000000000000000"),
        ('{"code":12.50}', b"12.5"),
        ('{"code":10e999999}', b"1E+1000000"),
        ('{"code":-1e-999999}', b"-1E-999999"),
        ('{"code":true}', b"null"),
        ('{"code":["A"]}', b"null"),
        ("{}", b"null"),
        ('"A"', b"null"),
    ],
)
def test_a_code_is_told_back_if_it_is_one(given: str, code: bytes) -> None:
    """By it a retailer finds the item that is wrong."""
    (read,) = asked(orjson.Fragment(given)).codes

    assert orjson.dumps(read) == code


@pytest.mark.parametrize(
    ("known", "batch"),
    [
        ({}, TODAY),
        ({YESTERDAY: NOON_US - DAY_US + 1}, YESTERDAY),
        ({YESTERDAY: NOON_US - DAY_US}, TODAY),
        ({TODAY: NOON_US - 1, YESTERDAY: NOON_US - DAY_US + 1}, TODAY),
    ],
)
def test_a_key_stands_for_its_first_request_of_24_hours(known: dict[str, int], batch: str) -> None:
    """To the microsecond, also over midnight and after a new version of ours."""
    assert asked(CARD, key="a key", known=known).part.batch == BatchId("shop", "card", batch)


@pytest.mark.parametrize("key", ["k", "k" * 255])
def test_a_key_has_1_to_255_characters(key: str) -> None:
    """The shortest and the longest are taken."""
    first, again = asked(CARD, key=key), asked(CARD, key=key)

    assert first.part.batch == again.part.batch
