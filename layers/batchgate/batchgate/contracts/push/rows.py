"""Verifying a row against its data set, and what is kept of it."""

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

import orjson

from batchgate.contracts import wire
from batchgate.contracts.push.datasets import DataSet, Field

TOO_LONG = "value length exceed"
REQUIRED = "value required"
MISMATCH = "value type mismatch"
NOT_ALLOWED = "value not allowed"
UNKNOWN = "field unknown"
KEY_BYTES = 1_024
"""How long a key storage takes; declared key fields fit, but for ones full of separators."""

MOST_UNKNOWN = 50
"""How many unknown fields of a row are told: all that a megabyte holds make no answer."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]+", re.ASCII)
_ESCAPED = re.compile("\x1e(.)")

type Fault = Mapping[str, str]
"""One fault, as it is answered: `{"type", "fields"}`."""


@dataclass(frozen=True, slots=True)
class Read:
    """A row as read: its key ("" without a usable one), its content, or its faults."""

    key: str
    content: bytes
    faults: Sequence[Fault]


class BadValue(ValueError):
    """A value that its field does not take; the type of the fault."""


def read(row: object, data_set: DataSet, *, only_keys: bool) -> Read:
    """What a row says. All of its faults are told, in the order of the fields, then unknown ones.

    The content has the fields in their declared order, numbers in their shortest form
    and empty values left out, so that equal rows have equal contents.
    """
    if not isinstance(row, dict):
        return Read("", b"", [fault(MISMATCH, "")])
    content: dict[str, str] = {}
    faults = []
    for field in data_set.fields:
        value = row.get(field.name)
        if value is None or value == "":
            if field.required and (field.key or not only_keys):
                faults.append(fault(REQUIRED, field.name))
            continue
        try:
            content[field.name] = READ[field.kind](field, value)
        except BadValue as bad:
            faults.append(fault(str(bad), field.name))
    faults += unknown(row, {field.name for field in data_set.fields})
    wrong = {one["fields"] for one in faults}
    key = "" if wrong.intersection(data_set.keys) else key_of(content, data_set)
    if len(key.encode()) > KEY_BYTES:
        faults.append(fault(TOO_LONG, data_set.keys[0]))
        key = ""
    return Read(key, b"" if only_keys else orjson.dumps(content), faults)


def key_of(content: Mapping[str, str], data_set: DataSet) -> str:
    """A row's key: its key fields in their order, so that keys sort as rows of a dump do.

    Fields end with a unit separator; one within a field is escaped.
    """
    values = (content[name] for name in data_set.keys)
    return "\x1f".join(one.replace("\x1e", "\x1e\x1e").replace("\x1f", "\x1ea") for one in values)


def keys_of(key: str, data_set: DataSet) -> dict[str, str]:
    """The key fields that `key_of` made a key of."""
    values = (
        _ESCAPED.sub(lambda found: "\x1f" if found[1] == "a" else "\x1e", one)
        for one in key.split("\x1f")
    )
    return dict(zip(data_set.keys, values, strict=True))


def unknown(given: Iterable[str], known: Container[str]) -> list[Fault]:
    """A fault for each name that is not known, in their order, up to `MOST_UNKNOWN`."""
    names = (name for name in given if name not in known)
    return [fault(UNKNOWN, name) for name in islice(names, MOST_UNKNOWN)]


def fault(kind: str, field: str) -> Fault:
    """One fault, as it is answered."""
    return {"type": kind, "fields": field}


def _string(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue(MISMATCH)
    if len(value.encode()) > field.size:
        raise BadValue(TOO_LONG)
    if field.values and value not in field.values:
        raise BadValue(NOT_ALLOWED)
    return value


def _integer(field: Field, value: Any) -> str:
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or not _WHOLE.fullmatch(text):
        raise BadValue(MISMATCH)
    digits = text.lstrip("-").lstrip("0") or "0"
    if len(digits) > field.size:
        raise BadValue(TOO_LONG)
    return f"-{digits}" if text.startswith("-") and digits != "0" else digits


def _number(field: Field, value: Any) -> str:
    try:
        text = wire.decimal_text(value, digits=field.size, places=field.places)
    except wire.NotANumber:
        raise BadValue(MISMATCH) from None
    except wire.TooPrecise:
        raise BadValue(TOO_LONG) from None
    whole = text.lstrip("-").partition(".")[0]
    if whole != "0" and len(whole) > field.size - field.places:
        raise BadValue(TOO_LONG)
    return text


def _date(_field: Field, value: Any) -> str:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise BadValue(MISMATCH)
    try:
        date.fromisoformat(value)
    except ValueError:
        raise BadValue(MISMATCH) from None
    return value


READ: Mapping[str, Callable[[Field, Any], str]] = {
    "String": _string,
    "Integer": _integer,
    "Number": _number,
    "Date": _date,
}
