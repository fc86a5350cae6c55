"""GET …/portfolio/batch/status: what became of a batch, or of all batches still kept."""

from batchgate import wiring
from batchgate.contracts.portfolio import calls, status
from batchgate.http import Reply, Request, endpoint


@endpoint(refuse=calls.refuse)
def handler(request: Request) -> Reply:
    """Answer with the counters and one page of rows."""
    account = calls.authenticate(
        request,
        wiring.partners(),
        wiring.master(),
        wiring.clock,
        parameters=status.PARAMETERS,
    )
    ask = status.read(request, account, wiring.cursor_key())
    return status.look(ask, wiring.lookups(), wiring.records(), wiring.cursor_key())
