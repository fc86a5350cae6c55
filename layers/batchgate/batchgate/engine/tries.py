"""How often work is tried: what keeps failing, or kills its worker, is given up in time."""

from collections.abc import Callable

from batchgate import telemetry
from batchgate.engine.ports import Batches
from batchgate.errors import Busy
from batchgate.model import Slice

TRIES = 3
"""Work that failed twice counts its further tries; what dies in two more is given up."""

LAST = 5
"""How often the queue hands work out before it is a dead letter (`maxReceiveCount`)."""


def within_tries[T](
    work: Slice,
    received: int,
    batches: Batches,
    act: Callable[[], T],
    give_up: Callable[[], T],
) -> T:
    """What `act` comes to, or `give_up` where this work has had its tries.

    `received` is how often the queue has handed the work out. Giving up here, and not by
    the dead-letter queue, keeps those behind it in its group, which are handed out with it,
    from running out of their own tries.

    Raises:
        Busy: a service refused for load; that try does not count.
    """
    counted = received >= TRIES
    if counted and batches.attempt(work) >= TRIES:
        return give_up()
    try:
        return act()
    except Busy:
        if counted:
            batches.attempt(work, by=-1)
        raise
    except Exception:
        if received < LAST:
            raise
        telemetry.logger.exception("last try failed", extra={"slice": work.name})
        return give_up()
