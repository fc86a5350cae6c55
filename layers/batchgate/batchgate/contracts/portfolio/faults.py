"""Telling what is wrong with a submitted batch: envelopes in English, portfolios in Vietnamese."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from batchgate.contracts import wire

FAULTS = 400_000
"""How many faults of a request are told: all that fit into a body with all fields of each holding.

Only junk, such as holdings without any field, has more; those are counted.
"""

MESSAGE = 500_000
"""How many characters of faults a message tells: 1,000 holdings with all fields wrong have fewer.

Faults that name junk of the sender's own may be longer; those are counted. Lambda answers
with at most 6 MB, and a character may take eight bytes on its way out.
"""

EMPTY = "không được để trống"
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


def of_portfolio(error: ValidationError, most: int, prefix: str) -> list[str]:
    """Every fault of one portfolio; the first one's path begins with the prefix."""
    many = [f"userId: {error.error_count()} lỗi, không liệt kê hết"]
    first, *others = told(error, most, _fault) or many
    return [prefix + first, *others]


def told(error: ValidationError, most: int, tell: Callable[[ErrorDetails], str]) -> list[str]:
    """Every fault in words; none where they are too many, or too long for a message."""
    if error.error_count() > most:
        return []
    said = [tell(fault) for fault in _ordered(error.errors(include_url=False))]
    return said if sum(map(len, said)) <= MESSAGE else []


def _ordered(found: Iterable[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Faults as they were found, but an object's unknown fields by name.

    What is told of an entry belongs to its content, and the order of fields does not.
    """
    for parent, run in groupby(found, _unknown_in):
        several = list(run)
        if parent is not None:
            several.sort(key=lambda one: str(one["loc"][-1]))
        yield from several


def _unknown_in(fault: ErrorDetails) -> tuple[int | str, ...] | None:
    """Where the object is that has an unknown field; `None` for other faults."""
    return fault["loc"][:-1] if fault["type"] == "extra_forbidden" else None


def _fault(fault: ErrorDetails) -> str:
    if not fault["loc"]:
        return "userId: danh mục phải là đối tượng"
    path, name = wire.path_of(fault["loc"]), _name(fault["loc"])
    if fault["type"] == "string_type" and fault["input"] is None:
        text = EMPTY
    else:
        text = TEXTS.get(fault["type"], fault["msg"]).format(**fault.get("ctx", {}))
    return f"{path}: {name} {text}"


def _name(loc: Sequence[int | str]) -> str:
    """The last name on the way to a fault, with the place in its list if it is one of a list."""
    *_, of, last = ("", *loc)
    return f"{of}[{last}]" if isinstance(last, int) else last


def of_envelope(fault: ErrorDetails) -> str:
    """One fault of an envelope, by its path."""
    path = wire.path_of(fault["loc"])
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
