"""PATCH …/proposal/batch/{id}: change a proposal, or cancel what has not begun."""

from batchgate import engine, wiring
from batchgate.contracts.proposal import calls, change, faults, shown
from batchgate.http import Reply, Request, endpoint
from batchgate.model import PhaseName


@endpoint(refuse=faults.refuse)
def handler(request: Request) -> Reply:
    """Answer with the proposal and its details as they are now."""
    caller = calls.authenticate(request, wiring.partners(), wiring.session_keys, wiring.clock)
    of = calls.plan_id(request, caller)
    calls.parameters(request, ())
    plans = wiring.plans()
    edit = change.read(request, caller, wiring.clock)
    plan, turns = engine.change(of, edit, plans, wiring.schedules())
    if plan.about["instantExecute"]:
        # What it does at once goes the way of every other work, and is waited for.
        turned = plan.turned
        batches, queue = wiring.batches(), wiring.queue()
        plan = engine.carry(plan, PhaseName.EXECUTE, plans, batches, queue, wiring.clock)
        plan = engine.wait(plan, PhaseName.EXECUTE, plans)
        if plan.turned != turned:  # by another call meanwhile: what is told is of one moment
            plan, turns = plans.with_turns(plan)
    return Reply(200, shown.proposal(plan, turns))
