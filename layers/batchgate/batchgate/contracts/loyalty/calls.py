"""Reading a request of the loyalty contract."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from hmac import digest
from typing import Annotated, Any, TypedDict
from uuid import UUID, uuid4, uuid5

import orjson
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, with_config

from batchgate.access import tokens
from batchgate.contracts import wire
from batchgate.contracts.loyalty import CONTRACT, SHARDS, items
from batchgate.contracts.loyalty.items import Kind
from batchgate.errors import Malformed, Refusal, TooLarge, UnknownCaller
from batchgate.http import Request
from batchgate.model import Account, BatchId, Part, Standing

BODY_BYTES = 1024 * 1024
MOST_ITEMS = 1_000
FAULTS = 100
"""How many faults of an envelope are told."""

DAY_US = 24 * 3_600 * 1_000_000
"""How long an idempotency key stands for its first request."""

KEYED = UUID("a3c1b6f4-0a55-4f1e-8a5f-3f7a2e0f6a11")
"""The namespace of batch ids that are made of an idempotency key."""

FLAGS: Mapping[Any, bool] = {True: True, False: False, "true": True, "false": False}
DEFAULTS = {"detailedErrors": True, "detailedSuccess": True, "validateCard": True}


class ForeignCompany(Refusal):
    """The partner does not act for this company."""


@with_config(extra="forbid")
class Envelope(TypedDict):
    """A request; its items are read one by one."""

    companyId: Annotated[str, StringConstraints(strict=True, min_length=1)]
    params: list[dict[str, Any]]
    items: Annotated[list[Any], Field(min_length=1)]


_ENVELOPE = TypeAdapter(Envelope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as read: its part, its items' codes as received, what is to be told."""

    part: Part
    codes: Sequence[object]
    flags: Mapping[str, bool]


def authenticate(request: Request, kept: tokens.Tokens, clock: Callable[[], int]) -> Account:
    """The partner who calls with a bearer token (`UnknownCaller` if nobody)."""
    header = request.header("Authorization")
    if header is None or not header.lower().startswith("bearer "):
        raise UnknownCaller
    return tokens.caller(header, CONTRACT, kept, clock() // 1_000_000)


def read(
    request: Request,
    account: Account,
    kind: Kind,
    cvv_key: Callable[[], bytes],
    standing: Callable[[BatchId], Standing | None],
    clock: Callable[[], int],
) -> Asked:
    """The request that an authenticated call makes; wrong items are items with faults.

    Raises:
        Malformed: the body, the envelope or the idempotency key is wrong.
        TooLarge: the body or its items are over their limit.
        ForeignCompany: the company is not one of the partner's.
    """
    body = wire.json_object(request.body, limit=BODY_BYTES)
    wire.check_depth(body)
    try:
        envelope = _ENVELOPE.validate_python(body)
    except ValidationError as error:
        raise Malformed(*(_fault(fault) for fault in error.errors()[:FAULTS])) from None
    if len(envelope["items"]) > MOST_ITEMS:
        raise TooLarge(f"items: at most {MOST_ITEMS}")
    flags = _flags(envelope["params"])
    key = _idempotency_key(request)
    company = envelope["companyId"]
    if company not in account.companies:
        raise ForeignCompany
    hidden = cvv_key()

    def conceal(text: str) -> str:
        return digest(hidden, f"{account.partner}\x1f{text}".encode(), sha256).hex()[:32]

    part = Part(
        batch=_batch(account.partner, kind.feed, key, standing, clock()),
        name="0",
        method=kind.description,
        declared=len(envelope["items"]),
        items=[
            items.read(one, kind, company, conceal, validate_card=flags["validateCard"])
            for one in envelope["items"]
        ],
        shards=SHARDS,
        contents=True,
        note=wire.comparable({"companyId": company, "params": flags}).decode(),
        correlation_id=request.correlation_id,
    )
    return Asked(part=part, codes=[_code(one) for one in envelope["items"]], flags=flags)


def _flags(params: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
    flags: dict[str, bool] = {}
    for name, value in (pair for one in params for pair in one.items()):
        if name not in DEFAULTS:
            raise Malformed(f"params.{name}: unknown parameter")
        if name in flags:
            raise Malformed(f"params.{name}: comes twice")
        if not isinstance(value, bool | str) or value not in FLAGS:
            raise Malformed(f"params.{name}: must be true or false")
        flags[name] = FLAGS[value]
    return DEFAULTS | flags


def _idempotency_key(request: Request) -> str | None:
    if "idempotency-key" not in request.headers:
        return None
    key = request.header("Idempotency-Key") or ""
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise Malformed("Idempotency-Key: must be 1 to 255 printable characters")
    return key


def _batch(
    partner: str,
    feed: str,
    key: str | None,
    standing: Callable[[BatchId], Standing | None],
    now_us: int,
) -> BatchId:
    """The batch of a request: for a key, that of its first request of the last 24 hours.

    The day of that first request is part of the batch's id, so that an id is never used
    again, not even when its batch has expired.
    """
    if key is None:
        return BatchId(partner, feed, str(uuid4()))
    today = now_us // DAY_US
    this, last = (
        BatchId(partner, feed, str(uuid5(KEYED, f"{partner}/{feed}/{day}/{key}")))
        for day in (today, today - 1)
    )
    if standing(this) is None:
        before = standing(last)
        if before is not None and now_us - before.accepted_us < DAY_US:
            return last
    return this


def _code(raw: Any) -> object:
    code = raw.get("code") if isinstance(raw, dict) else None
    if type(code) is int:
        return orjson.Fragment(str(code))  # orjson writes no number of more than 64 bits
    if isinstance(code, Decimal):
        return orjson.Fragment(wire.number_text(code))
    return code if isinstance(code, str) else None


def _fault(fault: Mapping[str, Any]) -> str:
    path = ".".join(str(step) for step in fault["loc"])
    return f"{path}: {ENVELOPE_TEXTS.get(fault['type'], fault['msg'])}"


ENVELOPE_TEXTS = {
    "dict_type": "must be an object",
    "extra_forbidden": "unknown field",
    "list_type": "must be a list",
    "missing": "required",
    "string_too_short": "must not be empty",
    "string_type": "must be a string",
    "too_short": "at least 1",
}
