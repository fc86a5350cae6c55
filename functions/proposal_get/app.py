"""GET …/proposal/batch/{id}: one proposal."""

from batchgate import wiring
from batchgate.contracts.proposal import calls, faults, look
from batchgate.http import Reply, Request, endpoint


@endpoint(refuse=faults.refuse)
def handler(request: Request) -> Reply:
    """Answer with the proposal as it is now."""
    caller = calls.authenticate(request, wiring.partners(), wiring.session_keys, wiring.clock)
    return look.one(request, caller, wiring.plans())
