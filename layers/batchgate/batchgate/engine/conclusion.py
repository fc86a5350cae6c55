"""Telling a plan how the batch ended that a phase of it was put into."""

from collections.abc import Sequence
from dataclasses import replace

from batchgate.engine.ports import Batches, Plans
from batchgate.errors import Busy
from batchgate.model import PhaseName, PhaseState, Plan, PlanId, Standing

ROUNDS = 8
"""How often a change is made anew because another one came in between."""


def conclude(standing: Standing, batches: Batches, plans: Plans) -> None:
    """Tell the plan whose phase this batch was that it has ended, if it is one's.

    Raises:
        Busy: the plan does not know it yet; the same call may go through later.
    """
    if standing.method not in set(PhaseName):
        return
    batch, name = standing.batch, PhaseName(standing.method)
    of = PlanId(batch.partner, batch.feed, int(batch.batch.partition(".")[0]))
    plan = plans.get(of)
    if plan is not None and plan.phase(name).run == batch.batch:
        failed = batches.failures(batch) if standing.tally.failed else ()
        end(plan, name, failed, standing.accepted, plans)


def end(
    plan: Plan, name: PhaseName, failed: Sequence[tuple[str, str]], items: int, plans: Plans
) -> Plan:
    """The plan once a phase of it has ended so; as it is if the phase does something else since.

    What was replayed ends once more, and may end otherwise.
    """
    run = plan.phase(name).run
    state = PhaseState.FAILED if failed else PhaseState.FINISHED
    for _ in range(ROUNDS):
        ended = plan.having(name, state=state, items=items, failed=list(failed))
        if plan.phase(name).run != run or ended == plan:
            return plan
        ended = replace(ended, version=plan.version + 1)
        if plans.put(ended):
            return ended
        plan = plans.get(plan.id) or plan
    raise Busy("changed by others all the time")
