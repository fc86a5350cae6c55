"""GET …/sync/{data_category}/{biz_key}?batch_id=…: what became of a pushed batch."""

from batchgate import wiring
from batchgate.contracts.push import calls, status
from batchgate.http import Reply, Request, endpoint


@endpoint(refuse=status.refuse)
def handler(request: Request) -> Reply:
    """Answer with the batch's totals and one page of its failures."""
    account = calls.authenticate(request, wiring.partners(), wiring.clock)
    feed = calls.data_set(request, account)
    return status.look(request, account, feed, wiring.lookups(), wiring.cursor_key())
