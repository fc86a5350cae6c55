"""The sweep: whatever died where a batch was left, the sweep goes on from there."""

from dataclasses import replace

import pytest

from batchgate import wiring
from batchgate.errors import Busy
from batchgate.model import Phase, PhaseState
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
