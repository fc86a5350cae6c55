"""The clearing after a `PATCH` survives whatever may die: removed once, counted once."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from batchgate import wiring
from tests.contract.push_calls import LIMIT, SUCCESS, SYSTEM_ERROR, row, sequence, told
from tests.engine.calls import answering, refusal
from tests.gateway import Gateway
from tests.pushing import ROWS, Maker, enrolled
from tests.retailing import waiting_takes_no_time

BUSY = refusal("ThrottlingException")
NAMED = ["P000|H121", "P001|H121"]


@pytest.fixture
def replacing(gateway: Gateway) -> Maker:
    """A manufacturer whose batch of 2 rows over 22 is applied; 20 are to be cleared now."""
    maker = enrolled(gateway, "maker")
    rows = [row(f"P{at:03}") for at in range(22)]
    assert told(maker.push("POST", sequence(*rows, batch="OLD"))) == SUCCESS
    gateway.announced()
    gateway.clock.move(ms=1)
    assert told(maker.push("PATCH", sequence(*rows[:2]))) == SUCCESS
    assert len(maker.records()) == 22
    return maker


def cleared(maker: Maker) -> tuple[list[str], Any, Any]:
    """What is left, how many were removed, and the state."""
    status = maker.standing()
    return sorted(maker.records()), status["removed"], status["state"]


def test_a_slice_behind_a_clearing_sees_what_that_removed(
    gateway: Gateway, replacing: Maker
) -> None:
    """Slices of one invocation share what they read of their shard, until a step writes to it."""
    sent = {
        "BEFORE": ("POST", [row(f"Q{at}") for at in range(9)]),
        "BEHIND": ("PUT", [row(f"P{at:03}", QTY=5) for at in range(2, 22)]),
    }
    gateway.clock.move(ms=1)
    with waiting_takes_no_time():
        for batch, (method, rows) in sent.items():
            body = json.dumps(sequence(*rows, batch=batch)).encode()
            assert told(replacing.call(ROWS, method, body=body)) == SYSTEM_ERROR
    order = ["BEFORE", "B1", "BEHIND"]
    messages = gateway.receive(gateway.queue)
    messages.sort(key=lambda one: order.index(json.loads(one["body"])["batch"]["batch"]))
    assert len(messages) == 6

    assert gateway.redeliver(messages, received=1) == set()

    status = replacing.standing("BEHIND")
    assert (status["updated"], status["failed"]) == (0, 20)
    assert sorted(replacing.records()) == [*NAMED, *(f"Q{at}|H121" for at in range(9))]


def test_a_clearing_message_that_comes_twice_removes_once(
    gateway: Gateway, replacing: Maker
) -> None:
    """SQS may hand a message out again when all is done."""
    messages = gateway.receive(gateway.queue)
    assert len(messages) == 2
    assert gateway.redeliver(messages, received=1) == set()
    assert gateway.redeliver(messages, received=2) == set()
    gateway.clock.move(ms=1)
    replacing.push("POST", sequence(row("P009"), batch="NEW"))
    assert gateway.redeliver(messages, received=3) == set()

    assert cleared(replacing) == ([*NAMED, "P009|H121"], 20, "completed")
    batches = [one["batch"] for one in gateway.announced()]
    assert sorted(batches) == ["B1", "NEW"]


@pytest.mark.parametrize(
    ("operation", "calls"),
    [("BatchWriteItem", 1), ("TransactWriteItems", 1), ("TransactWriteItems", 2), ("Query", 3)],
)
def test_a_clearing_that_dies_on_its_way_is_done_again(
    gateway: Gateway, replacing: Maker, operation: str, calls: int
) -> None:
    """Before the rows are removed, after, or between two shards."""
    messages = gateway.receive(gateway.queue)
    with answering(operation, *[None] * (calls - 1), *[BUSY] * 4):
        assert gateway.redeliver(messages, received=1) != set()
    assert replacing.standing()["state"] == "processing"

    assert gateway.redeliver(messages, received=2) == set()

    assert cleared(replacing) == (NAMED, 20, "completed")


@pytest.mark.parametrize("lost", [1, 2])
def test_a_clearing_message_that_is_lost_is_sent_again(
    gateway: Gateway, replacing: Maker, lost: int
) -> None:
    """The function that had to send it may have died; the sweep looks after the batch."""
    for message in gateway.receive(gateway.queue, most=lost):
        gateway.sqs.delete_message(QueueUrl=gateway.queue, ReceiptHandle=message["receiptHandle"])
    gateway.drain()
    assert replacing.standing()["state"] == "processing"
    assert len(replacing.records()) > 2

    gateway.clock.move(seconds=121)
    gateway.handler("sweep")({}, None)
    gateway.drain()

    assert cleared(replacing) == (NAMED, 20, "completed")


def test_a_clearing_that_is_given_up_ends_its_batch(gateway: Gateway, replacing: Maker) -> None:
    """Rows stay that should be gone, which an operator is told; the batch does not hang."""
    while gateway.deliver(gateway.queue, "give_up"):
        pass

    assert len(replacing.records()) == 22
    assert replacing.standing()["removed"] == 0
    gateway.drain()
    gateway.clock.move(seconds=121)
    gateway.handler("sweep")({}, None)
    assert replacing.standing()["state"] == "completed"


def test_a_replacement_whose_rows_are_given_up_is_cleared_all_the_same(gateway: Gateway) -> None:
    """What it names stays as it was, and what it does not name goes."""
    maker = enrolled(gateway, "maker")
    rows = [row(f"P{at:03}") for at in range(22)]
    assert told(maker.push("POST", sequence(*rows, batch="OLD"))) == SUCCESS
    gateway.clock.move(ms=1)
    assert told(maker.push("PATCH", sequence(*rows[:2]), by="give_up")) == LIMIT

    gateway.drain()

    assert cleared(maker) == (NAMED, 20, "completed")
    assert maker.standing()["failed"] == 2


def test_a_replacement_that_was_cleared_and_not_completed_is_completed_by_the_sweep(
    gateway: Gateway, replacing: Maker
) -> None:
    """The worker may die, or be refused, between the last step and the end."""
    with answering("DeleteItem", *[BUSY] * 8):
        gateway.drain()
    assert cleared(replacing) == (NAMED, 20, "processing")

    gateway.clock.move(seconds=121)
    gateway.handler("sweep")({}, None)

    assert cleared(replacing) == (NAMED, 20, "completed")


def test_rows_pushed_while_the_clearing_waits_are_kept(gateway: Gateway, replacing: Maker) -> None:
    """They are behind it in their groups, or were before it: both ways they are newer."""
    gateway.clock.move(ms=1)
    given = sequence(row("P005", QTY=5), row("P030"), row("P006", QTY=5), batch="NEW")
    assert told(replacing.push("PATCH", given | {"batch_size": 9})) == SUCCESS
    gateway.drain()

    kept = [*NAMED, "P005|H121", "P006|H121", "P030|H121"]
    assert cleared(replacing)[0] == kept
    assert replacing.standing()["state"] == "completed"


POOL = "odm/master_data_pool"
LEFT = ["I|O|C|LAST|S"]


@pytest.fixture
def pooling(gateway: Gateway) -> Maker:
    """A manufacturer whose batch of 1 row over 135 is applied: both shards have two pages."""
    maker = enrolled(gateway, "maker")
    pool = {
        "bu": "I",
        "odm": "O",
        "commodity": "C",
        "odm_pn_desc": "D",
        "lead_time": 1,
        "moq": 1,
        "mpq": 1,
        "odm_supplier_name": "S",
        "family": "f" * 10_000,
        "usage": "u" * 10_000,
    }
    for batch in range(3):
        rows = [pool | {"odm_pn": f"P{batch}{at:02}"} for at in range(45)]
        assert told(maker.push("POST", sequence(*rows, batch=f"B{batch}"), POOL)) == SUCCESS
    gateway.clock.move(ms=1)
    last = sequence(pool | {"odm_pn": "LAST"}, batch="R")
    assert told(maker.push("PATCH", last, POOL)) == SUCCESS
    return maker


def steps(gateway: Gateway, monkeypatch: pytest.MonkeyPatch, seconds: int) -> Sequence[str]:
    """The steps of a clearing of which each look at the clock takes so long."""

    def slow() -> int:
        gateway.clock.move(seconds=seconds)
        return gateway.clock()

    monkeypatch.setattr(wiring, "clock", slow)
    gateway.drain()
    rows = [row["sk"]["S"] for row in gateway.rows("BatchesTable")]
    return sorted(key for key in rows if key.startswith("c/"))


@pytest.mark.moto
def test_a_shard_of_more_than_a_page_is_cleared_in_steps(
    gateway: Gateway, pooling: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker has thirty seconds: it stops after a page, and goes on in another message."""
    taken = steps(gateway, monkeypatch, 16)

    assert taken == ["c/0000/000000", "c/0000/000001", "c/0001/000000", "c/0001/000001"]
    assert list(pooling.records(POOL)) == LEFT
    assert pooling.standing("R", POOL)["removed"] == 135


@pytest.mark.moto
def test_the_steps_of_one_invocation_share_its_time(
    gateway: Gateway, pooling: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten messages that each took ten seconds would never end: the worker is stopped at thirty.

    Of two steps at 6 s a page the first ends in time, and the second, which is handed over
    with it, stops after a page.
    """
    assert len(gateway.receive(gateway.queue)) == 2  # and both once more, as nobody keeps them

    taken = steps(gateway, monkeypatch, 6)

    assert len(taken) == 3
    assert list(pooling.records(POOL)) == LEFT
    assert pooling.standing("R", POOL)["removed"] == 135
