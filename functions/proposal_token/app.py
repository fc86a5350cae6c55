"""GET …/spa/v1/token: the word that goes with a session."""

from batchgate import wiring
from batchgate.contracts.proposal import calls, faults
from batchgate.http import Reply, Request, endpoint


@endpoint(refuse=faults.refuse)
def handler(request: Request) -> Reply:
    """Answer with the session's word, the same for all its life."""
    caller = calls.holder(request, wiring.partners(), wiring.session_keys, wiring.clock)
    calls.parameters(request, ())
    return Reply(200, {"wssid": caller.word})
