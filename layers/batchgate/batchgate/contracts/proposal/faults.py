"""What is wrong with a request, and the answer to a call that is not served."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchgate.contracts import wire
from batchgate.errors import (
    Malformed,
    NoCredentials,
    NotAllowed,
    Refusal,
    SessionExpired,
    SessionForged,
    SessionMismatch,
    SignInRefused,
    TooLarge,
    UnknownPlan,
)
from batchgate.http import Reply

INVALID, TIME, ILLEGAL = 0, 40000001, 40000005
MESSAGES = {
    INVALID: "Invalid input",
    TIME: "Wrong timestamp format",
    ILLEGAL: "Contains illegal character(s)",
}
MOST = 100
"""How many faults of a request are told."""
LONGEST = 200
"""How many characters of a value, or of a name, are told."""

_ILLEGAL = re.compile(r"[\x00-\x1f\x7f-\x9f<>\"'\\;]")

NOTHING = object()
"""Where a fault has no value to show."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where, why, and the value as it came."""

    path: str
    message: str
    value: Any = NOTHING

    def told(self) -> dict[str, Any]:
        """The fault as it is answered."""
        told = {"path": self.path[:LONGEST], "message": self.message}
        return told if self.value is NOTHING else told | {"invalidValue": _shown(self.value)}


class Invalid(Refusal):
    """A request that can't be served as it is: one kind of fault, and all of that kind."""

    def __init__(self, code: int, faults: Sequence[Fault]) -> None:
        super().__init__(code, faults)
        self.code = code
        self.faults = faults


def _shown(value: Any) -> Any:
    """A value as it can be answered; texts are cut as well."""
    told = wire.shown(value, longest=LONGEST)
    return told[:LONGEST] if isinstance(told, str) else told


def check_characters(value: Any, path: str = "") -> None:
    """Refuse (`Invalid`) a value with an illegal character in any string or name in it."""
    found = [
        Fault(at, "has characters that are not allowed", text)
        for at, text in _texts(value, path)
        if _ILLEGAL.search(text)
    ]
    if found:
        raise Invalid(ILLEGAL, found)


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield path, value
        case list():
            for at, one in enumerate(value):
                yield from _texts(one, f"{path}[{at}]")
        case dict():
            for name, one in value.items():
                inner = f"{path}.{name}" if path else name
                yield inner, name
                yield from _texts(one, inner)


REFUSALS: Mapping[type[Exception], tuple[int, int, str]] = {
    NoCredentials: (401, 40100001, "Missing or bad authentication"),
    SessionForged: (401, 40100002, "Invalid cookie"),
    SignInRefused: (401, 40100003, "Missing or bad authentication"),
    SessionMismatch: (401, 40100004, "Check wssid failed"),
    SessionExpired: (401, 40100006, "Cookie has expired"),
    NotAllowed: (403, 40304001, "No permission"),
    UnknownPlan: (404, 40409000, "Proposal not found"),
}
FAILED = (500, 50000006, "Internal server error")


def refuse(error: Exception) -> Reply:
    """The answer to a call that is not served."""
    match error:
        case Invalid():
            detail = [fault.told() for fault in error.faults[:MOST]]
            return answer(400, error.code, MESSAGES[error.code], detail)
        case Malformed():
            return answer(400, INVALID, MESSAGES[INVALID], _body(*error.faults))
        case TooLarge():
            return answer(400, INVALID, MESSAGES[INVALID], _body(error.limit))
        case _:
            return answer(*REFUSALS.get(type(error), FAILED))


def _body(*reasons: str) -> list[Mapping[str, Any]]:
    return [{"path": "body", "message": one.removeprefix("body: ")} for one in reasons]


def answer(status: int, code: int, message: str, detail: Sequence[Mapping[str, Any]] = ()) -> Reply:
    """A refusal in the contract's shape."""
    error: dict[str, Any] = {"code": code, "message": message}
    return Reply(status, {"error": error | ({"detail": detail} if detail else {})})
