"""POST, PUT, DELETE, PATCH …/sync/{data_category}/{biz_key}: take a sequence of rows."""

from batchgate import engine, wiring
from batchgate.contracts.push import calls
from batchgate.errors import BatchMismatch
from batchgate.http import Reply, Request, endpoint


@endpoint(refuse=calls.refuse)
def handler(request: Request) -> Reply:
    """Answer with what became of every row."""
    account = calls.authenticate(request, wiring.partners(), wiring.clock)
    feed = calls.data_set(request, account)
    part, envelope = calls.read(request, account, feed)
    try:
        verdict = engine.exchange(
            part, wiring.batches(), wiring.queue(), wiring.clock, revisions=calls.REVISIONS
        )
    except BatchMismatch as error:
        raise calls.mismatch(error, envelope) from error
    return calls.answer(verdict, part, request, feed)
