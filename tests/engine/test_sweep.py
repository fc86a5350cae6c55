"""The sweep: whatever died where a batch was left, the sweep goes on from there."""

from dataclasses import replace

import pytest

from batchgate import wiring
from batchgate.errors import Busy
from batchgate.model import Phase, PhaseState, Tally
from tests.engine.calls import answering, refusal
from tests.engine.making import admit, apply, batch, desk, item, letters, part, sweep
from tests.engine.planning import SOON_S, kept, now
from tests.engine.replaying import give_up, plan, put_back, settle, standing
from tests.engine.telling import told
from tests.gateway import Gateway

DOWN = refusal("InternalFailure", 500)
RUN = "7.execute.1"


@pytest.mark.parametrize("completed", [False, True])
def test_a_plan_that_nobody_told_is_told_by_the_sweep(gateway: Gateway, *, completed: bool) -> None:
    """The worker died before it completed the batch, or between that and telling the plan."""
    kept(execute=Phase(at_s=SOON_S, state=PhaseState.EXECUTING, run=RUN))
    apply(item("FPT"), item("VNM"), name=RUN, method="execute")
    if completed:
        with answering("GetItem", *[DOWN] * 9), pytest.raises(Busy):
            settle(batch(RUN))
    assert now().execute.state == "executing"
    gateway.clock.move(seconds=120)

    assert sweep() == 0

    assert (now().execute.state, now().execute.items) == ("finished", 2)
    assert [one["batch"] for one in gateway.announced()] == [RUN]


def test_a_replacement_that_nobody_began_to_clear_is_cleared(gateway: Gateway) -> None:
    """The worker died between its last slice and the look at its batch."""
    apply(item("old"), name="b0")
    gateway.clock.move(seconds=1)
    apply(item("FPT"), name="b1", replaces=True)
    gateway.clock.move(seconds=120)

    assert sweep() == 0
    gateway.drain()

    assert (standing(batch()).completed, standing(batch()).removed) == (True, 1)


def test_a_replacement_that_is_being_cleared_is_left_to_its_steps(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """However long its sender took: what is late is a step that does not come."""
    first = part(item("FPT"), name="b1", declared=2, replaces=True)
    for one in (first, replace(first, name="1", items=[item("VNM")])):
        (work,) = wiring.batches().admit(one, wiring.clock()).slices
        desk().work(work)
        gateway.clock.move(seconds=2_400)
    settle(batch())
    gateway.clock.move(seconds=119)
    told(capsys)

    assert sweep() == 0
    assert told(capsys) == {"OldestPending": [0.0]}

    gateway.clock.move(seconds=121)
    assert sweep() == 1
    assert told(capsys) == {"SlicesSentAgain": [1.0], "OldestPending": [240.0]}


def test_what_was_replayed_waits_since_then(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """An alarm on how long work waits must not ring for a batch of last month."""
    give_up(item("FPT"))
    gateway.clock.move(seconds=30 * 86_400)
    with answering("SendMessageBatch", *[DOWN] * 9), pytest.raises(Busy):
        put_back(plan(batch()))
    gateway.clock.move(seconds=120)
    told(capsys)

    assert sweep() == 1
    assert told(capsys) == {"SlicesSentAgain": [1.0], "OldestPending": [120.0]}


def test_what_is_put_back_into_a_replacement_and_never_sent_is_sent(gateway: Gateway) -> None:
    """All of its shards are cleared: this slice is all that it has left."""
    give_up(item("FPT"), replaces=True)
    gateway.drain()
    assert standing(batch()).completed
    with answering("SendMessageBatch", *[DOWN] * 9), pytest.raises(Busy):
        put_back(plan(batch()))
    assert letters(batch()) == "-"
    gateway.clock.move(seconds=120)

    assert sweep() == 1
    gateway.drain()

    assert letters(batch()) == "i"
    assert standing(batch()).completed


def test_a_slice_that_came_late_is_left_its_time(gateway: Gateway) -> None:
    """Its own message may still be on its way, however old its batch is."""
    batches, first = wiring.batches(), part(item("FPT"), declared=2)
    batches.admit(first, wiring.clock())
    gateway.clock.move(seconds=60)
    batches.admit(replace(first, name="1", items=[item("VNM")]), wiring.clock())
    gateway.clock.move(seconds=60)

    assert sweep() == 1

    (message,) = gateway.receive(gateway.queue)
    assert '"part":"0"' in message["body"].replace(" ", "")


def test_a_batch_that_waits_for_its_partner_has_nothing_that_waits_for_us(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its partner may take its time for the rest: nothing is sent, and no alarm goes off."""
    (work,) = admit(item("FPT"), declared=2)
    desk().work(work)
    gateway.clock.move(seconds=120)
    told(capsys)

    assert sweep() == 0

    assert told(capsys) == {"OldestPending": [0.0]}


def test_the_sweep_sends_what_was_never_sent(gateway: Gateway) -> None:
    """The function died between storing and sending."""
    admit(*[item(f"k{at}") for at in range(10)], shards=2)
    gateway.clock.move(seconds=119)
    assert sweep() == 0

    gateway.clock.move(seconds=1)
    assert sweep() == 2

    gateway.drain()
    standing = wiring.lookups().standing(batch())
    assert standing is not None
    assert standing.completed
    assert standing.tally == Tally(inserted=10)
    assert len(gateway.announced()) == 1


def test_the_sweep_sends_only_slices_without_outcomes(gateway: Gateway) -> None:
    """The other shard of the part was worked."""
    one, _ = admit(*[item(f"k{at}") for at in range(10)], shards=2)
    desk().work(one)
    gateway.clock.move(seconds=120)

    assert sweep() == 1


def test_the_sweep_looks_again_as_long_as_work_is_left(gateway: Gateway) -> None:
    """Every two minutes at first, then with the batch's age up to every ten."""
    admit(item("FPT"))
    looks = []
    for minute in range(1, 37):
        gateway.clock.move(seconds=60)
        if sweep():
            looks.append(minute)

    assert looks == [2, 4, 8, 16, 26, 36]


def test_a_batch_that_has_expired_is_looked_at_once(gateway: Gateway) -> None:
    """Its sender never sent the rest; its header stays for months, to keep its name."""
    (work,) = admit(item("FPT"), declared=2)
    desk().work(work)
    gateway.clock.move(seconds=90 * 86_400 - 1)
    wiring.batches().forget(batch(), wiring.clock())
    gateway.clock.move(seconds=1)
    assert list(wiring.batches().due(wiring.clock())) == [batch()]

    assert sweep() == 0

    gateway.clock.move(seconds=86_400)
    assert list(wiring.batches().due(wiring.clock())) == []
    assert any(row["sk"]["S"] == "#" for row in gateway.rows("BatchesTable"))


def test_each_look_names_its_messages_anew(gateway: Gateway) -> None:
    """SQS drops a message whose like it had within five minutes, even a deleted one."""
    admit(item("FPT"))
    names = set()
    for _ in range(3):
        gateway.clock.move(seconds=600)
        sweep()
        for message in gateway.receive(gateway.queue):
            names.add(message["attributes"]["MessageDeduplicationId"])
            gateway.sqs.delete_message(
                QueueUrl=gateway.queue, ReceiptHandle=message["receiptHandle"]
            )

    assert len(names) == 3


def test_the_sweep_tells_how_long_the_oldest_of_all_waits(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """One batch that hangs must not be hidden by others that do not, whichever comes last."""
    for name in ("b1", "b2", "b3"):
        admit(item("FPT", name), item("VNM", name), name=name, shards=2)
        gateway.clock.move(seconds=100)
    told(capsys)

    assert sweep() == 4

    assert told(capsys) == {"SlicesSentAgain": [2.0, 2.0], "OldestPending": [300.0]}


def test_what_is_sent_again_is_named_with_the_calls_that_it_came_with(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    """From there on an operator finds what befell it."""
    admit(item("FPT"), item("VNM"), shards=2, correlation_id="a-call")
    gateway.clock.move(seconds=120)

    sweep()

    (line,) = [one.__dict__ for one in caplog.records if one.message == "slices sent again"]
    assert (line["partner"], line["feed"], line["batch"]) == ("acme", "stock", "b1")
    assert line["correlation_ids"] == ["a-call"]
    assert len(set(line["slices"])) == 2


def test_steps_of_clearing_that_were_lost_are_sent_again(gateway: Gateway) -> None:
    """Nothing is completed before all shards are through, and only then removals end."""
    apply(item("old"), name="b0")
    gateway.clock.move(seconds=1)
    for work in admit(item("FPT"), item("VNM"), shards=2, replaces=True):
        desk().work(work)
    assert settle(batch()) is False
    for message in gateway.receive(gateway.queue):
        gateway.sqs.delete_message(QueueUrl=gateway.queue, ReceiptHandle=message["receiptHandle"])
    assert wiring.batches().replaced_us(batch("b2")) == 1_760_000_001_000_000
    gateway.clock.move(seconds=120)

    assert sweep() == 2
    assert settle(batch()) is False
    gateway.drain()

    standing = wiring.lookups().standing(batch())
    assert standing is not None
    assert (standing.completed, standing.removed) == (True, 1)
    assert wiring.batches().replaced_us(batch("b2")) == 0
    assert [one["batch"] for one in gateway.announced()] == ["b0", "b1"]


def test_a_replacement_that_has_expired_counts_as_ended(gateway: Gateway) -> None:
    """DynamoDB deletes its mark hours or days later; until then it spares no record."""
    admit(item("FPT"), replaces=True)
    assert wiring.batches().replaced_us(batch("b2")) == 1_760_000_000_000_000
    gateway.clock.move(seconds=90 * 86_400)

    assert wiring.batches().replaced_us(batch("b2")) == 0


def test_the_sweep_leaves_completed_batches_alone(gateway: Gateway) -> None:
    """They left the index: a sweep costs nothing for all that has ended."""
    apply(item("FPT"), name="b1")
    settle(batch())
    gateway.clock.move(seconds=6_000)

    assert list(wiring.batches().due(wiring.clock())) == []


def test_the_sweep_announces_what_was_completed_in_silence(gateway: Gateway) -> None:
    """The worker died, or the event bus was down, between completing and announcing."""
    apply(item("FPT"), name="b1")
    with answering("PutEvents", DOWN), pytest.raises(Busy):
        settle(batch())
    assert settle(batch()) is False
    assert gateway.announced() == []
    gateway.clock.move(seconds=120)

    sweep()

    (event,) = gateway.announced()
    assert event["batch"] == "b1"
    assert list(wiring.batches().due(wiring.clock())) == []


def test_the_sweep_completes_what_ended_unseen(gateway: Gateway) -> None:
    """The worker died between its last slice and the look at its batch."""
    apply(item("FPT"), name="b1")
    gateway.clock.move(seconds=120)

    assert sweep() == 0

    assert len(gateway.announced()) == 1


def test_a_batch_that_the_sweep_cannot_look_after_costs_no_other(gateway: Gateway) -> None:
    """The event bus is down: parts that were never sent must still be sent."""
    names = [f"b{at}" for at in range(8)]
    for name in names[::2]:
        apply(item("FPT"), name=name)
    for name in names[1::2]:
        admit(item("FPT", name), name=name)
    gateway.clock.move(seconds=120)
    with answering("PutEvents", *[DOWN] * 4), pytest.raises(Busy):
        sweep()

    assert len(gateway.receive(gateway.queue)) == 4
    gateway.clock.move(seconds=120)
    sweep()
    assert sorted(one["batch"] for one in gateway.announced()) == ["b0", "b2", "b4", "b6"]


def test_each_minute_the_sweep_begins_with_others(gateway: Gateway) -> None:
    """Where it runs out of time, the same batches would come last for ever."""
    for at in range(40):
        admit(batch=batch(f"b{at}"))
    gateway.clock.move(seconds=120)

    firsts = set()
    for _ in range(8):
        firsts.add(next(iter(wiring.batches().due(wiring.clock()))))
        gateway.clock.move(seconds=60)

    assert len(firsts) == 8


def test_an_idle_sweep_says_nothing(gateway: Gateway) -> None:
    """It runs every minute of the year: no warning, nothing to wade through."""
    for _ in range(2):
        assert gateway.handler("sweep")({}, None) == {"sent_again": 0, "woken": 0}
