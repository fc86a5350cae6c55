"""Reading bodies: what only calls that change something need, pydantic above all."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import PlainValidator, TypeAdapter, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from batchgate.contracts import wire
from batchgate.contracts.proposal import faults, times
from batchgate.contracts.proposal.faults import INVALID, NOTHING, TIME, Fault, Invalid
from batchgate.http import Request

BODY_BYTES = 1024 * 1024

TEXTS = {
    "bool_type": "must be true or false",
    "dict_type": "must be an object",
    "extra_forbidden": "unknown field",
    "greater_than_equal": "must be an Int32",
    "int_type": "must be an Int32",
    "less_than_equal": "must be an Int32",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "missing": "required",
    "too_long": "at most {max_length}",
}

type Rules = Callable[[Mapping[str, Any]], Iterable[Fault]]
"""What a body's fields must keep to together: the faults of one that does not."""


def _moment(value: object) -> int:
    try:
        return times.seconds(value if isinstance(value, str) else "")
    except ValueError:
        raise PydanticCustomError("time", times.WRONG) from None


Moment = Annotated[
    int,
    PlainValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A time on the wire, read as UTC seconds."""


def read[T](request: Request, adapter: TypeAdapter[T], rules: Rules = lambda _: ()) -> T:
    """The body as the adapter reads it, where nothing breaks these rules either.

    Raises:
        Malformed: it is not a JSON object.
        TooLarge: it is over its limit.
        Invalid: it has illegal characters, or is not as the contract says.
    """
    given: dict[str, Any] = wire.json_object(request.body, limit=BODY_BYTES)
    wire.check_depth(given)
    faults.check_characters(given)
    broken = list(rules(given))
    try:
        value = adapter.validate_python(given)
    except ValidationError as error:
        raise _refused(error, broken) from None
    if broken:
        raise Invalid(INVALID, broken)
    return value


def _refused(error: ValidationError, others: Sequence[Fault] = ()) -> Invalid:
    """All faults that pydantic found, and others, of the kind that is told first."""
    found = error.errors(include_url=False)
    mistimed = [fault for fault in found if fault["type"] == "time"]
    told = [
        Fault(
            wire.path_of(fault["loc"]),
            TEXTS.get(fault["type"], fault["msg"]).format(**fault.get("ctx", {})).replace("'", ""),
            NOTHING if fault["type"] == "missing" else fault["input"],
        )
        for fault in mistimed or found
    ]
    return Invalid(TIME, told) if mistimed else Invalid(INVALID, [*told, *others])
