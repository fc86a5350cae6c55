"""Answering a request of the loyalty contract, item by item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from batchgate.contracts.loyalty import items
from batchgate.contracts.loyalty.calls import Asked, ForeignCompany
from batchgate.contracts.loyalty.items import Kind
from batchgate.engine import Verdict
from batchgate.errors import (
    BatchMismatch,
    Busy,
    ContentConflict,
    Malformed,
    TooLarge,
    UnknownCaller,
)
from batchgate.http import Reply
from batchgate.model import Fate, Tally

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="loyalty"'}
INFOS = {
    Fate.EXISTS: "already exists",
    Fate.MISSING: "not found",
    Fate.DENIED: items.INVALID_CVV,
    Fate.DISORDERED: items.DISORDERED,
    Fate.GIVEN_UP: "not processed, however often it was tried",
    Fate.BROKEN: "system error",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an answer tells of its items; nothing where none was applied."""

    tally: Tally = field(default_factory=Tally)
    errors: Sequence[Mapping[str, Any]] = ()
    successes: Sequence[Mapping[str, Any]] = ()


def answer(verdict: Verdict, asked: Asked, kind: Kind) -> Reply:
    """The answer that a verdict on a request comes to."""
    if verdict.outcomes is None:
        return _reply(202, kind, "pending", asked.part.batch.batch)
    errors, successes = [], []
    for rec, (item, outcome) in enumerate(
        zip(asked.part.items, verdict.outcomes, strict=True), start=1
    ):
        told: dict[str, Any] = {"rec": rec, "code": asked.codes[rec - 1]}
        if outcome.fate.failed:
            errors.append(told | {"info": item.fault or INFOS[outcome.fate]})
        else:
            successes.append(told)
    return _reply(
        200,
        kind,
        "ok",
        "",
        Told(
            tally=Tally.of(verdict.outcomes),
            errors=errors if asked.flags["detailedErrors"] else [],
            successes=successes if asked.flags["detailedSuccess"] else [],
        ),
    )


def _reply(
    status: int,
    kind: Kind,
    result: str,
    detail: str,
    told: Told | None = None,
) -> Reply:
    told = told or Told()
    tally = told.tally
    body = {
        "status": status,
        "description": kind.description,
        "detail": {
            "result": result,
            "detail": detail,
            "updated": tally.updated,
            "ignored": tally.unchanged,
            "inserted": tally.inserted,
            "removed": tally.removed,
            "errors": tally.failed,
            "processed": tally.ended,
            "errorDetails": told.errors,
            "successDetails": told.successes,
        },
    }
    return Reply(status, body, CHALLENGE if status == 401 else {})


def refuse(kind: Kind, error: Exception) -> Reply:
    """The answer of an endpoint to a call that is not served: the same shape, all 0."""
    match error:
        case UnknownCaller():
            return _reply(401, kind, "error", "invalid token")
        case ForeignCompany():
            return _reply(403, kind, "error", "companyId: not one of yours")
        case Malformed():
            return _reply(400, kind, "error", "; ".join(error.faults))
        case TooLarge():
            return _reply(413, kind, "error", error.limit)
        case ContentConflict() | BatchMismatch():
            return _reply(422, kind, "error", "Idempotency-Key: used with another body")
        case Busy():
            return _reply(503, kind, "error", "temporarily unavailable, send the same again")
        case _:
            return _reply(500, kind, "error", "internal server error")
