"""What no honest client sends: always an answer in the contract's shape, never a fault of ours."""

import json
import time
from collections.abc import Mapping
from uuid import uuid4

import pytest

from local.client import BATCH, STATUS, signed_query
from tests.stack.broker import Broker, batch, counters, told

pytestmark = pytest.mark.stack

KEY = "X-Api-Key"
TOO_PRECISE = "có quá 20 chữ số hoặc quá 8 chữ số thập phân"


def quantity(text: bytes) -> bytes:
    """A batch of one holding with this for its quantity."""
    return (
        b'{"portfolios":[{"userId":"investor-1","holding":[{"symbol":"TICK","totalQty":'
        + text
        + b',"costPrice":1,"tradableQty":1}]}]}'
    )


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", 400, "body: not valid JSON"),
        (b"portfolios=1", 400, "body: not valid JSON"),
        (b'{"portfolios":[', 400, "body: not valid JSON"),
        # API Gateway hands text to functions: what is not UTF-8 is not what was signed.
        (b'{"portfolios":["\xff\xfe"]}', 401, "Invalid signature"),
        (b'{"portfolios":["\xed\xa0\x80"]}', 401, "Invalid signature"),
        (b"\xef\xbb\xbf{}", 400, "body: not valid JSON"),
        (b"[]", 400, "body: must be a JSON object"),
        (b'"text"', 400, "body: must be a JSON object"),
        (b"null", 400, "body: must be a JSON object"),
        (b"{}", 400, "portfolios: required"),
        (b'{"portfolios":[],"x":1}', 400, "portfolios: at least 1; x: unknown field"),
        (b'{"portfolios":{}}', 400, "portfolios: must be a list"),
        (b'{"batchId":"1","portfolios":[1]}', 400, "batchId: must be a UUID"),
        (b'{"portfolios":[' + b"[" * 100 + b"]" * 100 + b"]}", 400, "body: nested deeper"),
        (b'{"x":' * 100 + b"1" + b"}" * 100, 400, "body: nested deeper"),
        (b"[" * 100_000, 400, "body: not valid JSON"),
        (quantity(b"NaN"), 400, "body: not valid JSON"),
        (quantity(b"-Infinity"), 400, "body: not valid JSON"),
        (quantity(b"1e9999999999999999999"), 400, "body: not valid JSON"),
        (quantity(b'"\\ud800"'), 400, "body: not valid JSON"),
        (b'{"portfolios":[1],"portfolios":[2]}', 400, "body: not valid JSON"),
        (b'{"portfolios":[' + b"1," * 2_000 + b"1]}", 413, "Too large: portfolios: at most 2000"),
        (
            b'{"portfolios":[]}'.ljust(5 * 1024 * 1024 + 1),
            413,
            "Too large: body: at most 5242880 bytes",
        ),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_body_that_is_no_batch_is_refused(
    acme: Broker, body: bytes, status: int, message: str
) -> None:
    """Whoever sends it learns what is wrong, and nothing of our insides."""
    answer = acme.post(body)

    assert told(answer)[0] == status
    assert told(answer)[1].startswith(message)
    assert answer.json()["data"] is None
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        (b"9" * 400, TOO_PRECISE),
        (b"1e999", TOO_PRECISE),
        (b"1e-999", TOO_PRECISE),
        (b"true", "phải là số"),
        (b"[[1]]", "phải là số"),
        (b'"0x10"', "phải là số"),
        (b'"\xd9\xa1"', "phải là số"),  # an Arabic-Indic one
        (b"-1", "phải >= 0"),
    ],
)
def test_a_number_that_is_none_fails_its_user_only(acme: Broker, number: bytes, fault: str) -> None:
    """The batch is accepted, and its status tells what is wrong with the one portfolio."""
    receipt = acme.post(quantity(number))

    answer = acme.ended(batchId=receipt.json()["data"]["batchId"])
    assert counters(answer) == (1, 0, 1, 0)
    assert [row["message"] for row in answer.json()["data"]["failures"]] == [
        f"holding[0].totalQty: totalQty {fault}"
    ]


@pytest.mark.parametrize("headers", ["none", "empty", "twice", "another's shape", "nobody's"])
def test_a_call_without_a_key_of_its_own_learns_nothing(acme: Broker, headers: str) -> None:
    """Neither whether its signature, nor whether its parameters are right."""
    given = {
        "none": [],
        "empty": [(KEY, "")],
        "twice": [(KEY, acme.api_key), (KEY, acme.api_key)],
        "another's shape": [(KEY, "Bearer x")],
        "nobody's": [(KEY, f"nobody.k.{'x' * 43}")],
    }[headers]

    for query in (acme.signed(), "timestamp=x&timestamp=y&what=1", ""):
        answer = acme.send("GET", STATUS, query, headers=given)

        assert answer.content == b'{"status":401,"message":"Invalid API key","data":null}'
        assert answer.status_code == 401


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("&timestamp=1760000000000", "Repeated parameter: timestamp"),
        ("&signature=00", "Repeated parameter: signature"),
        ("&limit=1&limit=1", "Repeated parameter: limit"),
        ("&Limit=1", "Unknown parameter: Limit"),
        ("&portfolioId=1", "Unknown parameter: portfolioId"),
        ("&limit=0", "Invalid signature"),
    ],
)
def test_parameters_that_are_added_are_refused_by_name(
    acme: Broker, extra: str, message: str
) -> None:
    """Nothing can be slipped in beside what was signed."""
    answer = acme.send("GET", STATUS, acme.signed() + extra)

    assert told(answer)[1] == message
    assert answer.status_code == (401 if message == "Invalid signature" else 400)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"recvWindow": "0"}, "Invalid parameter: recvWindow"),
        ({"recvWindow": "60001"}, "Invalid parameter: recvWindow"),
        ({"recvWindow": "5e3"}, "Invalid parameter: recvWindow"),
        ({"limit": "10001"}, "Invalid parameter: limit"),
        ({"limit": "-1"}, "Invalid parameter: limit"),
        ({"batchId": "1"}, "Invalid parameter: batchId"),
        ({"batchId": ""}, "Invalid parameter: batchId"),
        ({"cursor": ""}, "Invalid parameter: cursor"),
        ({"limit": "١"}, "Invalid parameter: limit"),
    ],
)
def test_malformed_parameters_are_refused_by_name(
    acme: Broker, parameters: Mapping[str, str], message: str
) -> None:
    """Rightly signed, so that the fault is told."""
    assert told(acme.status(**parameters)) == (400, message)


def test_a_late_call_is_told_our_time(acme: Broker) -> None:
    """A broker whose clock is wrong can put it right."""
    now = time.time_ns() // 1_000_000
    late = signed_query(acme.secret, {"timestamp": str(now - 60_000), "recvWindow": "5000"}, b"")

    answer = acme.send("GET", STATUS, late)

    assert told(answer) == (401, "Timestamp outside of recvWindow")
    assert now <= answer.json()["data"]["serverTime"] < now + 60_000


@pytest.mark.parametrize("at", [0, 1, 20, 70, 110, -1])
def test_a_changed_byte_of_the_body_is_refused(acme: Broker, at: int) -> None:
    """Nothing of a batch that was tampered with is kept."""
    sent = batch("investor-1")
    body = bytearray(json.dumps(sent).encode())
    query = acme.signed(bytes(body))
    body[at] ^= 1

    answer = acme.send("POST", BATCH, query, body=bytes(body))

    assert answer.content == b'{"status":401,"message":"Invalid signature","data":null}'
    assert told(acme.status(batchId=sent["batchId"])) == (404, "Batch not found")


@pytest.mark.parametrize(
    ("old", "new", "status", "message"),
    [
        ("limit=5", "limit=6", 401, "Invalid signature"),
        ("recvWindow=5", "recvWindow=4", 401, "Invalid signature"),
        ("limit=5&", "", 401, "Invalid signature"),
        ("-4", "-5", 401, "Invalid signature"),
        ("batchId=", "batchid=", 400, "Unknown parameter: batchid"),
    ],
)
def test_a_changed_byte_of_the_query_is_refused(
    acme: Broker, old: str, new: str, status: int, message: str
) -> None:
    """The signature covers names as well as values."""
    given = {"batchId": str(uuid4()), "limit": "5", "recvWindow": "5000"}
    query = acme.signed(parameters=given)

    answer = acme.send("GET", STATUS, query.replace(old, new, 1))

    assert old in query
    assert told(answer) == (status, message)


def test_a_changed_digit_of_the_signature_or_the_key_is_refused(acme: Broker) -> None:
    """Upper or lower case does not matter, every digit does."""
    query = acme.signed()
    wrong = query[:-1] + ("0" if query[-1] != "0" else "1")
    key = acme.api_key[:-1] + ("A" if acme.api_key[-1] != "A" else "B")
    head, signature = query.rsplit("=", 1)

    assert told(acme.send("GET", STATUS, wrong)) == (401, "Invalid signature")
    assert told(acme.send("GET", STATUS, query, headers=[(KEY, key)])) == (401, "Invalid API key")
    assert told(acme.send("GET", STATUS, f"{head}={signature.upper()}")) == (200, "Success")


def test_another_partners_secret_does_not_sign_for_this_one(acme: Broker, rival: Broker) -> None:
    """A key and a secret are of one partner, or of none."""
    answer = acme.send("GET", STATUS, rival.signed())

    assert told(answer) == (401, "Invalid signature")
