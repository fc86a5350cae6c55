"""GET …/proposal/batch: the proposals that match, page by page."""

from batchgate import wiring
from batchgate.contracts.proposal import calls, faults, look
from batchgate.http import Reply, Request, endpoint


@endpoint(refuse=faults.refuse)
def handler(request: Request) -> Reply:
    """Answer with one page, and with how many match in all."""
    caller = calls.authenticate(request, wiring.partners(), wiring.session_keys, wiring.clock)
    return look.page(request, caller, wiring.plans())
