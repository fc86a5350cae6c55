"""Functions that die, hear no answer, or are overtaken at one of their calls to AWS."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ConnectionClosedError

from tests.engine.calls import on
from tests.used import aside


class Crash(BaseException):
    """The function is gone; nothing in it may catch this."""


@dataclass(slots=True)
class Fault:
    """The operations asked of AWS until the fault, with the one that it `hit`, if any."""

    asked: list[str] = field(default_factory=list)
    hit: str = ""


def dies(at: int, function: Callable[[], object]) -> Fault:
    """Call a function that dies at its so-maniest call, before AWS is asked.

    To die after a call was answered is the same as to die before the next.
    """
    fault = Fault()

    def die(model: Any, **_: Any) -> None:
        if len(fault.asked) == at - 1:
            fault.hit = model.name
            raise Crash(model.name)
        fault.asked.append(model.name)

    with on("before-call", die), suppress(Crash):
        function()
    return fault


def unheard(at: int, function: Callable[[], object]) -> Fault:
    """Call a function that never hears that AWS did what its so-maniest call asked for."""
    fault = Fault()

    def lose(model: Any, **_: Any) -> None:
        fault.asked.append(model.name)
        if len(fault.asked) == at:
            fault.hit = model.name
            raise ConnectionClosedError(endpoint_url="https://aws")

    with on("after-call", lose):
        function()
    return fault


@contextmanager
def overtaken(at: int, others: Callable[[], object], *, before: str = "") -> Iterator[list[str]]:
    """Let others run to their end before the so-maniest call, or before the first of a kind.

    Gives the operations called by the one that is overtaken.
    """
    made: list[str] = []
    running = [False]

    def pause(model: Any, **_: Any) -> None:
        if running[0]:
            return
        made.append(model.name)
        if len(made) == at or (model.name == before and made.count(before) == 1):
            running[0] = True
            with aside():
                others()
            running[0] = False

    with on("before-call", pause):
        yield made
