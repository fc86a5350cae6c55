"""POST …/proposal/batch: create a proposal."""

from batchgate import engine, wiring
from batchgate.contracts.proposal import FEED, calls, create, faults, shown
from batchgate.http import Reply, Request, endpoint


@endpoint(refuse=faults.refuse)
def handler(request: Request) -> Reply:
    """Answer with the new proposal, once it is kept and scheduled."""
    caller = calls.authenticate(request, wiring.partners(), wiring.session_keys, wiring.clock)
    calls.parameters(request, ())
    plan = create.read(request, caller, _number, wiring.clock)
    return Reply(200, shown.proposal(engine.arrange(plan, wiring.plans(), wiring.schedules())))


def _number() -> int:
    return wiring.records().numbers(1, FEED)[0]
