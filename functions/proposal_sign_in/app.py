"""POST …/spa/v1/signIn: let a supplier in."""

from batchgate import wiring
from batchgate.access import aes
from batchgate.contracts.proposal import faults, sign_in
from batchgate.http import Reply, Request, endpoint


@endpoint(refuse=faults.refuse)
def handler(request: Request) -> Reply:
    """Answer with the cookie of a new session."""
    return sign_in.begin(
        request,
        wiring.partners(),
        wiring.master(),
        lambda: wiring.session_keys()[0],
        aes.decrypt,
        wiring.clock,
    )
