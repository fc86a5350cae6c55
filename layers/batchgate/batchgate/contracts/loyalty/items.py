"""Reading one item of a request: what it says, what must hold for it, or its faults."""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import orjson
from pydantic import (
    AfterValidator,
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
from batchgate.contracts.loyalty import CONTRACT
from batchgate.model import Item, Operation

DIGITS, PLACES = 20, 8
INVALID_CVV = "invalid cvv"
DISORDERED = "validTo: must not be before validFrom"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CONTROL = r"^[^\x00-\x1f\x7f-\x9f]*$"

TEXTS = {
    "dict_type": "must be an object",
    "extra_forbidden": "unknown field",
    "greater_than_equal": "must be at least {ge}",
    "int_type": "must be a whole number",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "missing": "required",
    "string_pattern_mismatch": "has characters that are not allowed",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "must not be empty",
    "string_type": "must be a string",
}


def _date(value: str) -> str:
    if value == "":
        return value
    try:
        if not _DATE.fullmatch(value):
            raise ValueError
        date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("date", "must be a date, YYYY-MM-DD") from None
    return value


def _amount(value: object) -> str:
    # Not a decimal string: this contract has no numbers in quotes.
    if isinstance(value, str):
        raise PydanticCustomError("number", "must be a number")
    try:
        text = wire.decimal_text(value, digits=DIGITS, places=PLACES)
    except wire.NotANumber:
        raise PydanticCustomError("number", "must be a number") from None
    except wire.TooPrecise:
        raise PydanticCustomError(
            "precision",
            "at most {digits} digits, {places} of them after the point",
            {"digits": DIGITS, "places": PLACES},
        ) from None
    if text.startswith("-"):
        raise PydanticCustomError("negative", "must be at least 0")
    return text


def _text(longest: int, shortest: int = 1) -> Any:
    return StringConstraints(strict=True, min_length=shortest, max_length=longest, pattern=_CONTROL)


Code = Annotated[str, _text(32)]
Day = Annotated[
    str,
    StringConstraints(strict=True),
    AfterValidator(_date),
    WithJsonSchema({"type": "string", "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"}),
]
Amount = Annotated[str, PlainValidator(_amount), WithJsonSchema({"type": "number", "minimum": 0})]
Cvv = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{3,4}$")]


@with_config(extra="forbid")
class Coupon(TypedDict):
    """A coupon; `type` is required to insert it."""

    operation: Literal["I", "U", "R"]
    code: Code
    type: NotRequired[Annotated[str, _text(32)]]
    validFrom: NotRequired[Day]
    validTo: NotRequired[Day]
    customerId: NotRequired[Annotated[str, _text(64, 0)]]
    amount: NotRequired[Amount]
    status: NotRequired[Literal["ENABLED", "DISABLED"]]
    maxUses: NotRequired[Annotated[int, Field(strict=True, ge=1, le=10**9)]]


@with_config(extra="forbid")
class Card(TypedDict):
    """A card; `type` is required to insert it."""

    operation: Literal["I", "U", "R"]
    code: Code
    type: NotRequired[Annotated[str, _text(32)]]
    validFrom: NotRequired[Day]
    validTo: NotRequired[Day]
    cvv: NotRequired[Cvv]
    customerId: NotRequired[Annotated[str, _text(64, 0)]]
    amount: NotRequired[Amount]
    status: NotRequired[Literal["ENABLED", "DISABLED"]]


@with_config(extra="forbid")
class Segment(TypedDict):
    """A customer's membership of a segment; `code` is the customer's."""

    operation: Literal["I", "U", "R"]
    code: Code
    segment: Annotated[str, _text(32)]
    validFrom: NotRequired[Day]
    validTo: NotRequired[Day]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What an endpoint maintains: its feed, how its answers name it, its items' form."""

    feed: str
    description: str
    adapter: TypeAdapter[Any]
    keys: Sequence[str] = ("code",)


CARD = Kind(feed="card", description="rest::cardAdmin", adapter=TypeAdapter(Card))
COUPON = Kind(feed="coupon", description="rest::couponAdmin", adapter=TypeAdapter(Coupon))
SEGMENT = Kind(
    feed="segment",
    description="customerSegment",
    adapter=TypeAdapter(Segment),
    keys=("code", "segment"),
)

type Conceal = Callable[[str], str]
"""A keyed hash of a text that must never be stored readable."""


def read(raw: Any, kind: Kind, company: str, conceal: Conceal, *, validate_card: bool) -> Item:
    """What an item says; with a fault, all that is wrong with it.

    A cvv is kept as its keyed hash, together with the card that it belongs to.
    """
    try:
        item = kind.adapter.validate_python(raw)
    except ValidationError as error:
        # In an order that is not the sender's: what is told belongs to the item's content.
        found = sorted(error.errors(include_url=False, include_input=False), key=_unknown)
        faults = [_fault(fault) for fault in found]
        if isinstance(raw, dict):
            wrong = {fault["loc"][0] for fault in found}
            faults += _rules(raw, wrong, kind, validate_card=validate_card)
        return _refused(raw, faults, conceal)
    faults = _rules(item, (), kind, validate_card=validate_card)
    if faults:
        return _refused(raw, faults, conceal)
    key = "\x1f".join((company, *(item[name] for name in kind.keys)))
    fields = {name: value for name, value in item.items() if name not in ("operation", *kind.keys)}
    if "cvv" in fields:
        fields["cvv"] = conceal(f"{key}\x1f{fields['cvv']}")
    checks = {"equal": {"cvv": fields.get("cvv")}} if kind is CARD and validate_card else {}
    match item["operation"]:
        case "I":
            inserted = _defaults(kind) | {name: one for name, one in fields.items() if one != ""}
            return Item(key, Operation.INSERT, _dump(inserted))
        case "R":
            return Item(key, Operation.DELETE, b"", guard=_guard(checks))
        case _:
            given = {name: None if one == "" else one for name, one in fields.items()}
            ordered = checks | {"order": ["validFrom", "validTo"]}
            return Item(key, Operation.MERGE, _dump(given), guard=_guard(ordered))


def _rules(
    item: Mapping[str, Any], wrong: Container[object], kind: Kind, *, validate_card: bool
) -> list[str]:
    """Faults that no field has alone; of fields that are wrong already nothing more is said."""
    faults = []
    inserts = item.get("operation") == "I"
    if inserts and kind is not SEGMENT and "type" not in item:
        faults.append("type: required")
    if "validFrom" not in wrong and "validTo" not in wrong:
        first, last = item.get("validFrom"), item.get("validTo")
        if first and last and last < first:
            faults.append(DISORDERED)
    if inserts and kind is CARD and validate_card and "cvv" not in item:
        faults.append(INVALID_CVV)
    return faults


def _defaults(kind: Kind) -> dict[str, str]:
    return {} if kind is SEGMENT else {"status": "ENABLED"}


def _refused(raw: Any, faults: Sequence[str], conceal: Conceal) -> Item:
    # Not even a plain hash of it: three digits are soon tried.
    trace = orjson.dumps(conceal(f"{CONTRACT}\x1f{wire.comparable(raw).decode()}"))
    return Item("", Operation.MERGE, trace, "; ".join(faults))


def _unknown(fault: ErrorDetails) -> str:
    """The name of an unknown field; "" for other faults."""
    return str(fault["loc"][-1]) if fault["type"] == "extra_forbidden" else ""


def _fault(fault: ErrorDetails) -> str:
    path = ".".join(map(str, fault["loc"] or ("item",)))
    if path == "cvv" and fault["type"] != "extra_forbidden":
        return INVALID_CVV
    text = TEXTS.get(fault["type"], fault["msg"])
    return f"{path}: {text.format(**fault.get('ctx', {}))}"


def _guard(rules: Mapping[str, Any]) -> str:
    return orjson.dumps(rules).decode() if rules else ""


def _dump(fields: Mapping[str, Any]) -> bytes:
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
