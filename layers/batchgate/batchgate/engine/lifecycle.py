"""The way of a batch from its acceptance to its completion, apart from the work itself."""

from batchgate import telemetry
from batchgate.engine import replace
from batchgate.engine.ports import Batches, Clock, Events, Queue
from batchgate.errors import ContentConflict
from batchgate.model import BatchId, Part, Receipt

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
    if not receipt.repeated:
        telemetry.count(telemetry.ITEMS_ACCEPTED, len(part.items))
    return receipt


def settle(batch: BatchId, batches: Batches, queue: Queue, events: Events, clock: Clock) -> bool:
    """Complete and announce a batch if all its rows have ended; whether this call did it.

    A batch that replaces is cleared before it is completed.

    Several workers may end their slices at once and all see the batch done: one of
    them completes it. If that one dies before its announcement is out, `sweep` makes it.
    """
    standing = batches.standing(batch)
    if standing is None or standing.completed or not standing.done:
        return False
    if standing.replaces and standing.state == "open":
        replace.begin(standing, batches, queue)
        return False
    if standing.replaces and standing.cleared_shards < standing.shards:
        return False
    if standing.replaces:
        batches.end_replacement(batch)
    now = clock()
    if not batches.complete(batch, standing.tally, now, standing.replays):
        return False
    telemetry.count(telemetry.BATCHES_COMPLETED)
    telemetry.seconds(telemetry.BATCH_TIME, (now - standing.accepted_us) / 1e6)
    events.completed(standing)
    batches.announced(batch)
    return True


def sweep(batches: Batches, queue: Queue, events: Events, clock: Clock) -> int:
    """Look after batches that had work left for too long; how many slices were sent again.

    A function may have died between storing a part and sending its slices, or between
    ending a batch and announcing it. Sending twice is harmless. What fails for one batch
    is raised after all others have been looked after.
    """
    resent = 0
    failed: Exception | None = None
    for batch in batches.due(clock()):
        try:
            resent += _look_after(batch, batches, queue, events, clock)
        except Exception as error:  # noqa: BLE001 (one batch's trouble is not the others')
            telemetry.logger.exception("batch not looked after", extra={"batch": batch.batch})
            failed = error
    if failed is not None:
        raise failed
    return resent


def _look_after(
    batch: BatchId, batches: Batches, queue: Queue, events: Events, clock: Clock
) -> int:
    standing = batches.standing(batch)
    if standing is None:
        return 0
    if standing.completed and not standing.announced:
        events.completed(standing)
        batches.announced(batch)
        return 0
    if standing.completed and standing.pending == 0:
        batches.announced(batch)  # what was corrected after the completion has ended too
        return 0
    if settle(batch, batches, queue, events, clock):
        return 0
    now = clock()
    slices = [s for s in batches.unworked(batch) if now - s.accepted_us >= PATIENCE_US]
    if standing.state == "clearing":
        slices += batches.uncleared(standing)
    if slices:
        telemetry.logger.warning("slices sent again", extra={"slices": [s.name for s in slices]})
        telemetry.count(telemetry.SLICES_SENT_AGAIN, len(slices))
        queue.send(slices)
    age = now - standing.accepted_us
    batches.look_again(batch, now + max(PATIENCE_US, min(age, LOOK_EVERY_US)))
    return len(slices)
