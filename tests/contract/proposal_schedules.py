"""Schedules of a batch that fire when a test says so."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.engine.calls import on
from tests.scheduling import Schedule
from tests.supplying import Supplier

LONG_S = 40_000
"""How long a message is kept back that is put back by a test; SQS takes no much longer."""


def both(supplier: Supplier) -> Sequence[Schedule]:
    """The schedules of the only batch: of its execute and of its revert."""
    execute, revert = supplier.gateway.schedules.standing()
    return execute, revert


def fire(supplier: Supplier, *schedules: Schedule, times: int = 1) -> None:
    """Have these fire now, and the worker do what comes of it."""
    for _ in range(times):
        supplier.gateway.schedules.fire(*schedules)
    supplier.gateway.drain()


def swept(supplier: Supplier, **later: float) -> None:
    """Go on to so much later, and do what is due then, and what the sweep finds."""
    supplier.live(**later)
    supplier.gateway.handler("sweep")({}, None)
    supplier.gateway.drain()


@contextmanager
def put_off_by_the_clock(supplier: Supplier) -> Iterator[Callable[[], None]]:
    """Have messages that the worker puts off come again by the tests' clock.

    Gives what puts those back whose time has come.
    """
    gateway, put_off = supplier.gateway, list[tuple[int, str]]()

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "ChangeMessageVisibility":
            until = gateway.clock.now_us + params["VisibilityTimeout"] * 1_000_000
            put_off.append((until, params["ReceiptHandle"]))
            params["VisibilityTimeout"] = LONG_S

    def put_back() -> None:
        for one in [one for one in put_off if one[0] <= gateway.clock.now_us]:
            put_off.remove(one)
            gateway.sqs.change_message_visibility(
                QueueUrl=gateway.queue, ReceiptHandle=one[1], VisibilityTimeout=0
            )
        gateway.drain()

    with on("before-parameter-build", note):
        yield put_back
