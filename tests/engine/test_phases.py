"""Phases act at their times, once: whatever wakes them, however often, and however early."""

import json
from dataclasses import replace
from typing import Any

import pytest

from batchgate import engine, wiring
from batchgate.engine import phases
from batchgate.errors import Busy, TooEarly
from batchgate.model import Due, Phase, PhaseName, PhaseState, Plan, PlanId, Turn
from tests.engine.calls import answering, seen
from tests.engine.making import batch, item, letters, part
from tests.engine.planning import (
    EXECUTE,
    OF,
    OVERTAKEN,
    REVERT,
    SOON_S,
    bodies,
    kept,
    made,
    now,
)
from tests.engine.telling import told
from tests.gateway import Gateway

TURN, OTHER = Turn(7, 11, 12), Turn(8, 21, 22)
WOKEN = Phase(at_s=SOON_S, schedule="mine")


def fire(name: PhaseName = EXECUTE, schedule: str = "mine") -> None:
    """Wake a phase of the plan."""
    due = Due(plan=OF, phase=name, schedule=schedule)
    engine.fire(due, wiring.plans(), wiring.batches(), wiring.queue(), wiring.clock)


def states(plan: Plan | None = None) -> tuple[str, str]:
    """How far a plan's phases are, or those of the one that is kept."""
    plan = plan or now()
    return str(plan.execute.state), str(plan.revert.state)


def test_a_phase_that_is_due_is_begun_and_its_work_sent(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """At its very second; its work is a batch of the plan's feed, named after the version."""
    kept(TURN, OTHER, about={"correlation_id": "a-call"})
    gateway.clock.move(seconds=3_600)
    told(capsys)

    fire()

    assert told(capsys) == {"ScheduleLate": [0.0], "ItemsAccepted": [2.0]}
    phase = now().execute
    assert (phase.state, phase.by, phase.run) == ("executing", "Scheduler", "7.execute.2")
    assert (now().version, phase.items, phase.failed) == (2, 0, [])
    standing = wiring.lookups().standing(batch("7.execute.2"))
    assert standing is not None
    assert (standing.method, standing.declared, standing.accepted) == ("execute", 2, 2)
    sent = bodies(gateway)
    assert sum(one["size"] for one in sent) == 2
    assert {one["correlation_id"] for one in sent} == {"a-call"}
    assert {one["part"] for one in sent} == {"0"}


def test_a_plan_that_no_call_is_known_of_is_carried_out_without(gateway: Gateway) -> None:
    """What is kept about a plan is its contract's business."""
    kept(TURN)
    gateway.clock.move(seconds=3_600)

    fire()

    assert [one["correlation_id"] for one in bodies(gateway)] == [""]


def test_how_late_a_phase_was_begun_is_told(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """A schedule that fires late shows only there."""
    kept(TURN)
    gateway.clock.move(seconds=3_602.5)
    told(capsys)

    fire()

    assert told(capsys)["ScheduleLate"] == [2.5]


def test_a_record_remembers_which_plan_set_it_and_only_that_takes_it_back(
    gateway: Gateway,
) -> None:
    """What another plan has set since stays."""
    kept(TURN, OTHER)
    gateway.clock.move(seconds=3_600)
    fire()
    gateway.drain()
    assert contents(gateway) == {
        "7": {"batch": 7, "proposal": 11},
        "8": {"batch": 7, "proposal": 21},
    }
    kept(Turn(8, 91, 92), id=PlanId("acme", "stock", 9), execute=Phase(at_s=SOON_S + 600))
    gateway.clock.move(seconds=600)
    due = Due(plan=PlanId("acme", "stock", 9), phase=EXECUTE)
    engine.fire(due, wiring.plans(), wiring.batches(), wiring.queue(), wiring.clock)
    gateway.drain()
    gateway.clock.move(seconds=3_000)

    fire(REVERT, "")
    gateway.drain()

    assert contents(gateway) == {
        "7": {"batch": 7, "proposal": 12},
        "8": {"batch": 9, "proposal": 91},
    }
    assert letters(batch("7.revert.4")) == "ud"
    assert states() == ("finished", "failed")


def contents(gateway: Gateway) -> dict[str, Any]:
    """What is stored of the keys of the feed."""
    return {
        row["sk"]["S"]: json.loads(row["c"]["B"])
        for row in gateway.rows("RecordsTable")
        if "c" in row
    }


@pytest.mark.parametrize(("early_s", "seconds"), [(90, 90), (40.6, 41), (0.000_001, 1)])
def test_a_phases_own_schedule_that_fires_ahead_is_told_how_far(
    gateway: Gateway, early_s: float, seconds: int
) -> None:
    """Its message waits for the moment in the queue."""
    kept(TURN, execute=WOKEN)
    gateway.clock.move(seconds=3_600 - early_s)

    with pytest.raises(TooEarly) as early:
        fire()

    assert early.value.seconds == seconds
    assert states() == ("idle", "idle")


@pytest.mark.parametrize(("early_s", "schedule"), [(90.000_001, "mine"), (1, "older"), (1, "")])
def test_what_comes_much_too_early_or_from_elsewhere_does_nothing(
    gateway: Gateway, early_s: float, schedule: str
) -> None:
    """It is from before the time was moved; the phase's own schedule is still to come."""
    before = kept(TURN, execute=WOKEN)
    gateway.clock.move(seconds=3_600 - early_s)

    fire(schedule=schedule)

    assert now() == before
    assert bodies(gateway) == []


@pytest.mark.parametrize("state", [PhaseState.FINISHED, PhaseState.FAILED, PhaseState.CANCELED])
def test_a_phase_that_has_ended_is_not_begun_again(gateway: Gateway, state: PhaseState) -> None:
    """A schedule may fire twice, and days apart."""
    before = kept(TURN, execute=replace(WOKEN, state=state))
    gateway.clock.move(seconds=3_600)

    fire()

    assert now() == before
    assert bodies(gateway) == []


def test_a_plan_that_is_gone_is_not_woken(gateway: Gateway) -> None:
    """It has expired, and its schedule has not."""
    fire()

    assert gateway.rows("BatchesTable") == []


def test_a_phase_whose_work_was_begun_is_carried_on(gateway: Gateway) -> None:
    """Whoever began it died before the work was stored, whatever the time is now."""
    kept(TURN, execute=replace(WOKEN, state=PhaseState.EXECUTING, run="7.execute.1"))

    fire()
    (sent,) = bodies(gateway)

    assert (sent["batch"]["batch"], sent["size"]) == ("7.execute.1", 1)
    assert now().version == 1


def test_a_revert_that_is_due_carries_out_what_it_is_to_take_back(gateway: Gateway) -> None:
    """The execute's schedule was lost: the listing is as after both in the end."""
    kept(TURN)
    gateway.clock.move(seconds=7_200)

    fire(REVERT)

    assert states() == ("executing", "executing")
    assert (now().execute.run, now().revert.run) == ("7.execute.2", "7.revert.3")
    gateway.drain()
    assert contents(gateway) == {"7": {"batch": 7, "proposal": 12}}


def test_a_revert_takes_nothing_back_where_there_is_nothing(gateway: Gateway) -> None:
    """The execution of this key failed, and so does what would take it back."""
    kept(TURN, execute=Phase(at_s=SOON_S, state=PhaseState.FAILED, run="7.execute.1"))
    gateway.clock.move(seconds=7_200)

    fire(REVERT, "")
    gateway.drain()

    assert letters(batch("7.revert.2")) == "m"
    assert contents(gateway) == {}
    assert states() == ("failed", "failed")


def test_a_phase_that_is_begun_once_more_begins_from_nothing() -> None:
    """What its earlier work came to is not what this one comes to."""
    ended = Phase(
        at_s=SOON_S,
        state=PhaseState.FAILED,
        by="a",
        run="7.execute.1",
        items=2,
        failed=[("8", "b")],
    )

    begun = engine.begin(made(execute=ended, version=4), EXECUTE, "Supplier_1").execute

    assert begun == Phase(
        at_s=SOON_S, state=PhaseState.EXECUTING, by="Supplier_1", run="7.execute.5"
    )


def test_a_revert_does_not_carry_out_what_was_canceled(gateway: Gateway) -> None:
    """Somebody said that it must not be."""
    kept(execute=Phase(at_s=SOON_S, state=PhaseState.CANCELED))
    gateway.clock.move(seconds=7_200)

    fire(REVERT)

    assert states() == ("canceled", "finished")


def test_what_is_never_taken_back_is_carried_out(gateway: Gateway) -> None:
    """Who cancels the revert wants the execution to stay."""
    kept(TURN, revert=Phase(at_s=SOON_S + 3_600, state=PhaseState.CANCELED))
    gateway.clock.move(seconds=3_600)

    fire()

    assert states() == ("executing", "canceled")


def test_an_execute_leaves_a_revert_that_is_due_to_its_own_schedule(gateway: Gateway) -> None:
    """Both are late; the queue has them in order."""
    kept(TURN)
    gateway.clock.move(seconds=7_200)

    fire(EXECUTE)

    assert states() == ("executing", "idle")


def test_a_phase_with_nothing_to_do_has_ended_at_once(gateway: Gateway) -> None:
    """There is no work whose end could tell it."""
    kept()
    gateway.clock.move(seconds=3_600)

    fire()

    assert (states(), now().version, now().execute.items) == (("finished", "idle"), 3, 0)
    assert bodies(gateway) == []


def test_a_phase_that_somebody_else_changes_as_it_begins_comes_again(gateway: Gateway) -> None:
    """It may have been moved, or canceled: what it is then decides."""
    before = kept(TURN)
    gateway.clock.move(seconds=3_600)

    with (
        answering("TransactWriteItems", OVERTAKEN),
        pytest.raises(Busy, match=r"^changed while it began$"),
    ):
        fire()

    assert now() == before


def test_work_that_has_ended_is_not_done_anew_with_other_turns(gateway: Gateway) -> None:
    """The plan was given others since, by somebody who saw the phase ended."""
    halfway = Phase(at_s=SOON_S, state=PhaseState.EXECUTING, run="7.execute.1")
    plan = kept(TURN, execute=halfway)
    run = part(item("7", "other"), name="7.execute.1", method="execute")
    wiring.batches().admit(run, wiring.clock())
    stands = wiring.plans().put(replace(plan, version=2, about={"name": "new"}))

    after = phases.carry(
        plan, EXECUTE, wiring.plans(), wiring.batches(), wiring.queue(), wiring.clock
    )

    assert stands
    assert after == now()
    assert after.about == {"name": "new"}


def test_a_plan_that_does_not_execute_is_not_carried_on(gateway: Gateway) -> None:
    """Whatever it is, its work was not begun."""
    plan = kept(TURN)
    with seen() as calls:
        after = phases.carry(
            plan, EXECUTE, wiring.plans(), wiring.batches(), wiring.queue(), wiring.clock
        )

    assert (after, calls.names) == (plan, [])
