"""Submits that are refused as a whole: the body, its limits and its envelope."""

import pytest

from tests.contract.portfolio_calls import (
    ANSWER_BYTES,
    handed_over,
    holding,
    portfolio,
    refusal,
    submit_text,
    told,
)
from tests.gateway import SUBMIT, Gateway, Partner

pytestmark = pytest.mark.usefixtures("traceless")

GOOD = '{"symbol":"FPT","totalQty":1,"costPrice":1,"tradableQty":1}'
BODY_BYTES = 5_242_880

NOT_JSON = {
    "empty": b"",
    "spaces": b" \n",
    "text": b"hello",
    "a form": b"portfolios=1",
    "XML": b"<portfolios/>",
    "cut": b'{"portfolios":[',
    "two objects": b"{}{}",
    "text after it": b'{"portfolios":[]} x',
    "trailing comma": b'{"portfolios":[],}',
    "single quotes": b"{'portfolios':[]}",
    "comment": b'{/**/"portfolios":[]}',
    "byte order mark": b'\xef\xbb\xbf{"portfolios":[]}',
    "UTF-16": '{"portfolios":[]}'.encode("utf-16"),
    "Latin-1": '{"portfolios":[{"userId":"é"}]}'.encode("latin-1"),
    "not UTF-8 in a name": b'{"portfolios\xff":[]}',
    "surrogate in UTF-8": b'{"portfolios":[{"userId":"\xed\xa0\x80"}]}',
    "lone high surrogate": b'{"portfolios":[{"userId":"\\ud800"}]}',
    "lone low surrogate": b'{"portfolios":[{"userId":"\\udc00"}]}',
    "surrogates in the wrong order": b'{"portfolios":[{"userId":"\\udc00\\ud800"}]}',
    "lone surrogate in a name": b'{"portfolios":[],"\\ud800":1}',
    "control character": b'{"portfolios":[{"userId":"\x00"}]}',
    "NaN": b'{"portfolios":[{"userId":"1","holding":[{"totalQty":NaN}]}]}',
    "Infinity": b'{"portfolios":[{"userId":"1","holding":[{"totalQty":Infinity}]}]}',
    "-Infinity": b'{"portfolios":[{"userId":"1","holding":[{"totalQty":-Infinity}]}]}',
    "leading zero": b'{"portfolios":[{"userId":"1","holding":[{"totalQty":01}]}]}',
    "plus": b'{"portfolios":[{"userId":"1","holding":[{"totalQty":+1}]}]}',
    "no digit after the point": b'{"portfolios":[{"userId":"1","holding":[{"totalQty":1.}]}]}',
    "exponent of 24 digits": b'{"portfolios":[{"totalQty":1E+999999999999999999999999}]}',
    "small exponent of 24 digits": b'{"portfolios":[{"totalQty":1E-999999999999999999999999}]}',
    "5,000 digits": b'{"portfolios":[{"totalQty":' + b"9" * 5_000 + b"}]}",
    "5,000,000 digits": b'{"portfolios":[{"totalQty":' + b"9" * 5_000_000 + b"}]}",
    "100,000 levels": b"[" * 100_000,
    "key twice": b'{"portfolios":[],"portfolios":[]}',
    "key twice, once escaped": b'{"portfolios":[],"portfolio\\u0073":[]}',
    "key twice in a portfolio": b'{"portfolios":[{"userId":"1","userId":"1","holding":[]}]}',
    "key twice in a holding": b'{"portfolios":[{"holding":[{"symbol":1,"symbol":1}]}]}',
    "key twice deeper": b'{"portfolios":[{"x":{"y":[{"z":{"a":1,"a":2}}]}}]}',
    "key twice where nothing belongs": b'{"portfolios":[],"x":{"a":1,"a":2}}',
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_a_body_that_is_not_strict_json_is_refused(
    standing: Gateway, broker: Partner, body: bytes
) -> None:
    """What two parsers read differently must not be guessed at."""
    answer = standing.signed(broker, SUBMIT, body)

    status, told_body = told(answer)
    assert (status, told_body.keys()) == (400, {"status", "message", "data"})
    assert (told_body["status"], told_body["data"]) == (400, None)
    assert told_body["message"].startswith("body: not valid JSON: ")
    assert "rror" not in told_body["message"].removeprefix("body: not valid JSON: ")


@pytest.mark.parametrize("body", ["[]", "null", "1", '"{}"', "true", '[{"portfolios":[]}]'])
def test_a_body_that_is_not_an_object_is_refused(
    standing: Gateway, broker: Partner, body: str
) -> None:
    """Such a body is JSON, so the message says something else."""
    answer = submit_text(standing, broker, body)

    assert told(answer) == refusal(400, "body: must be a JSON object")


@pytest.mark.parametrize(
    "body",
    [
        '{"portfolios":[],"x":%s}',
        '{"portfolios":%s}',
        '{"batchId":%s}',
        '{"portfolios":[%s]}',
        '{"portfolios":[{"userId":%s,"holding":[]}]}',
        '{"portfolios":[{"userId":"1","holding":[],"x":%s}]}',
        '{"portfolios":[{"userId":"1","holding":%s}]}',
        '{"portfolios":[{"userId":"1","holding":[' + GOOD + ',{"symbol":%s}]}]}',
        '{"portfolios":[' + '{"userId":"1","holding":[]},{"userId":"1","holding":[%s]}]}',
    ],
)
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_body_of_100_levels_is_refused(
    standing: Gateway, broker: Partner, body: str, opening: str, closing: str
) -> None:
    """Depth costs a reader its stack; no portfolio is deeper than five levels."""
    deep = opening * 100 + "1" + closing * 100

    answer = submit_text(standing, broker, body % deep)

    assert told(answer) == refusal(400, "body: nested deeper than 32 levels")


def test_a_body_over_5_mb_is_too_large(standing: Gateway, broker: Partner) -> None:
    """The limit is the contract's and in bytes; what is in them does not matter."""
    answer = standing.signed(broker, SUBMIT, b" " * (BODY_BYTES + 1))

    assert told(answer) == refusal(413, "Too large: body: at most 5242880 bytes")


def test_a_body_of_5_mb_is_read(standing: Gateway, broker: Partner) -> None:
    """Exactly the limit is not over it: this one is refused for what it says."""
    answer = standing.signed(broker, SUBMIT, b"{}".ljust(BODY_BYTES))

    assert told(answer) == refusal(400, "portfolios: required")


def test_2001_portfolios_are_too_many(standing: Gateway, broker: Partner) -> None:
    """The message names the limit, so that a partner can cut its batch."""
    answer = standing.submit(broker, portfolios=[portfolio(str(at)) for at in range(2_001)])

    assert told(answer) == refusal(413, "Too large: portfolios: at most 2000")


@pytest.mark.parametrize("user", ["1401", "", None], ids=["good", "empty user", "no user"])
def test_1001_holdings_are_too_many(standing: Gateway, broker: Partner, user: object) -> None:
    """A limit is a limit of the request, whatever else is wrong with that portfolio."""
    large = portfolio(user, *[holding()] * 1_001)

    answer = standing.submit(broker, portfolios=[portfolio("1400"), large])

    assert told(answer) == refusal(413, "Too large: portfolios[1].holding: at most 1000")


MANY = '{"userId":"1","holding":[]}'
BATCH_ID = "batchId: must be a UUID"
ENVELOPES = [
    ("{}", "portfolios: required"),
    ('{"portfolios":null}', "portfolios: must be a list"),
    ('{"portfolios":{}}', "portfolios: must be a list"),
    ('{"portfolios":"[]"}', "portfolios: must be a list"),
    ('{"portfolios":1}', "portfolios: must be a list"),
    ('{"portfolios":[]}', "portfolios: at least 1"),
    ('{"portfolios":[%s],"colour":1}', "colour: unknown field"),
    ('{"portfolios":[%s],"Portfolios":[]}', "Portfolios: unknown field"),
    ('{"portfolios":[%s],"màu":null,"b":1}', "b: unknown field; màu: unknown field"),
    ('{"portfolios":[%s],"batchId":null}', BATCH_ID),
    ('{"portfolios":[%s],"batchId":""}', BATCH_ID),
    ('{"portfolios":[%s],"batchId":1}', BATCH_ID),
    ('{"portfolios":[%s],"batchId":["8c8974a0-e516-4a6c-92b3-7d2db780b18b"]}', BATCH_ID),
    ('{"portfolios":[%s],"batchId":"8c8974a0e5164a6c92b37d2db780b18b"}', BATCH_ID),
    ('{"portfolios":[%s],"batchId":"{8c8974a0-e516-4a6c-92b3-7d2db780b18b}"}', BATCH_ID),
    ('{"portfolios":[%s],"batchId":"8c8974a0-e516-4a6c-92b3-7d2db780b18b\\n"}', BATCH_ID),
    ('{"portfolios":[%s],"batchId":" 8c8974a0-e516-4a6c-92b3-7d2db780b18b"}', BATCH_ID),
    ('{"portfolios":[%s],"batchId":"8c8974a0-e516-4a6c-92b3-7d2db780b18"}', BATCH_ID),
    ('{"portfolios":[%s],"batchId":"8c8974a0-e516-4a6c-92b3-7d2db780b18g"}', BATCH_ID),
    ('{"portfolios":[%s],"batchId":"8c8974a0-e516-4a6c-92b3-7d2db780b18１"}', BATCH_ID),
    ('{"c":1,"batchId":"x"}', "batchId: must be a UUID; portfolios: required; c: unknown field"),
]


@pytest.mark.parametrize(("body", "message"), ENVELOPES)
def test_every_fault_of_an_envelope_is_named_by_its_path(
    standing: Gateway, broker: Partner, body: str, message: str
) -> None:
    """A partner repairs all of them at once, instead of one a call."""
    answer = submit_text(standing, broker, body.replace("%s", MANY))

    assert told(answer) == refusal(400, message)


def test_a_wrong_envelope_is_refused_whatever_its_portfolios_are(
    standing: Gateway, broker: Partner
) -> None:
    """Wrong portfolios alone would be failures of their users; an envelope comes first."""
    answer = standing.submit(broker, batchId="x", portfolios=[{"userId": 1}, None])

    assert told(answer) == refusal(400, "batchId: must be a UUID")


QUOTES = '\\"' * 1_200_000
LONG = {
    "a long unknown field": '{"portfolios":[%s],"' + QUOTES * 2 + '":1}',
    "a long field twice": '{"portfolios":[],"' + QUOTES + '":1,"' + QUOTES + '":1}',
    "very many unknown fields": "{" + ",".join(f'"{at:x}":1' for at in range(400_000)) + "}",
}


@pytest.mark.parametrize("body", LONG.values(), ids=LONG)
def test_a_refusal_is_small_enough_to_be_answered(
    standing: Gateway, broker: Partner, body: str
) -> None:
    """Lambda drops an answer over 6 MB, and the partner is told 502."""
    answer = submit_text(standing, broker, body.replace("%s", MANY))

    assert answer.status == 400
    assert handed_over(answer) < ANSWER_BYTES
