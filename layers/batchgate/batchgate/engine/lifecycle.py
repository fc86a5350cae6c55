"""The way of a batch from its acceptance to its completion, apart from the work itself."""

from dataclasses import asdict

from batchgate import telemetry
from batchgate.engine import replace
from batchgate.engine.conclusion import conclude
from batchgate.engine.ports import Batches, Clock, Events, Plans, Queue
from batchgate.errors import ContentConflict
from batchgate.model import BatchId, Part, Receipt, Standing

PATIENCE_US = 120 * 1_000_000
"""How long a batch may have work left before the sweep looks after it."""

LOOK_EVERY_US = 600 * 1_000_000
"""The longest the sweep waits between two looks at a batch with work left."""


def accept(part: Part, batches: Batches, queue: Queue, clock: Clock) -> Receipt:
    """Make a part durable and have its slices worked. When this returns, nothing can get lost.

    Raises:
        ContentConflict: the part's name was used before, with other content.
        BatchMismatch: the batch was begun with another method or size, or is full.
        Busy: try the very same again; what was stored of it does no harm.
    """
    receipt = batches.admit(part, clock())
    if not receipt.same:
        raise ContentConflict(part.name)
    # Send even for a part we already hold: the first call may have died between
    # storing and sending. A slice is worked once, however often it is queued.
    queue.send(receipt.slices)
    note(part, receipt)
    return receipt


def note(part: Part, receipt: Receipt) -> None:
    """Count and log what was accepted."""
    if not receipt.repeated:
        telemetry.count(telemetry.ITEMS_ACCEPTED, len(part.items), feed=part.batch.feed)
    telemetry.logger.info(
        "accepted",
        extra={
            **asdict(part.batch),
            "part": part.name,
            "items": len(part.items),
            "slices": len(receipt.slices),
            "repeated": receipt.repeated,
        },
    )


def settle(
    batch: BatchId, batches: Batches, plans: Plans, queue: Queue, events: Events, clock: Clock
) -> bool:
    """Complete and announce a batch if all its rows have ended; whether this call did it.

    A batch that replaces is cleared before it is completed. A plan is told that its batch
    has ended before anybody else is.

    Several workers may end their slices at once and all see the batch done: one of
    them completes it. If that one dies before its announcement is out, `sweep` makes it.
    """
    standing = batches.standing(batch)
    if standing is None or standing.completed or not standing.done:
        return False
    if standing.replaces and standing.state == "open":
        replace.begin(standing, batches, queue, clock)
        return False
    if standing.replaces and standing.cleared_shards < standing.shards:
        return False
    if standing.replaces:
        batches.end_replacement(batch)
    now = clock()
    if not batches.complete(batch, standing.tally, now, standing.replays):
        return False
    _completed(standing, (now - standing.accepted_us) / 1e6)
    _announce(standing, batches, plans, events)
    return True


def _announce(standing: Standing, batches: Batches, plans: Plans, events: Events) -> None:
    conclude(standing, batches, plans)
    events.completed(standing)
    batches.announced(standing.batch, standing.corrections, ended=standing.pending == 0)


def _completed(standing: Standing, taken: float) -> None:
    telemetry.count(telemetry.BATCHES_COMPLETED)
    telemetry.seconds(telemetry.BATCH_TIME, taken)
    if standing.replaces:
        telemetry.count(telemetry.REPLACEMENTS)
    telemetry.logger.info(
        "batch completed",
        extra={
            **asdict(standing.batch),
            "items": standing.accepted,
            "failed": standing.tally.failed,
            "removed": standing.removed,
            "seconds": round(taken, 3),
        },
    )


def sweep(batches: Batches, plans: Plans, queue: Queue, events: Events, clock: Clock) -> int:
    """Look after batches that had work left for too long; how many slices were sent again.

    A function may have died between storing a part and sending its slices, or between
    ending a batch and announcing it. Sending twice is harmless. What fails for one batch
    is raised after all others have been looked after.
    """
    resent, now = 0, clock()
    oldest_us = now
    failed: Exception | None = None
    for batch in batches.due(now):
        try:
            sent, since_us = _look_after(batch, batches, plans, queue, events, clock)
            resent, oldest_us = resent + sent, min(oldest_us, since_us)
        except Exception as error:  # noqa: BLE001 (one batch's trouble is not the others')
            telemetry.logger.exception("batch not looked after", extra={"batch": batch.batch})
            failed = error
    telemetry.seconds(telemetry.OLDEST_PENDING, (now - oldest_us) / 1e6)
    if failed is not None:
        raise failed
    return resent


def _look_after(
    batch: BatchId, batches: Batches, plans: Plans, queue: Queue, events: Events, clock: Clock
) -> tuple[int, int]:
    """How many slices of a batch were sent again, and since when the oldest waits (UTC, µs)."""
    now = clock()
    standing = batches.standing(batch)
    if standing is None:
        batches.forget(batch, now)  # it has expired, and its sender never sent the rest
        return 0, now
    if standing.completed and not standing.announced:
        _announce(standing, batches, plans, events)
        return 0, now
    if standing.completed and standing.pending == 0:
        # What was corrected after the completion has ended too.
        batches.announced(batch, standing.corrections)
        return 0, now
    if settle(batch, batches, plans, queue, events, clock):
        return 0, now
    late = [one for one in batches.waiting(standing) if now - one[0] >= PATIENCE_US]
    slices = [work for _, work in late]
    if slices:
        named = {
            **asdict(batch),
            "slices": [s.name for s in slices],
            "correlation_ids": sorted({s.correlation_id for s in slices}),
        }
        telemetry.logger.warning("slices sent again", extra=named)
        telemetry.count(telemetry.SLICES_SENT_AGAIN, len(slices))
        queue.send(slices)
    age = now - standing.accepted_us
    batches.look_again(batch, now + max(PATIENCE_US, min(age, LOOK_EVERY_US)))
    return len(slices), min((since_us for since_us, _ in late), default=now)
