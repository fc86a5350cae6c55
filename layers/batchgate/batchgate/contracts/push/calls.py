"""Reading a pushed sequence, and answering it with what became of its rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from batchgate.access import tokens
from batchgate.contracts import wire
from batchgate.contracts.push import CONTRACT, SHARDS, datasets, rows
from batchgate.contracts.push.datasets import DataSet
from batchgate.contracts.push.envelope import Envelope, EnvelopeRefused
from batchgate.engine import Verdict
from batchgate.errors import (
    BatchMismatch,
    Malformed,
    TooLarge,
    UnknownBatch,
    UnknownCaller,
    UnknownFeed,
)
from batchgate.http import Reply, Request
from batchgate.model import Account, BatchId, Fate, Item, Operation, Outcome, Part

BODY_BYTES = 1024 * 1024
REVISIONS = 10
"""How many failing attempts a sequence has."""

OPERATIONS = {
    "POST": Operation.INSERT,
    "PUT": Operation.UPDATE,
    "DELETE": Operation.REMOVE,
    "PATCH": Operation.UPSERT,
}
VERIFY, WRITE, MANY = "E00V00", "E00W00", "E00M00"
MESSAGES = {
    VERIFY: "data verification failed!",
    WRITE: "write exception",
    MANY: "multiple exceptions",
}
WRITE_FAULTS = {Fate.EXISTS: "unique constraint violation", Fate.MISSING: "record not found"}


def authenticate(request: Request, kept: tokens.Tokens, clock: Callable[[], int]) -> Account:
    """The partner who calls, by Basic or a bearer token (`UnknownCaller` if nobody)."""
    header = request.header("Authorization")
    return tokens.caller(header, CONTRACT, kept, clock() // 1_000_000)


def data_set(request: Request, account: Account) -> DataSet:
    """The data set that the path names (`UnknownFeed` if none that the partner may use)."""
    category, key = request.path.get("data_category", ""), request.path.get("biz_key", "")
    found = datasets.find(category, key)
    if found is None or (account.feeds and found.name not in account.feeds):
        raise UnknownFeed
    return found


def read(request: Request, account: Account, feed: DataSet) -> tuple[Part, Envelope]:
    """The sequence that a call pushes; wrong rows are items with faults.

    Raises:
        Malformed: the body is not a JSON object, or nested too deep.
        TooLarge: the body is over its limit.
        EnvelopeRefused: the envelope is wrong.
    """
    body = wire.json_object(request.body, limit=BODY_BYTES)
    try:
        envelope = Envelope.read(body, feed)
    except EnvelopeRefused:
        wire.check_depth(body)
        raise
    operation = OPERATIONS[request.method]
    only_keys = operation is Operation.REMOVE
    verified = [rows.read(row, feed, only_keys=only_keys) for row in body["data"]]
    raw = []
    if any(one.faults for one in verified):
        wire.check_depth(body)
        raw = raw_rows(request)
    part = Part(
        batch=BatchId(account.partner, feed.name, envelope.batch_id),
        name=envelope.seq_id,
        method=request.method,
        declared=envelope.batch_size,
        items=[
            Item(one.key, operation, one.content)
            if not one.faults
            else Item(one.key, operation, raw[at], orjson.dumps(one.faults).decode())
            for at, one in enumerate(verified)
        ],
        shards=SHARDS,
        replaces=request.method == "PATCH",
        correlation_id=request.correlation_id,
    )
    return part, envelope


def raw_rows(request: Request) -> list[bytes]:
    """The rows exactly as received, but for line breaks between their tokens."""
    elements = wire.raw_elements(request.body.decode(), "data")
    return [one.replace("\n", " ").replace("\r", " ").encode() for one in elements]


def answer(verdict: Verdict, part: Part, request: Request, feed: DataSet) -> Reply:
    """The answer that a verdict on a sequence comes to."""
    if verdict.outcomes is None:
        return system_error()
    if verdict.succeeded:
        return _consumed(verdict) if verdict.earlier else said("0", "request success")
    fates = {outcome.fate for outcome in verdict.outcomes}
    if Fate.GIVEN_UP in fates or verdict.revision >= REVISIONS:
        return said("E00P00", "retry to reach upper limit")
    if Fate.BROKEN in fates:
        return system_error()
    return _failed(part.items, verdict.outcomes, raw_rows(request), ",".join(feed.keys))


def _consumed(verdict: Verdict) -> Reply:
    applied = "" if verdict.same else "; the content of this call differs and was not applied"
    return said("E00A00", f"the sequence data has been successfully consumed{applied}")


def _failed(
    items: Iterable[Item], outcomes: Iterable[Outcome], raw: Sequence[bytes], keys: str
) -> Reply:
    kinds: dict[str, list[Mapping[str, Any]]] = {VERIFY: [], WRITE: []}
    for row, item, outcome in zip(raw, items, outcomes, strict=True):
        if outcome.fate.failed:
            kind, faults = told(item, outcome, keys)
            kinds[kind].append({"row": orjson.Fragment(row), "verify": faults})
    results = [
        {"code": kind, "msg": MESSAGES[kind], "result": failed}
        for kind, failed in kinds.items()
        if failed
    ]
    if len(results) > 1:
        return Reply(200, {"code": MANY, "msg": MESSAGES[MANY], "result": results})
    return Reply(200, results[0])


def told(item: Item, outcome: Outcome, keys: str) -> tuple[str, Sequence[rows.Fault]]:
    """A failed row's kind of failure and its faults, as they are answered."""
    if outcome.fate is Fate.REFUSED:
        faults: Sequence[rows.Fault] = orjson.loads(item.fault)
        return VERIFY, faults
    return WRITE, [rows.fault(WRITE_FAULTS.get(outcome.fate, "system error"), keys)]


def said(code: str, message: str, status: int = 200) -> Reply:
    """An answer without a result."""
    return Reply(status, {"code": code, "msg": message})


def system_error() -> Reply:
    """Our fault, or not finished in time: sent again, the sequence gives its true answer."""
    return said("-1", "System error", 500)


def refuse(error: Exception) -> Reply:
    """The answer to a call that is not served."""
    match error:
        case UnknownCaller():
            challenge = {"WWW-Authenticate": 'Bearer realm="push", Basic realm="push"'}
            return Reply(401, {"code": "401", "msg": "Token error"}, challenge)
        case UnknownFeed():
            return said("404", "Path does not exist", 404)
        case UnknownBatch():
            return said("404", "Batch not found", 404)
        case Malformed():
            return said(VERIFY, f"{MESSAGES[VERIFY]} {'; '.join(error.faults)}", 400)
        case TooLarge():
            return said(VERIFY, f"{MESSAGES[VERIFY]} {error.limit}", 413)
        case EnvelopeRefused():
            failed = {"row": error.row, "verify": error.faults}
            return Reply(200, {"code": VERIFY, "msg": MESSAGES[VERIFY], "result": [failed]})
        case _:
            return system_error()


def mismatch(error: BatchMismatch, envelope: Envelope) -> EnvelopeRefused:
    """What a batch that does not take this sequence comes to, in the contract's words."""
    kind, field = {
        "expired": (rows.NOT_ALLOWED, "batch_id"),
        "method": ("batch method mismatch", "batch_id"),
        "declared": ("size mismatch", "batch_size"),
    }.get(error.what, ("batch size exceed", "batch_size"))
    return EnvelopeRefused(envelope.row, [rows.fault(kind, field)])
