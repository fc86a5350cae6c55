"""Requests that are refused as a whole: the body, its limits, its envelope and its parameters."""

import json
from typing import Any

import pytest

from tests.contract.loyalty_calls import counted, insert, modify, refusal, told
from tests.gateway import Gateway
from tests.retailing import CARDS, COUPONS, SEGMENTS, Retailer, opened

BODY_BYTES = 1_048_576
ITEM = '{"operation":"I","code":"A","type":"t1"}'
FOREIGN = "companyId: not one of yours"


@pytest.fixture(scope="module")
def caller(standing: Gateway) -> Retailer:
    """A retailer that acts for `napse`; beside it there is one that acts for `other`."""
    opened(standing, "other", "other")
    return opened(standing, "caller")


pytestmark = pytest.mark.usefixtures("traceless")

NOT_JSON = {
    "empty": b"",
    "text": b"hello",
    "a form": b"companyId=napse",
    "XML": b"<items/>",
    "cut": b'{"companyId":"napse","items":[',
    "two objects": b"{}{}",
    "trailing comma": b'{"companyId":"napse",}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "Latin-1": '{"companyId":"é"}'.encode("latin-1"),
    "lone surrogate": b'{"companyId":"\\ud800"}',
    "control character": b'{"companyId":"\x00"}',
    "NaN": b'{"companyId":"napse","params":[],"items":[{"amount":NaN}]}',
    "Infinity": b'{"companyId":"napse","params":[],"items":[{"amount":Infinity}]}',
    "-Infinity": b'{"companyId":"napse","params":[],"items":[{"amount":-Infinity}]}',
    "leading zero": b'{"companyId":"napse","params":[],"items":[{"amount":01}]}',
    "exponent of 24 digits": b'{"items":[{"amount":1E+999999999999999999999999}]}',
    "5,000 digits": b'{"items":[{"amount":' + b"9" * 5_000 + b"}]}",
    "100,000 levels": b"[" * 100_000,
    "key twice": b'{"companyId":"napse","params":[],"items":[],"items":[]}',
    "key twice in params": b'{"params":[{"validateCard":true,"validateCard":true}]}',
    "key twice in an item": b'{"items":[{"code":"A","code":"A"}]}',
    "key twice, once escaped": b'{"items":[{"code":"A","\\u0063ode":"A"}]}',
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_a_body_that_is_not_strict_json_is_refused(caller: Retailer, body: bytes) -> None:
    """What two parsers read differently must not be guessed at."""
    status, answer = told(caller.call(COUPONS, body))

    detail = answer["detail"]["detail"]
    assert detail.startswith("body: not valid JSON: ")
    assert (status, answer) == refusal(400, detail)


@pytest.mark.parametrize("body", ["[]", "null", "1", '"{}"', "true", f"[{ITEM}]"])
def test_a_body_that_is_not_an_object_is_refused(caller: Retailer, body: str) -> None:
    """Such a body is JSON, so the answer says something else."""
    assert told(caller.call(COUPONS, body)) == refusal(400, "body: must be a JSON object")


@pytest.mark.parametrize(
    "body",
    [
        '{"companyId":"napse","params":[],"items":[%s]}',
        '{"companyId":"napse","params":[],"items":[' + ITEM + ",%s]}",
        '{"companyId":"napse","params":[],"items":[{"operation":"I","code":%s}]}',
        '{"companyId":"napse","params":[],"items":[{"operation":"R","code":"A","x":%s}]}',
        '{"companyId":"napse","params":[],"items":[' + ITEM + '],"x":%s}',
        '{"companyId":%s,"params":[],"items":[' + ITEM + "]}",
        '{"companyId":"napse","params":%s,"items":[]}',
    ],
)
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_body_of_100_levels_is_refused(
    caller: Retailer, body: str, opening: str, closing: str
) -> None:
    """Depth costs a reader its stack; no item is deeper than one level."""
    deep = opening * 100 + "1" + closing * 100

    answer = caller.call(COUPONS, body % deep)

    assert told(answer) == refusal(400, "body: nested deeper than 32 levels")


def test_a_body_over_1_mb_is_too_large(caller: Retailer) -> None:
    """The limit is in bytes; what is in them does not matter."""
    answer = caller.call(COUPONS, b" " * (BODY_BYTES + 1))

    assert told(answer) == refusal(413, "body: at most 1048576 bytes")


def test_a_body_of_1_mb_is_read(caller: Retailer) -> None:
    """This one is refused for what it says."""
    answer = caller.call(COUPONS, b"[]".ljust(BODY_BYTES))

    assert told(answer) == refusal(400, "body: must be a JSON object")


def test_1001_items_are_too_many(caller: Retailer) -> None:
    """The answer names the limit, so that a retailer can cut its file."""
    answer = caller.call(COUPONS, caller.request(*[insert()] * 1_001))

    assert told(answer) == refusal(413, "items: at most 1000")


ENVELOPES = [
    ("{}", "companyId: required; params: required; items: required"),
    ('{"params":[],"items":[%s]}', "companyId: required"),
    ('{"companyId":null,"params":[],"items":[%s]}', "companyId: must be a string"),
    ('{"companyId":1,"params":[],"items":[%s]}', "companyId: must be a string"),
    ('{"companyId":["napse"],"params":[],"items":[%s]}', "companyId: must be a string"),
    ('{"companyId":"","params":[],"items":[%s]}', "companyId: must not be empty"),
    ('{"companyId":"napse","items":[%s]}', "params: required"),
    ('{"companyId":"napse","params":null,"items":[%s]}', "params: must be a list"),
    ('{"companyId":"napse","params":{},"items":[%s]}', "params: must be a list"),
    ('{"companyId":"napse","params":"[]","items":[%s]}', "params: must be a list"),
    ('{"companyId":"napse","params":[1],"items":[%s]}', "params.0: must be an object"),
    ('{"companyId":"napse","params":[{},[]],"items":[%s]}', "params.1: must be an object"),
    ('{"companyId":"napse","params":[]}', "items: required"),
    ('{"companyId":"napse","params":[],"items":null}', "items: must be a list"),
    ('{"companyId":"napse","params":[],"items":{}}', "items: must be a list"),
    ('{"companyId":"napse","params":[],"items":%s}', "items: must be a list"),
    ('{"companyId":"napse","params":[],"items":[]}', "items: at least 1"),
    ('{"companyId":"napse","params":[],"items":[%s],"colour":1}', "colour: unknown field"),
    ('{"companyId":"napse","params":[],"items":[%s],"Items":[]}', "Items: unknown field"),
    (
        '{"companyid":"napse","params":{},"items":[%s],"año":null}',
        "companyId: required; params: must be a list; companyid: unknown field; año: unknown field",
    ),
]


@pytest.mark.parametrize("feed", [CARDS, COUPONS, SEGMENTS])
@pytest.mark.parametrize(("body", "detail"), ENVELOPES)
def test_every_fault_of_an_envelope_is_named(
    caller: Retailer, feed: str, body: str, detail: str
) -> None:
    """Each endpoint answers in its own name."""
    assert told(caller.call(feed, body.replace("%s", ITEM))) == refusal(400, detail, feed)


PARAMS: list[tuple[Any, str]] = [
    ([{"detail": True}], "params.detail: unknown parameter"),
    ([{"detailederrors": True}], "params.detailederrors: unknown parameter"),
    ([{"detailedErrors": None}], "params.detailedErrors: must be true or false"),
    ([{"detailedErrors": 1}], "params.detailedErrors: must be true or false"),
    ([{"detailedErrors": 1.0}], "params.detailedErrors: must be true or false"),
    ([{"detailedSuccess": "1"}], "params.detailedSuccess: must be true or false"),
    ([{"detailedSuccess": "yes"}], "params.detailedSuccess: must be true or false"),
    ([{"detailedSuccess": ""}], "params.detailedSuccess: must be true or false"),
    ([{"validateCard": "True"}], "params.validateCard: must be true or false"),
    ([{"validateCard": "FALSE"}], "params.validateCard: must be true or false"),
    ([{"validateCard": " true"}], "params.validateCard: must be true or false"),
    ([{"validateCard": [True]}], "params.validateCard: must be true or false"),
    ([{"validateCard": {"a": 1}}], "params.validateCard: must be true or false"),
    ([{"validateCard": True}, {"validateCard": False}], "params.validateCard: comes twice"),
    ([{"validateCard": True}, {}, {"validateCard": "true"}], "params.validateCard: comes twice"),
]


@pytest.mark.parametrize(("params", "detail"), PARAMS)
def test_a_parameter_that_can_be_misread_is_refused(
    caller: Retailer, params: Any, detail: str
) -> None:
    """A `validateCard` that we take for off opens every card of the request."""
    answer = caller.call(COUPONS, caller.request(insert(), params=params))

    assert told(answer) == refusal(400, detail)


@pytest.mark.parametrize(
    "company", ["other", "nobody", "NAPSE", "napse ", " ", "napse\u0000", "napse,other", "é"]
)
def test_a_company_that_is_not_the_partners_is_refused(caller: Retailer, company: str) -> None:
    """Another partner's company is answered exactly as one that does not exist."""
    answer = caller.call(COUPONS, caller.request(insert(), companyId=company))

    assert told(answer) == refusal(403, FOREIGN)


@pytest.mark.parametrize("feed", [CARDS, COUPONS, SEGMENTS])
def test_an_envelope_is_refused_whatever_its_items_are(caller: Retailer, feed: str) -> None:
    """Wrong items alone would be errors of their own; good ones are not applied either."""
    items = [insert(feed), modify(feed, validFrom="x"), None]

    answer = caller.call(feed, caller.request(*items, colour="red"))

    assert told(answer) == refusal(400, "colour: unknown field", feed)


@pytest.mark.parametrize("key", ["", "k" * 256, "clé", "a\tb", "a\x00", "\u200b"])
def test_an_idempotency_key_must_be_1_to_255_printable_characters(
    caller: Retailer, key: str
) -> None:
    """A key that some proxy changes on its way would protect from nothing."""
    answer = caller.call(COUPONS, caller.request(insert()), key)

    detail = "Idempotency-Key: must be 1 to 255 printable characters"
    assert told(answer) == refusal(400, detail)


def test_an_idempotency_key_that_comes_twice_is_refused(caller: Retailer) -> None:
    """Which of the two is meant, nobody knows."""
    headers = {"Idempotency-Key": ["one", "two"]}

    answer = caller.call(COUPONS, json.dumps(caller.request(insert())), headers=headers)

    assert answer.status == 400
    assert counted(answer.body["detail"]) == {}


def test_a_refusal_is_small_enough_to_be_answered(caller: Retailer) -> None:
    """Lambda drops an answer over 6 MB, and the caller is told 502."""
    fields = ",".join(f'"{at:x}":1' for at in range(90_000))

    answer = caller.call(COUPONS, "{" + fields + "}")

    assert answer.status == 400
    assert len(answer.text) < 1_000_000
