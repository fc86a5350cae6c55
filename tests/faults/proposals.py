"""A supplier whose batches go through trouble, and what must have become of them."""

from collections.abc import Callable
from itertools import count
from typing import Any

from tests.faults.world import empty
from tests.supplying import Supplier, detail

DETAILS = [detail(1, 11, 12), detail(2, 21, 22)]
OTHERS = [detail(1, 31, 32), detail(3, 41, 42)]
TAKEN_BACK = ("finished", "finished")


def at_every_call(play: Callable[[int], bool]) -> int:
    """Play a scenario with trouble at its first call, its second, and so on; how many there are.

    It tells whether it had so many calls. Its last play is one without trouble.
    """
    return next(at for at in count(1) if not play(at)) - 1


def fresh(supplier: Supplier) -> Supplier:
    """The supplier with nothing stored, scheduled or queued, in a new session."""
    gateway = supplier.gateway
    gateway.schedules.forget()
    while messages := gateway.receive(gateway.queue):
        for message in messages:
            gateway.sqs.delete_message(
                QueueUrl=gateway.queue, ReceiptHandle=message["receiptHandle"]
            )
    empty(gateway)
    return supplier.signed_in()


def swept(supplier: Supplier, **later: float) -> None:
    """Go on to so much later; then what is due is done, and what was left is looked after."""
    supplier.live(**later)
    supplier.gateway.handler("sweep")({}, None)
    supplier.gateway.drain()


def due(supplier: Supplier, *, hours: int) -> None:
    """Go on to so much later; what is due then is in the queue, and nobody works."""
    supplier.gateway.clock.move(seconds=hours * 3_600)
    assert supplier.gateway.schedules.fire_due() > 0


def look(supplier: Supplier, number: int) -> tuple[Any, ...]:
    """A batch's states and the active proposals of all listings in these tests."""
    return (*supplier.states(number), *supplier.active(1, 2, 3))


def acts_no_more(supplier: Supplier, number: int) -> None:
    """See that what wakes the batch once more does nothing: others' changes stay."""
    gateway, before = supplier.gateway, supplier.told(number)
    last = supplier.batch(
        detail(1, 91, 92), executeTs=supplier.now(seconds=1), revertTs=supplier.now(days=9)
    )
    supplier.live(seconds=70)
    assert supplier.states(last) == ("finished", "idle")
    swept(supplier, minutes=11)
    assert supplier.active(1) == 91
    assert supplier.told(number) == before
    assert gateway.receive(gateway.queue) == []
