"""Phases of plans: begun when they are due, carried out, waited for, woken when nobody did.

A plan's state says what happens; whatever wakes it (its schedule, an older one, the same
twice, the sweep) is only a reason to look. So a wake-up acts once, at the right time, or
not at all. Each phase's work is a batch of the plan's feed, accepted and worked like any.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

import orjson

from batchgate import telemetry
from batchgate.engine.conclusion import end
from batchgate.engine.exchange import FIRST_PAUSE_S, GROWTH, LONGEST_PAUSE_S, PATIENCE_S
from batchgate.engine.lifecycle import LOOK_EVERY_US, accept
from batchgate.engine.ports import Batches, Clock, Plans, Queue
from batchgate.errors import Busy, ContentConflict, TooEarly
from batchgate.model import (
    BatchId,
    Due,
    Item,
    Operation,
    Part,
    Phase,
    PhaseName,
    PhaseState,
    Plan,
    PlanId,
    Turn,
)

SCHEDULER = "Scheduler"
"""Who made a phase happen that happened at its time."""

AHEAD_US = 90 * 1_000_000
"""How far ahead of its time a plan may be woken: schedules fire a minute ahead of it."""

PATIENCE_US = 30 * 1_000_000
"""How long a plan may be due before the sweep wakes it, as its schedule may be lost."""

SHARDS = 2
"""Over how many shards the keys of plans are spread, for ever: records lie by it."""


def fire(due: Due, plans: Plans, batches: Batches, queue: Queue, clock: Clock) -> None:
    """Have a phase act if it is due, once, however often and whenever this comes.

    Schedules fire ahead of their time, which is exact to a minute, so that a message can
    wait for it in the queue, which is exact to a second. What comes even earlier, or from
    another schedule, is from before the time was moved. A phase whose work was begun is
    carried on: whoever began it may have died.

    Raises:
        TooEarly: the phase's own schedule fired ahead of its time.
        Busy: the message should come again.
    """
    plan = plans.get(due.plan)
    if plan is None or not plan.phase(due.phase).open:
        return
    phase = plan.phase(due.phase)
    early_us = phase.at_s * 1_000_000 - clock()
    if phase.state is PhaseState.IDLE and early_us > 0:
        if due.schedule == phase.schedule and early_us <= AHEAD_US:
            raise TooEarly(-(-early_us // 1_000_000))
        return
    for name in PhaseName:
        # What is taken back must have been carried out: the other's wake-up may be lost.
        if plan.phase(name).open:
            plan = _begin(plan, name, plans, clock)
            plan = carry(plan, name, plans, batches, queue, clock)
        if name is due.phase:
            return


def _begin(plan: Plan, name: PhaseName, plans: Plans, clock: Clock) -> Plan:
    phase = plan.phase(name)
    if phase.state is not PhaseState.IDLE:
        return plan
    begun = replace(begin(plan, name, SCHEDULER), version=plan.version + 1)
    if not plans.put(begun):
        raise Busy("changed while it began")
    telemetry.seconds(telemetry.SCHEDULE_LATE, clock() / 1e6 - phase.at_s)
    return begun


def begin(plan: Plan, name: PhaseName, by: str) -> Plan:
    """The plan with a phase begun by somebody: its work goes into a batch of its own."""
    run = f"{plan.id.number}.{name}.{plan.version + 1}"
    return plan.having(name, state=PhaseState.EXECUTING, by=by, run=run, items=0, failed=())


def carry(
    plan: Plan, name: PhaseName, plans: Plans, batches: Batches, queue: Queue, clock: Clock
) -> Plan:
    """Have the work of a phase that was begun done, and the plan after that; again is harmless."""
    phase = plan.phase(name)
    if phase.state is not PhaseState.EXECUTING:
        return plan
    plan, turns = plans.with_turns(plan)
    if not turns:
        return end(plan, name, (), 0, plans)
    try:
        accept(_part(plan, phase, name, turns), batches, queue, clock)
    except ContentConflict:  # its work has ended, and the turns are those of another since
        return plans.get(plan.id) or plan
    return plan


def _part(plan: Plan, phase: Phase, name: PhaseName, turns: Sequence[Turn]) -> Part:
    """A phase's work. A record remembers which plan set it; only that one takes it back."""
    number = plan.id.number
    reverts = name is PhaseName.REVERT
    operation = Operation.UPDATE if reverts else Operation.UPSERT
    guard = orjson.dumps({"equal": {"batch": number}}).decode() if reverts else ""
    return Part(
        batch=BatchId(plan.id.partner, plan.id.feed, phase.run),
        name="0",
        method=name,
        declared=len(turns),
        items=[
            Item(
                str(turn.key),
                operation,
                orjson.dumps({"batch": number, "proposal": turn.of(name)}),
                guard=guard,
            )
            for turn in turns
        ],
        shards=SHARDS,
        contents=reverts,
        correlation_id=str(plan.about.get("correlation_id", "")),
    )


def wait(plan: Plan, name: PhaseName, plans: Plans) -> Plan:
    """The plan once a phase that was begun has ended, or as it is after `PATIENCE_S`."""
    until = time.monotonic() + PATIENCE_S
    pause = FIRST_PAUSE_S
    while plan.phase(name).state is PhaseState.EXECUTING and time.monotonic() + pause < until:
        time.sleep(pause)
        plan = plans.get(plan.id) or plan
        pause = min(pause * GROWTH, LONGEST_PAUSE_S)
    return plan


def wake_overdue(plans: Plans, queue: Queue, clock: Clock) -> int:
    """Wake plans whose time has passed without them; how many phases were woken.

    A schedule, or its message, can get lost; and what began a phase can have died. What
    fails for one plan is raised after all others were looked after.
    """
    now = clock()
    woken = 0
    failed: Exception | None = None
    for of in plans.overdue(now):
        try:
            woken += _wake(of, plans, queue, now)
        except Exception as error:  # noqa: BLE001 (one plan's trouble is not the others')
            telemetry.logger.exception("plan not woken", extra={"plan": of.number})
            failed = error
    if failed is not None:
        raise failed
    return woken


def _wake(of: PlanId, plans: Plans, queue: Queue, now_us: int) -> int:
    plan = plans.get(of)
    dues = [
        Due(plan=of, phase=name, again=now_us // 60_000_000)
        for name in PhaseName
        if plan is not None
        and plan.phase(name).open
        and plan.phase(name).at_s * 1_000_000 + PATIENCE_US <= now_us
    ]
    if dues:
        telemetry.logger.warning("plan woken", extra={"partner": of.partner, "plan": of.number})
        queue.send(dues)
        plans.look_again(of, now_us, now_us + LOOK_EVERY_US)
    return len(dues)
