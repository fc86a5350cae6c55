"""Do counts close? Batches are counted anew, from their parts and outcomes."""

from dataclasses import asdict

from batchgate import telemetry
from batchgate.engine.ports import Batches, Clock
from batchgate.model import BatchId

HOUR_US = 3_600 * 1_000_000

AGES_H = (1, 24)
"""How many hours ago batches began that are counted: soon, and when they should have ended."""

LOOKS = 3
"""How often a batch is looked at that is being worked meanwhile."""


def audit(batches: Batches, clock: Clock) -> int:
    """Count the batches of two hours of the last day; how many have counts that do not close.

    What fails for one batch is raised after all others have been counted.
    """
    counted = off = 0
    failed: Exception | None = None
    for batch in (one for age in AGES_H for one in batches.begun(clock() // HOUR_US - age)):
        try:
            closes = _closes(batch, batches)
        except Exception as error:  # noqa: BLE001 (one batch's trouble is not the others')
            telemetry.logger.exception("batch not counted", extra=asdict(batch))
            failed = error
            continue
        counted, off = counted + 1, off + (not closes)
    telemetry.count(telemetry.BATCHES_COUNTED, counted)
    telemetry.count(telemetry.COUNTS_OFF, off)
    if failed is not None:
        raise failed
    return off


def _closes(batch: BatchId, batches: Batches) -> bool:
    """Whether what a batch accepted is what has ended and what has no outcome yet.

    The rows are not read at one moment: only a batch that stood still meanwhile is judged.
    """
    for _ in range(LOOKS):
        standing = batches.standing(batch)
        if standing is None:
            return True
        pending = sum(work.size for work in batches.unworked(batch))
        if standing.accepted == standing.tally.ended + pending:
            return True
        if batches.standing(batch) == standing:
            counts = {
                "accepted": standing.accepted,
                **asdict(standing.tally),
                "pending": pending,
            }
            telemetry.logger.error("counts do not close", extra={**asdict(batch), **counts})
            return False
    return True
