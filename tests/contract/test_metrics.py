"""What is measured and logged of calls and of work: enough to watch by, and never content."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from batchgate import telemetry
from tests import supplying
from tests.contract.push_calls import row, sequence
from tests.engine.calls import answering, refusal
from tests.gateway import SUBMIT, Gateway, Partner
from tests.pushing import enrolled

ID = "8c8974a0-e516-4a6c-92b3-000000000001"
HOLDING = {"symbol": "FPT", "totalQty": 1, "costPrice": "95.5", "tradableQty": 1}
DOWN = refusal("InternalFailure", 500)


class Context:
    """What Lambda tells a function of itself."""

    function_name = "batchgate-prod-PortfolioSubmit-1A2B3C4D5E6F"


def flushed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The metrics flushed since the last look, a dict for each line; the whole stack's first."""
    lines = [line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    told = [json.loads(line) for line in lines]
    for one in told:
        (directive,) = one.pop("_aws")["CloudWatchMetrics"]
        (dimensions,) = directive["Dimensions"]
        for metric in directive["Metrics"]:
            known = telemetry.TOTALS | telemetry.BY_FUNCTION | telemetry.BY_FEED
            assert metric["Name"] in known
            by = {"function"} if metric["Name"] in telemetry.BY_FUNCTION else set()
            by |= {"feed"} if metric["Name"] in telemetry.BY_FEED else set()
            assert set(dimensions) == {"service", *by}
        assert directive["Namespace"] == "Batchgate"
        assert one.pop("service") == "batchgate"
    return sorted(told, key=lambda one: ("function" in one, "feed" in one))


def submit(gateway: Gateway, partner: Partner, *users: str) -> None:
    portfolios = [{"userId": user, "holding": [HOLDING]} for user in users]
    answer = gateway.submit(partner, batchId=ID, portfolios=[*portfolios, {"userId": "bad"}])
    assert answer.status == 200


def test_a_call_is_counted_by_endpoint_and_its_items_by_feed(
    gateway: Gateway, acme: Partner, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line per dimensions, at the end of the invocation."""
    submit(gateway, acme, "1401", "1402")

    assert flushed(capsys) == [
        {"feed": "portfolio", "ItemsAccepted": [3.0]},
        {"function": "local", "Answers2xx": [1.0]},
    ]


def test_the_same_batch_again_is_another_call_and_no_more_items(
    gateway: Gateway, acme: Partner, capsys: pytest.CaptureFixture[str]
) -> None:
    """Items would seem to get lost if what is sent twice counted twice."""
    submit(gateway, acme, "1401")
    flushed(capsys)

    submit(gateway, acme, "1401")

    assert flushed(capsys) == [{"function": "local", "Answers2xx": [1.0]}]


def test_an_endpoint_is_named_as_in_the_template(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not as CloudFormation names it: a new stack must not begin new graphs."""
    gateway.handler(SUBMIT)({"requestContext": {}}, Context())

    assert flushed(capsys) == [
        {"function": "PortfolioSubmit", "RequestsRefused": [1.0], "Answers4xx": [1.0]}
    ]


def test_a_wrong_signature_is_counted_and_an_unknown_caller_is_not(
    gateway: Gateway, acme: Partner, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only who has a key can be one of ours whose secret is old, or was stolen."""
    gateway.submit(Partner("acme", acme.api_key, "another secret"), portfolios=[])
    gateway.submit(Partner("acme", "acme.k1.not-a-key-that-was-given-out", "s"), portfolios=[])

    told = flushed(capsys)
    assert [one for one in told if "RefusedSignatures" in one] == [{"RefusedSignatures": [1.0]}]
    assert [one["Answers4xx"] for one in told if "Answers4xx" in one] == [[1.0], [1.0]]


def test_a_call_outside_its_window_counts_as_wrongly_signed(
    gateway: Gateway, acme: Partner, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clock that is off looks the same to its owner: nothing goes through any more."""
    gateway.call(
        SUBMIT,
        query=[("timestamp", "1"), ("signature", "x")],
        headers={"X-Api-Key": [acme.api_key]},
    )

    assert {"RefusedSignatures": [1.0]} in flushed(capsys)


def test_a_refused_sign_in_counts_as_wrongly_signed_whoever_it_names(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was wrong with it nobody is told, and an unknown supplier is no exception."""
    goods = supplying.enrolled(gateway, "acme-goods", 99_999)
    flushed(capsys)

    for wrong in ({"api_signature": "x"}, {"api_timestamp": "1"}, {"api_token": "Supplier_7"}):
        assert goods.sign_in(**wrong).status == 401
        assert {"RefusedSignatures": [1.0]} in flushed(capsys)


def test_aws_that_refuses_for_load_is_counted_apart_from_our_own_faults(
    gateway: Gateway, acme: Partner, capsys: pytest.CaptureFixture[str]
) -> None:
    """One calls for patience or more capacity, the other for a repair."""
    with answering("TransactWriteItems", *[DOWN] * 9):
        answer = gateway.submit(acme, batchId=ID, portfolios=[{"userId": "1", "holding": []}])

    assert answer.status == 503
    assert flushed(capsys) == [{"Busy": [1.0]}, {"function": "local", "Answers5xx": [1.0]}]


def test_work_is_counted_by_feed_and_timed_from_its_acceptance(
    gateway: Gateway, acme: Partner, capsys: pytest.CaptureFixture[str]
) -> None:
    """In seconds, whatever part of that the queue was."""
    submit(gateway, acme, "1401", "1402")
    flushed(capsys)
    gateway.clock.move(seconds=2.5)

    gateway.drain()

    totals, items = flushed(capsys)
    assert items.pop("feed") == "portfolio"
    assert {name: sum(values) for name, values in items.items()} == {
        "ItemsEnded": 3,
        "ItemsFailed": 1,
    }
    assert totals == {
        "SliceTime": [2.5, 2.5],
        "BatchesCompleted": [1.0],
        "BatchTime": [2.5],
    }


def test_the_sweep_tells_how_long_the_oldest_work_waits(
    gateway: Gateway, acme: Partner, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 where nothing does, so that silence is a sweep that does not run."""
    gateway.handler("sweep")({}, None)
    assert flushed(capsys) == [{"OldestPending": [0.0]}]
    submit(gateway, acme, "1401", "1402")
    gateway.clock.move(seconds=300)
    flushed(capsys)

    gateway.handler("sweep")({}, None)

    assert flushed(capsys) == [{"SlicesSentAgain": [2.0], "OldestPending": [300.0]}]


def test_a_replacement_is_counted_with_what_it_removed(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """Many records at once, which somebody may not have meant."""
    maker = enrolled(gateway, "maker")
    maker.push("POST", sequence(row("P001"), row("P002"), batch="B1"))
    flushed(capsys)

    maker.push("PATCH", sequence(row("P001"), batch="B2"))
    gateway.drain()

    told = flushed(capsys)
    assert sum(sum(one.get("RecordsCleared", [])) for one in told) == 1
    assert sum(sum(one.get("Replacements", [])) for one in told) == 1


@pytest.mark.parametrize("off", [0, 2])
def test_the_audit_tells_how_many_batches_it_counted_and_how_many_are_off(
    gateway: Gateway, acme: Partner, capsys: pytest.CaptureFixture[str], off: int
) -> None:
    """That all add up means something only if there were any."""
    names = [f"8c8974a0-e516-4a6c-92b3-00000000000{at}" for at in range(3)]
    for name in names:
        gateway.submit(acme, batchId=name, portfolios=[{"userId": "1401", "holding": [HOLDING]}])
    for name in names[:off]:
        gateway.dynamodb.update_item(
            TableName="BatchesTable",
            Key={"pk": {"S": f"acme#portfolio#{name}"}, "sk": {"S": "#"}},
            UpdateExpression="ADD accepted :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
    gateway.clock.move(seconds=3_600)
    flushed(capsys)

    gateway.handler("audit")({}, None)

    assert flushed(capsys) == [{"BatchesCounted": [3.0], "CountsDoNotClose": [float(off)]}]


def test_one_id_leads_from_the_call_to_the_end_of_its_batch(
    gateway: Gateway, acme: Partner, lines: list[dict[str, Any]]
) -> None:
    """Every line has the id and whose it is, and none has what was sent."""
    submit(gateway, acme, "1401", "1402")
    gateway.drain()

    told = [(one["message"], one["correlation_id"], one["partner"]) for one in lines]
    assert told == [
        ("accepted", "a-request", "acme"),
        ("answered", "a-request", "acme"),
        ("slice ended", "a-request", "acme"),
        ("slice ended", "a-request", "acme"),
        ("batch completed", "a-request", "acme"),
    ]
    assert {one["batch"] for one in lines if one["message"] != "answered"} == {ID}
    assert "FPT" not in json.dumps(lines)
    assert "1401" not in json.dumps(lines)


def test_a_sequence_keeps_its_calls_id(gateway: Gateway, lines: list[dict[str, Any]]) -> None:
    """Whoever works it."""
    enrolled(gateway, "maker").push("POST", sequence(row()))

    told = {one["message"]: one.get("correlation_id") for one in lines}
    assert told["slice ended"] == told["batch completed"] == "a-request"


def test_a_refusal_names_the_partner_whose_key_it_was(
    gateway: Gateway, acme: Partner, lines: list[dict[str, Any]]
) -> None:
    """Who is refused is what an operator asks first; who is nobody is not named."""
    gateway.submit(Partner("acme", acme.api_key, "another secret"), portfolios=[])
    gateway.submit(Partner("acme", "acme.k1.not-a-key-that-was-given-out", "s"), portfolios=[])

    refused = [(one["refusal"], one.get("partner")) for one in lines if "refusal" in one]
    assert refused == [("BadSignature", "acme"), ("UnknownCaller", None)]


@pytest.fixture(autouse=True)
def nothing_left(capsys: pytest.CaptureFixture[str]) -> None:
    """Tell what tests before this one counted without a handler that would have told it."""
    with telemetry.invocation():
        pass
    capsys.readouterr()


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What is logged, as it is written."""
    written: list[dict[str, Any]] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(telemetry.logger.registered_formatter.format(record)))

    collect = Collect()
    telemetry.logger.addHandler(collect)
    yield written
    logging.getLogger("batchgate").removeHandler(collect)
