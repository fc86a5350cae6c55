"""AWS throttles, does half of what was asked, or is down."""

from typing import Any

import pytest

from batchgate import wiring
from batchgate.errors import Busy
from batchgate.model import BatchId, Tally
from tests.engine.calls import answering, on, refusal, seen
from tests.engine.making import item, letters
from tests.faults.world import accept, begun, check, counts, impatient, name, submit, sweep, tally
from tests.gateway import Gateway, Partner

THROTTLED = refusal("ThrottlingException")
DOWN = refusal("InternalServerError", 500)
CONFLICT = refusal(
    "TransactionCanceledException",
    CancellationReasons=[{"Code": "None"}, {"Code": "TransactionConflict"}],
)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between rounds take no time."""
    monkeypatch.setattr("batchgate.aws.time.sleep", lambda _: None)


def half_done(most: int, rounds: int) -> Any:
    """Have DynamoDB write only so many rows of each call, for so many calls."""
    kept: list[Any] = []
    done = [0]

    def take(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "BatchWriteItem" and done[0] < rounds:
            ((table, rows),) = params["RequestItems"].items()
            kept.append({table: rows[most:]})
            params["RequestItems"] = {table: rows[:most]}

    def give_back(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "BatchWriteItem" and done[0] < rounds:
            done[0] += 1
            left = kept.pop()
            parsed["UnprocessedItems"] = {t: rows for t, rows in left.items() if rows}

    return take, give_back


def test_rows_that_come_back_unwritten_are_written(gateway: Gateway) -> None:
    """A batch write may do any part of what was asked, and says what is left."""
    batch = begun(gateway, "stock")
    take, give_back = half_done(most=2, rounds=4)

    with (
        on("before-parameter-build", take),
        on("after-call", give_back),
        seen() as calls,
    ):
        gateway.drain()

    check(batch)
    assert len(calls.of("BatchWriteItem")) > 4


def test_rows_that_always_come_back_make_the_slice_come_again(gateway: Gateway) -> None:
    """After some rounds it is busy: nothing is closed, and the next delivery goes on."""
    batch = begun(gateway, "stock")
    take, give_back = half_done(most=0, rounds=1_000)
    with (
        impatient(),
        on("before-parameter-build", take),
        on("after-call", give_back),
        answering("BatchWriteItem", *[{"UnprocessedItems": {}}] * 12) as number,
    ):
        gateway.deliver(gateway.queue, "worker")

    assert number[0] == 12
    assert letters(batch) == "-" * 15
    gateway.drain()
    check(batch)


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("Query", THROTTLED),
        ("BatchWriteItem", refusal("ProvisionedThroughputExceededException")),
        ("TransactWriteItems", THROTTLED),
        ("TransactWriteItems", refusal("TransactionInProgressException")),
        ("UpdateItem", refusal("RequestLimitExceeded")),
        ("PutEvents", DOWN),
        ("PutEvents", {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}),
        ("Query", refusal("", 503)),
    ],
)
def test_a_worker_whose_call_is_refused_for_load_finishes_later(
    gateway: Gateway, operation: str, answer: dict[str, Any]
) -> None:
    """Busy is not failed: the message comes again, and the event is sent in the end."""
    batch = begun(gateway, "stock")

    with impatient(), answering(operation, answer) as number:
        gateway.drain()
        sweep(gateway)

    assert number[0] > 1
    check(batch)
    assert len(gateway.announced()) == 1


def test_transactions_that_meet_each_other_are_tried_again(gateway: Gateway) -> None:
    """Two functions write the same header or tally: neither gives up for it."""
    batch = begun(gateway, "stock")

    with answering("TransactWriteItems", CONFLICT, CONFLICT) as number:
        assert gateway.deliver(gateway.queue, "worker") == 2

    assert number[0] == 4
    check(batch)


def test_transactions_that_never_get_through_make_the_submit_busy(
    gateway: Gateway, acme: Partner
) -> None:
    """After six rounds: 503, nothing accepted."""
    with answering("TransactWriteItems", *[CONFLICT] * 6) as number:
        assert submit(gateway, acme, 1).status == 503

    assert number[0] == 6
    assert gateway.status(acme, batchId=name(1)).status == 404


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("Query", DOWN),
        ("GetSecretValue", refusal("InternalServiceError", 500)),
        ("BatchWriteItem", DOWN),
        ("TransactWriteItems", DOWN),
        ("SendMessageBatch", refusal("ServiceUnavailable", 503)),
    ],
)
def test_a_submit_while_a_service_is_down_is_503_and_a_retry_succeeds_once(
    gateway: Gateway, acme: Partner, operation: str, answer: dict[str, Any]
) -> None:
    """In the contract's shape; nothing is acknowledged that could get lost."""
    wiring.partners.cache_clear()
    wiring.master.cache_clear()
    with answering(operation, answer):
        refused = submit(gateway, acme, 1)

    assert refused.status == 503
    assert refused.body == {
        "status": 503,
        "message": "Temporarily unavailable, please send the same again",
        "data": None,
    }
    assert submit(gateway, acme, 1).status == 200
    gateway.drain()
    assert counts(gateway.status(acme, batchId=name(1))) == (7, 5, 2, 0)
    assert len(gateway.announced()) == 1


def test_what_secrets_manager_said_minutes_ago_outlives_its_outage(
    gateway: Gateway, acme: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warm function keeps serving."""
    assert submit(gateway, acme, 1).status == 200
    monkeypatch.setattr(wiring.master(), "_asked", -1_000.0)

    with answering("GetSecretValue", DOWN) as number:
        assert submit(gateway, acme, 2).status == 200
    assert number[0] == 1


def test_messages_that_the_queue_refused_are_sent_again(gateway: Gateway) -> None:
    """A batch of messages may go through in part."""
    batch = BatchId("acme", "stock", "b")
    sent = accept(BatchId("acme", "stock", "other"), item("k0"), item("k1"))
    gateway.drain()
    partly = {"Successful": [{"Id": "1"}], "Failed": [{"Id": "0", "Code": "InternalError"}]}

    with answering("SendMessageBatch", partly), seen() as calls:
        accept(batch, item("k0", "2"), item("k1", "2"))

    first, second = calls.of("SendMessageBatch")
    assert len(sent) == len(first["Entries"]) == 2
    assert second["Entries"] == first["Entries"][:1]


def test_messages_that_the_queue_always_refuses_make_the_submit_busy(gateway: Gateway) -> None:
    """The part is stored all the same: the sweep, or a retry, has it worked once."""
    batch = BatchId("acme", "stock", "b")
    never = {"Failed": [{"Id": "0"}, {"Id": "1"}]}
    with answering("SendMessageBatch", *[never] * 6), pytest.raises(Busy):
        accept(batch, item("k0"), item("k1"))
    assert gateway.receive(gateway.queue) == []

    sweep(gateway)

    assert tally(batch) == Tally(inserted=2)
