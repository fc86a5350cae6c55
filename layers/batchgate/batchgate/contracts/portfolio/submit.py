"""Reading a submitted batch of portfolios, and its receipt."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NotRequired, TypedDict
from uuid import UUID, uuid5

import orjson
from pydantic import (
    Field,
    PlainValidator,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    with_config,
)
from pydantic_core import PydanticCustomError

from batchgate.contracts import wire
from batchgate.contracts.portfolio import FEED, SHARDS, faults
from batchgate.contracts.portfolio.calls import answer
from batchgate.errors import Malformed, TooLarge
from batchgate.http import Reply, Request
from batchgate.model import Account, BatchId, Item, Operation, Part, digest

BODY_BYTES = 5 * 1024 * 1024
PORTFOLIOS = 2_000
HOLDINGS = 1_000
DIGITS, PLACES = 20, 8
QUANTITIES = ("totalQty", "costPrice", "tradableQty")

REPLAYS = UUID("5d1ba9c2-2a2f-4a0f-9d0c-9f6f5c1b7a34")
"""The namespace of batch ids that are made of a partner and a signature."""

UUID_FORM = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
REPEATED = "userId bị trùng trong batch"
_USER_ID = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,64}")


def _quantity(value: object) -> str:
    if value is None or value == "":
        raise PydanticCustomError("missing", faults.EMPTY)
    try:
        text = wire.decimal_text(value, digits=DIGITS, places=PLACES)
    except wire.NotANumber:
        raise PydanticCustomError("not_a_number", "phải là số") from None
    except wire.TooPrecise:
        raise PydanticCustomError(
            "too_precise",
            "có quá {digits} chữ số hoặc quá {places} chữ số thập phân",
            {"digits": DIGITS, "places": PLACES},
        ) from None
    if text.startswith("-"):
        raise PydanticCustomError("negative", "phải >= 0")
    return text


Quantity = Annotated[
    str,
    PlainValidator(_quantity),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
            ]
        }
    ),
]
Symbol = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=20)]
UserId = Annotated[
    str,
    StringConstraints(
        strict=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$"
    ),
]


@with_config(extra="forbid")
class Holding(TypedDict):
    """One position; faults are told in the order of these fields."""

    symbol: Symbol
    totalQty: Quantity
    costPrice: Quantity
    tradableQty: Quantity


@with_config(extra="forbid")
class Portfolio(TypedDict):
    """All current holdings of one user."""

    userId: UserId
    holding: list[Holding]


@with_config(extra="forbid")
class Envelope(TypedDict):
    """A submitted batch; its portfolios are read one by one."""

    batchId: NotRequired[Annotated[str, StringConstraints(strict=True, pattern=UUID_FORM)]]
    portfolios: Annotated[list[Any], Field(min_length=1)]


_ENVELOPE = TypeAdapter(Envelope)
_PORTFOLIO = TypeAdapter(Portfolio)


def read(request: Request, account: Account) -> Part:
    """The batch that an authenticated call submits.

    Raises:
        Malformed: the envelope is wrong; every fault is named by its path.
        TooLarge: the body, the portfolios or one portfolio's holdings are over their limit.
    """
    body = wire.json_object(request.body, limit=BODY_BYTES)
    try:
        envelope = _ENVELOPE.validate_python(body)
    except ValidationError as error:
        wire.check_depth(body)
        told = faults.told(error, faults.FAULTS, faults.of_envelope)
        raise Malformed(
            *told or [f"body: {error.error_count()} faults, too long to list"]
        ) from None
    portfolios = envelope["portfolios"]
    if len(portfolios) > PORTFOLIOS:
        raise TooLarge(f"portfolios: at most {PORTFOLIOS}")
    given = envelope.get("batchId") or made_id(account.partner, dict(request.query)["signature"])
    return Part(
        batch=BatchId(account.partner, FEED, given.lower()),
        name="0",
        method="sync",
        declared=len(portfolios),
        items=list(_items(portfolios)),
        shards=SHARDS,
        numbered=True,
        correlation_id=request.correlation_id,
    )


def made_id(partner: str, signature: str) -> str:
    """The id of a batch that came without one: the very same call, replayed, has the same."""
    return str(uuid5(REPLAYS, f"{partner}/{signature.lower()}"))


def accepted(part: Part) -> Reply:
    """The answer once a batch is stored durably."""
    return answer(200, "Success", {"batchId": part.batch.batch, "totalCount": part.declared})


def _items(portfolios: Sequence[Any]) -> Iterator[Item]:
    last = {user: at for at, one in enumerate(portfolios) if (user := _user(one))}
    left = faults.FAULTS
    for at, raw in enumerate(portfolios):
        holdings = raw.get("holding") if isinstance(raw, dict) else None
        if isinstance(holdings, list) and len(holdings) > HOLDINGS:
            raise TooLarge(f"portfolios[{at}].holding: at most {HOLDINGS}")
        user = _user(raw)
        try:
            portfolio = _PORTFOLIO.validate_python(raw)
        except ValidationError as error:
            wire.check_depth(raw, around=2)
            told = faults.of_portfolio(error, left, "" if user else f"portfolios[{at}].")
            left -= len(told)
            content, fault = _trace(raw), "; ".join(told)
        else:
            content, fault = _content(portfolio), ""
        if user and last[user] != at:
            content, fault = _trace(raw), REPEATED
        yield Item(user, Operation.UPSERT, content, fault)


def _user(raw: Any) -> str:
    """A portfolio's usable `userId`, or ""."""
    user = raw.get("userId") if isinstance(raw, dict) else None
    return user if isinstance(user, str) and _USER_ID.fullmatch(user) else ""


def _content(portfolio: Portfolio) -> bytes:
    return orjson.dumps(
        [
            [h["symbol"], h["totalQty"], h["costPrice"], h["tradableQty"]]
            for h in portfolio["holding"]
        ]
    )


def _trace(raw: Any) -> bytes:
    """What is kept of refused content: enough to tell that it differs from another."""
    holdings = raw.get("holding") if isinstance(raw, dict) else None
    if isinstance(holdings, list):
        raw = raw | {"holding": [_quantified(one) for one in holdings]}
    return orjson.dumps(digest(wire.comparable(raw)).hex())


def _quantified(holding: Any) -> Any:
    """A holding with those of its quantities as numbers that are numbers written as text."""
    if not isinstance(holding, dict):
        return holding
    return holding | {name: wire.unquoted(holding[name]) for name in QUANTITIES if name in holding}
