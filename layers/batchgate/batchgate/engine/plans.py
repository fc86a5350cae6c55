"""Plans: made and changed, each with schedules that wake it at its times."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from batchgate.engine.conclusion import ROUNDS
from batchgate.engine.ports import Plans, Schedules
from batchgate.errors import Busy, UnknownPlan
from batchgate.model import PhaseName, PhaseState, Plan, PlanId, Turn

type Edit = Callable[[Plan], tuple[Plan, Sequence[Turn] | None]]
"""What a change makes of a plan, and its new turns if it has any; raises what forbids it."""


def arrange(plan: Plan, plans: Plans, schedules: Schedules) -> Plan:
    """Keep a new plan, with a schedule for each phase that has still to act.

    Schedules come first: one without a plan wakes nothing, a plan without one would sleep.

    Raises:
        Busy: nothing was kept; the same call may go through later.
    """
    made = _scheduled(None, plan, schedules)
    if not plans.put(made):
        raise Busy("a number that is taken")
    return made


def change(
    of: PlanId, edit: Edit, plans: Plans, schedules: Schedules
) -> tuple[Plan, Sequence[Turn]]:
    """Change a plan, all of it or nothing, and move its schedules; what it is then.

    Another change that comes in between is seen: the edit is made anew on what it left.

    Raises:
        UnknownPlan: there is none.
        Busy: nothing was changed; the same call may go through later.
    """
    for _ in range(ROUNDS):
        before = plans.get(of)
        if before is None:
            raise UnknownPlan
        before, kept = plans.with_turns(before)
        after, turns = edit(before)
        if after == before and turns is None:
            return before, kept
        if turns is None and before.turned and _times(after) != _times(before):
            turns = kept  # they are kept for as long as the plan
        after = replace(after, version=before.version + 1)
        if turns is not None:
            after = replace(after, turned=after.version)
        after = _scheduled(before, after, schedules)
        if plans.put(after, turns):
            _drop(before, after, schedules)
            return after, kept if turns is None else turns
        _drop(after, before, schedules)
    raise Busy("changed by others all the time")


def _drop(old: Plan, new: Plan, schedules: Schedules) -> None:
    """Take back the schedules that are one plan's and not the other's."""
    for name in PhaseName:
        one = old.phase(name).schedule
        if one and one != new.phase(name).schedule:
            schedules.drop(one)


def _times(plan: Plan) -> list[int]:
    return [plan.phase(name).at_s for name in PhaseName]


def _scheduled(before: Plan | None, after: Plan, schedules: Schedules) -> Plan:
    """A plan with schedules of their own for phases whose times are new."""
    for name in PhaseName:
        phase = after.phase(name)
        if phase.state is not PhaseState.IDLE:
            after = after.having(name, schedule="")
        elif before is None or before.phase(name).at_s != phase.at_s:
            after = after.having(name, schedule=schedules.wake(after.id, name, phase.at_s))
    return after
