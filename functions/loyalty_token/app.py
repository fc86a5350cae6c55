"""POST …/oauth/token: a bearer token for a client of the loyalty contract."""

from batchgate import wiring
from batchgate.contracts import oauth
from batchgate.contracts.loyalty import CONTRACT
from batchgate.http import Reply, Request, endpoint


@endpoint(refuse=oauth.refuse)
def handler(request: Request) -> Reply:
    """Answer with a new token."""
    return oauth.token(request, CONTRACT, wiring.partners(), wiring.clock)
