"""What the code asks of AWS, seen and answered between it and the wire."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from batchgate import aws

SERVICES = ("dynamodb", "sqs", "events", "scheduler", "secretsmanager")


@dataclass(slots=True)
class Calls:
    """The calls made, in their order: operations and what they were given."""

    made: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The operations, in the order of their calls."""
        return [name for name, _ in self.made]

    def of(self, operation: str) -> list[dict[str, Any]]:
        """What each call of this operation was given."""
        return [given for name, given in self.made if name == operation]


@contextmanager
def on(event: str, react: Callable[..., Any]) -> Iterator[None]:
    """Have botocore call this at an event of its own, for as long as the block lasts."""
    for service in SERVICES:
        aws.client(service).meta.events.register_first(event, react)
    try:
        yield
    finally:
        for service in SERVICES:
            aws.client(service).meta.events.unregister(event, react)


@contextmanager
def seen() -> Iterator[Calls]:
    """All calls of a block."""
    calls = Calls()

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.made.append((model.name, dict(params)))

    with on("before-parameter-build", note):
        yield calls


@contextmanager
def answering(operation: str, *answers: dict[str, Any] | None) -> Iterator[list[int]]:
    """Answer the calls of an operation with these instead of asking AWS, in their order.

    `None` lets a call through, as are all after the last answer. An answer with an
    `Error` is raised by the client as AWS's refusal. Gives the number of calls so far.
    """
    left = list(answers)
    number = [0]

    def answer(model: Any, **_: Any) -> Any:
        if model.name != operation:
            return None
        number[0] += 1
        given = left.pop(0) if left else None
        if given is None:
            return None
        status = given.get("ResponseMetadata", {}).get("HTTPStatusCode", 200)
        return SimpleNamespace(status_code=status), given

    with on("before-call", answer):
        yield number


def refusal(code: str, status: int = 400, **more: Any) -> dict[str, Any]:
    """AWS's refusal with this error code."""
    return {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    } | more
