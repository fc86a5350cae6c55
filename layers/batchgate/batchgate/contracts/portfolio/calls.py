"""Who calls, and how a call is answered or refused."""

from collections.abc import Callable, Iterable

from batchgate.access import partners, signature
from batchgate.contracts.portfolio import CONTRACT
from batchgate.errors import (
    BadParameter,
    BadSignature,
    BatchMismatch,
    Busy,
    ContentConflict,
    Malformed,
    TooLarge,
    UnknownBatch,
    UnknownCaller,
    WindowExceeded,
)
from batchgate.http import Reply, Request
from batchgate.model import Account


def authenticate(
    request: Request,
    accounts: partners.Accounts,
    master: partners.Master,
    clock: Callable[[], int],
    *,
    parameters: Iterable[str] = (),
) -> Account:
    """The partner who signed this call; `parameters` are those it may have besides its signature.

    Checked in the contract's order, so that an unknown key learns nothing about the rest.

    Raises:
        UnknownCaller: the API key is missing or not that of a partner of this contract.
        BadParameter: a query parameter is missing, malformed, repeated or unknown.
        WindowExceeded: the call is outside the window it allows itself.
        BadSignature: neither of the partner's live secrets made the signature.
    """
    account = partners.by_api_key(request.header("X-Api-Key"), CONTRACT, accounts)
    given = signature.parameters(request.query, parameters)
    signature.check_window(given, clock() // 1_000)
    secrets = [
        partners.signing_secret(master, account.partner, serial, version)
        for serial, version in account.secrets
    ]
    signature.check(secrets, request.query, request.body)
    return account


def answer(status: int, message: str, data: object) -> Reply:
    """An answer in the contract's envelope."""
    return Reply(status, {"status": status, "message": message, "data": data})


def refuse(error: Exception) -> Reply:
    """The answer to a call that is not served."""
    match error:
        case UnknownCaller():
            return answer(401, "Invalid API key", None)
        case BadParameter():
            return answer(400, f"{error.reason} parameter: {error.name}", None)
        case WindowExceeded():
            return answer(401, "Timestamp outside of recvWindow", {"serverTime": error.now_ms})
        case BadSignature():
            return answer(401, "Invalid signature", None)
        case Malformed():
            return answer(400, "; ".join(error.faults), None)
        case TooLarge():
            return answer(413, f"Too large: {error.limit}", None)
        case ContentConflict() | BatchMismatch():
            return answer(409, f"Batch id already used{_before(error)}", None)
        case UnknownBatch():
            return answer(404, "Batch not found", None)
        case Busy():
            return answer(503, "Temporarily unavailable, please send the same again", None)
        case _:
            return answer(500, "Internal server error", None)


def _before(error: ContentConflict | BatchMismatch) -> str:
    """How a batch's id was used before."""
    gone = isinstance(error, BatchMismatch) and error.what == "expired"
    return ", and no longer kept" if gone else " with other content"
