"""A full replacement: once its last row is applied, what its batch does not name is removed.

Readers never see an empty or half-cleared feed: rows are replaced in place, and removals
come last, as work of the same groups as everything else.
"""

from collections.abc import Callable
from dataclasses import replace

from batchgate import telemetry
from batchgate.engine.ports import Batches, Clock, Queue, Records
from batchgate.errors import DataLost
from batchgate.model import Clearing, Fate, Record, Slice, Standing

CLEAR_US = 10 * 1_000_000
"""How long a worker's invocation clears, all steps together; it ends at 30 s."""


def step_of(standing: Standing, of: int, step: Clearing, again: int = 0) -> Slice:
    """One step of clearing a shard of a batch's feed, as work for the queue."""
    return Slice(
        batch=standing.batch,
        part="",
        shard=of,
        digest="",
        chunks=0,
        size=0,
        accepted_us=standing.accepted_us,
        again=again,
        clearing=step,
    )


def begin(standing: Standing, batches: Batches, queue: Queue, clock: Clock) -> None:
    """Have every shard cleared, once all rows of a replacement have ended."""
    if batches.begin_clearing(standing.batch, clock()):
        first = Clearing(step=0, after="")
        queue.send([step_of(standing, of, first) for of in range(standing.shards)])


def clear(
    work: Slice,
    batches: Batches,
    records: Records,
    queue: Queue,
    clock: Clock,
    until: int,
) -> None:
    """Remove a shard's records that the batch does not name and that were there before it.

    A record that another batch wrote after this one began stays, and so does one that it
    found unchanged: it was written anew. What a step removed
    carries its mark, so that a step that is done again after a crash counts the same. A
    step reads at least one page; from `until` (UTC, µs) on the next step goes on.

    Raises:
        Busy: a service refused for load; the step should come again.
        DataLost: a part of the batch is not there, or not whole; nothing was removed.
    """
    if work.clearing is None:
        raise DataLost("not a step of clearing")
    done, stopped = batches.step(work)
    if not done:
        removed, stopped = _remove(
            work, work.clearing.after, batches, records, lambda: clock() > until
        )
        stopped = batches.close_step(work, removed, stopped)
        telemetry.count(telemetry.RECORDS_CLEARED, removed)
    if stopped:
        step = Clearing(step=work.clearing.step + 1, after=stopped)
        queue.send([replace(work, clearing=step)])


def leave(work: Slice, batches: Batches) -> None:
    """Give a step of clearing up: what is left of its shard stays, the batch ends all the same."""
    batches.close_step(work, 0, "")
    telemetry.logger.error("clearing given up", extra={"slice": work.name})
    telemetry.count(telemetry.SLICES_GIVEN_UP)


def _remove(
    work: Slice, after: str, batches: Batches, records: Records, late: Callable[[], bool]
) -> tuple[int, str]:
    """How many records are removed after this key, and at which key time was up."""
    named = batches.named(work.batch, work.shard)
    removed = 0
    for page, last in records.scan(work, after):
        doomed = [
            _tombstone(record, work)
            for record in page
            if not record.removed
            and record.key not in named
            and record.accepted_us <= work.accepted_us
        ]
        records.write(work, doomed)
        removed += len(doomed)
        removed += sum(1 for one in page if one.removed and one.written_by == work.mark)
        if last and late():
            return removed, last
    return removed, ""


def _tombstone(record: Record, work: Slice) -> Record:
    return Record(
        key=record.key,
        content=b"",
        digest=b"",
        number=record.number,
        written_by=work.mark,
        how=Fate.REMOVED,
        accepted_us=work.accepted_us,
        removed=True,
    )
