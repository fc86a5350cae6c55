"""Reading a submitted batch of portfolios, and its receipt."""

import re
from collections.abc import Callable, Iterator, Sequence
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
from pydantic_core import ErrorDetails, PydanticCustomError

from batchgate.contracts import wire
from batchgate.contracts.portfolio import FEED
from batchgate.contracts.portfolio.calls import answer
from batchgate.errors import Malformed, TooLarge
from batchgate.http import Reply, Request
from batchgate.model import Account, BatchId, Item, Operation, Part, digest

SHARDS = 2
"""Over how many shards a partner's users are spread, for ever: records lie by it."""

BODY_BYTES = 5 * 1024 * 1024
PORTFOLIOS = 2_000
HOLDINGS = 1_000
DIGITS, PLACES = 20, 8

FAULTS = 400_000
"""How many faults of a request are told: all that fit into a body with all fields of each holding.

Only junk, such as holdings without any field, has more; those are counted.
"""

MESSAGE = 500_000
"""How many characters of faults a message tells: 1,000 holdings with all fields wrong have fewer.

Faults that name junk of the sender's own may be longer; those are counted. Lambda answers
with at most 6 MB, and a character may take eight bytes on its way out.
"""

REPLAYS = UUID("5d1ba9c2-2a2f-4a0f-9d0c-9f6f5c1b7a34")
"""The namespace of batch ids that are made of a partner and a signature."""

_UUID = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
_USER_ID = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,64}")

EMPTY = "không được để trống"
REPEATED = "userId bị trùng trong batch"
TEXTS = {
    "dict_type": "phải là đối tượng",
    "extra_forbidden": "không được hỗ trợ",
    "list_type": "phải là danh sách",
    "missing": EMPTY,
    "string_pattern_mismatch": "chứa ký tự điều khiển",
    "string_too_long": "dài quá {max_length} ký tự",
    "string_too_short": EMPTY,
    "string_type": "phải là chuỗi",
    "string_unicode": "phải là chuỗi",
}


def _quantity(value: object) -> str:
    if value is None or value == "":
        raise PydanticCustomError("missing", EMPTY)
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
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}]}),
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

    batchId: NotRequired[Annotated[str, StringConstraints(strict=True, pattern=_UUID)]]
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
        told = _told(error, FAULTS, _envelope_fault)
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
    left = FAULTS
    for at, raw in enumerate(portfolios):
        holdings = raw.get("holding") if isinstance(raw, dict) else None
        if isinstance(holdings, list) and len(holdings) > HOLDINGS:
            raise TooLarge(f"portfolios[{at}].holding: at most {HOLDINGS}")
        user = _user(raw)
        try:
            portfolio = _PORTFOLIO.validate_python(raw)
        except ValidationError as error:
            wire.check_depth(raw)
            faults = _faults(error, left, "" if user else f"portfolios[{at}].")
            left -= len(faults)
            content, fault = _trace(raw), "; ".join(faults)
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
    return orjson.dumps(digest(wire.canonical(raw)).hex())


def _faults(error: ValidationError, most: int, prefix: str) -> list[str]:
    """Every fault of one portfolio; the first one's path begins with the prefix."""
    told = _told(error, most, _fault) or [f"userId: {error.error_count()} lỗi, không liệt kê hết"]
    first, *others = told
    return [prefix + first, *others]


def _told(error: ValidationError, most: int, tell: Callable[[ErrorDetails], str]) -> list[str]:
    """Every fault in words; none where they are too many, or too long for a message."""
    if error.error_count() > most:
        return []
    told = [tell(fault) for fault in error.errors(include_url=False)]
    return told if sum(map(len, told)) <= MESSAGE else []


def _fault(fault: ErrorDetails) -> str:
    if not fault["loc"]:
        return "userId: danh mục phải là đối tượng"
    path, name = _path(fault["loc"])
    if fault["type"] == "string_type" and fault["input"] is None:
        text = EMPTY
    else:
        text = TEXTS.get(fault["type"], fault["msg"]).format_map(fault.get("ctx", {}))
    return f"{path}: {name} {text}"


def _path(loc: Sequence[int | str]) -> tuple[str, str]:
    path = name = ""
    for step in loc:
        name = f"{name}[{step}]" if isinstance(step, int) else step
        path = f"{path}[{step}]" if isinstance(step, int) else f"{path}.{step}".lstrip(".")
    return path, name


def _envelope_fault(fault: ErrorDetails) -> str:
    path, _ = _path(fault["loc"])
    match fault["type"]:
        case "missing":
            return f"{path}: required"
        case "extra_forbidden":
            return f"{path}: unknown field"
        case "too_short":
            return f"{path}: at least 1"
        case "list_type":
            return f"{path}: must be a list"
        case _:
            return f"{path}: must be a UUID"
