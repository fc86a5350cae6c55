"""POST …/portfolio/batch: accept a signed batch of portfolios."""

from batchgate import engine, wiring
from batchgate.contracts.portfolio import calls, submit
from batchgate.http import Reply, Request, endpoint


@endpoint(refuse=calls.refuse)
def handler(request: Request) -> Reply:
    """Answer once the batch is stored durably and on its way to the worker."""
    account = calls.authenticate(request, wiring.partners(), wiring.master(), wiring.clock)
    part = submit.read(request, account)
    engine.accept(part, wiring.batches(), wiring.queue(), wiring.clock)
    return submit.accepted(part)
