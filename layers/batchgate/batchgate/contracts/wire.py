"""What all dialects share: reading JSON strictly, and exact decimals."""

import json
import re
from collections.abc import Iterator, Sequence
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, Inexact
from itertools import islice
from json.encoder import encode_basestring
from typing import Any

import jiter

from batchgate.errors import Malformed, TooLarge

DEEPEST = 32
"""How deep a body may nest; no contract needs more than five levels."""

REASON = 200
"""How many characters of a parser's reason are told."""

FULL = 20
"""Whole numbers of at most so many digits are told without an exponent."""

_TEXT = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_SHORT = 10**FULL
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


def json_object(body: bytes, *, limit: int) -> dict[str, Any]:
    """The JSON object that a body is. Numbers with a point or an exponent come as `Decimal`.

    Raises:
        TooLarge: the body has more bytes than the limit.
        Malformed: not JSON, not UTF-8, not an object, NaN or Infinity, a key twice in an object.
    """
    if len(body) > limit:
        raise TooLarge(f"body: at most {limit} bytes")
    try:
        value = jiter.from_json(
            body,
            allow_inf_nan=False,
            cache_mode="keys",
            catch_duplicate_keys=True,
            float_mode="decimal",
        )
    except ValueError as error:
        # jiter repeats a key that comes twice however long it is, and tells an exponent that
        # no `Decimal` holds as an error of its own.
        reason = f"{error!s:.{REASON}}"
        if reason.startswith("Internal error"):
            reason = "number out of range"
        raise Malformed(f"body: not valid JSON: {reason}") from None
    if not isinstance(value, dict):
        raise Malformed("body: must be a JSON object")
    return value


def check_depth(value: object, *, around: int = 0) -> None:
    """Refuse (`Malformed`) a body that nests deeper than any contract needs.

    The value is the body, or what lies in so many of its levels. Objects and lists are levels.
    """
    level: list[Any] = [[value]]
    for _ in range(around, DEEPEST + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise Malformed(f"body: nested deeper than {DEEPEST} levels")


def comparable(value: object) -> bytes:
    """A JSON value as bytes that are equal for equal values.

    Numbers are equal however they are written; a number and a text are not.
    """
    return _comparable(value).encode()


def _comparable(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, list):
        return f"[{','.join([_comparable(one) for one in value])}]"
    if isinstance(value, dict):
        fields = [
            f"{encode_basestring(name)}:{_comparable(one)}" for name, one in sorted(value.items())
        ]
        return f"{{{','.join(fields)}}}"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return number_text(value)


def number_text(number: int | Decimal) -> str:
    """A number as JSON, the same for numbers that are equal: `1e3` and `1000.0` give `1000`."""
    if isinstance(number, int) and abs(number) < _SHORT:
        return str(number)
    exact = _EXACT.normalize(Decimal(number))
    if exact.is_zero():
        return "0"
    # Larger ones keep their exponent: it may be as large as its sender likes.
    return f"{exact:f}" if 0 <= exact.adjusted() < FULL else str(exact)


def shown(value: object, *, longest: int) -> object:
    """A value as it can be told back: as it came, or else as its JSON, cut at so many characters.

    As it came are texts, however long, and numbers that a double holds to the last digit.
    """
    match value:
        case None | bool() | str():
            return value
        case int() if abs(value) < 2**53:
            return value
        case Decimal() if str(float(value)) == str(value):
            return float(value)
    # A piece has a character at least.
    return "".join(islice(_pieces(value), longest))[:longest]


def _pieces(value: object) -> Iterator[str]:
    """A JSON value as text, piece by piece."""
    match value:
        case dict():
            yield "{"
            for at, (name, one) in enumerate(value.items()):
                yield f"{',' if at else ''}{json.dumps(name, ensure_ascii=False)}:"
                yield from _pieces(one)
            yield "}"
        case list():
            yield "["
            for at, one in enumerate(value):
                if at:
                    yield ","
                yield from _pieces(one)
            yield "]"
        case Decimal():
            yield str(value)
        case _:
            yield json.dumps(value, ensure_ascii=False)


def path_of(steps: Sequence[int | str]) -> str:
    """Where something is in a JSON object, such as `details[0].listingId`."""
    name, *others = steps
    inner = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in others)
    return f"{name}{''.join(inner)}"


def raw_elements(text: str, name: str) -> list[str]:
    """The elements of the array under this name in a JSON object, each exactly as written.

    The text must be a JSON object that was read before, with an array under the name.
    """
    decoder = json.JSONDecoder()
    at = _skip(text, text.index("{") + 1)
    while True:
        found, at = decoder.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)  # past the colon
        if found == name:
            break
        _, at = decoder.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)  # past the comma
    elements = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        _, end = decoder.raw_decode(text, at)
        elements.append(text[at:end])
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return elements


def _skip(text: str, at: int) -> int:
    """The place of the next character that is not white space."""
    while text[at] in " \t\r\n":
        at += 1
    return at


class NotANumber(ValueError):
    """Neither a JSON number nor a decimal string."""


class TooPrecise(ValueError):
    """A number with more digits than its field holds."""


def unquoted(value: object) -> object:
    """The number that a plain decimal string such as `-12.50` writes; other values as they are."""
    return Decimal(value) if isinstance(value, str) and _TEXT.fullmatch(value) else value


def decimal_text(value: object, *, digits: int, places: int) -> str:
    """The shortest plain decimal that is exactly this number: `"95.50"` gives `95.5`.

    Takes an `int`, a `Decimal` or a plain decimal string such as `-12.50`; digits are
    counted without zeros that do not change the value.

    Raises:
        NotANumber: it is none of these.
        TooPrecise: more than so many digits in all, or places after the point.
    """
    number = unquoted(value)
    if type(number) is int:
        number = Decimal(number)
    if not isinstance(number, Decimal) or not number.is_finite():
        raise NotANumber
    if number.is_zero():
        return "0"
    # Looked at before any arithmetic: an exponent may be as large as its sender likes.
    if not -places <= number.adjusted() < digits:
        raise TooPrecise
    try:
        number = number.normalize(Context(prec=digits, traps=[Inexact]))
    except Inexact:
        raise TooPrecise from None
    text = f"{number:f}"
    if len(text.partition(".")[2]) > places:
        raise TooPrecise
    return text
