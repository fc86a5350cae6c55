"""What the rules need of storage and messaging. `store`, `queue` and `events` provide it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from batchgate.model import (
    BatchId,
    Due,
    Item,
    Outcome,
    Part,
    PhaseName,
    Plan,
    PlanId,
    Receipt,
    Record,
    Slice,
    Standing,
    Tally,
    Turn,
)

Clock = Callable[[], int]
"""Now: UTC, in µs since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPart:
    """A part as it lies in the store; `items` in the order in which they were received."""

    items: Sequence[Item]
    shards: int
    numbered: bool
    contents: bool


class Batches(Protocol):
    """Batches, their parts and their outcomes."""

    def admit(self, part: Part, now_us: int) -> Receipt:
        """Make a part durable and count its items as accepted, once.

        Raises:
            BatchMismatch: the batch has another method or size, or no room for the part.
            Busy: nothing was accepted; the same call may go through later.
        """

    def correct(self, part: Part, before: Receipt, failed: Tally, now_us: int) -> Receipt | None:
        """Take a part anew whose earlier content ended with failures; `None` if another call did.

        Raises:
            BatchMismatch: the batch has another method or size, or no room for more rows.
            Busy: nothing was accepted; the same call may go through later.
        """

    def outcomes(self, slices: Sequence[Slice]) -> Sequence[Sequence[Outcome]] | None:
        """The outcomes of all slices of one part, or `None` while any is missing."""

    def part(self, work: Slice) -> StoredPart:
        """The part that a slice belongs to; `DataLost` if it isn't there whole."""

    def failures(self, batch: BatchId) -> Sequence[tuple[str, str]]:
        """The keys of a batch's items that failed, each with its fate's letter."""

    def ended(self, work: Slice) -> bool:
        """Whether the slice has its outcomes already."""

    def attempt(self, work: Slice, by: int = 1) -> int:
        """Count one more try at a slice that failed before, or one less; how many that makes."""

    def close_slice(self, work: Slice, outcomes: Sequence[Outcome]) -> bool:
        """Keep a slice's outcomes and count them, once; `False` if it already had."""

    def standing(self, batch: BatchId) -> Standing | None:
        """Where a batch stands now, read consistently; `None` if there is no such batch."""

    def kept(self, work: Slice) -> Sequence[Outcome] | None:
        """What a replayed slice's items ended as before; `None` of one that was not replayed."""

    def complete(self, batch: BatchId, tally: Tally, now_us: int, replays: int = 0) -> bool:
        """Mark a batch as completed; `True` for the one caller who did it.

        Not if slices of it were put back more often than `replays` times: the tally is old.
        """

    def replaced_us(self, batch: BatchId) -> int:
        """When the newest replacement began that another batch of the feed has open, or 0."""

    def end_replacement(self, batch: BatchId) -> None:
        """Remember that a replacement removes nothing any more."""

    def begin_clearing(self, batch: BatchId, now_us: int) -> bool:
        """Mark that a replacement's rows are all applied; `True` for the one caller who did it."""

    def named(self, batch: BatchId, of: int) -> set[str]:
        """All keys of a shard that a batch names."""

    def step(self, work: Slice) -> tuple[bool, str]:
        """Whether a step of clearing was done, and where it stopped."""

    def close_step(self, work: Slice, removed: int, stopped: str) -> str:
        """Keep what a step of clearing removed, once; where it stopped, "" at the shard's end."""

    def announced(self, batch: BatchId, corrections: int, *, ended: bool = True) -> None:
        """Remember that the completion was announced.

        Nothing is left to do for the batch then, unless some of it has not `ended`, or it was
        corrected more often than `corrections` times.
        """

    def due(self, now_us: int) -> Iterator[BatchId]:
        """Batches with work left that are to be looked at by now."""

    def begun(self, hour: int) -> Iterator[BatchId]:
        """Batches whose first part was accepted in this hour since 1970."""

    def unworked(self, batch: BatchId) -> Sequence[Slice]:
        """All slices of a batch that have no outcomes yet."""

    def waiting(self, standing: Standing) -> Sequence[tuple[int, Slice]]:
        """All work of a batch that has no outcome, and since when (UTC, µs) each of it waits."""

    def look_again(self, batch: BatchId, due_us: int) -> None:
        """Have `due` name the batch again from then on."""

    def forget(self, batch: BatchId, now_us: int) -> None:
        """Have `due` name a batch no more that has expired."""


class Records(Protocol):
    """The current state of every key."""

    def read(self, work: Slice, keys: Sequence[str], *, contents: bool) -> dict[str, Record]:
        """The records of these keys, read consistently; absent keys are left out."""

    def write(self, work: Slice, records: Iterable[Record]) -> set[str]:
        """Write all of these; the keys of those that storage can't hold.

        Raises:
            Busy: some may be written and some not.
        """

    def scan(self, work: Slice, after: str) -> Iterator[tuple[Sequence[Record], str]]:
        """A slice's shard, page by page after a key; with each page the last key looked at."""

    def numbers(self, count: int) -> range:
        """So many integers that no record of this deployment has had or will have."""


class Queue(Protocol):
    """The way to the worker."""

    def send(self, work: Sequence[Slice | Due]) -> None:
        """Put work into the queue, in its order per group; `Busy` if any could not be."""


class Plans(Protocol):
    """What is to happen at its time."""

    def put(self, plan: Plan, turns: Sequence[Turn] | None = None) -> bool:
        """Keep a version of a plan, with new turns if given, if it follows the one that is kept."""

    def get(self, of: PlanId) -> Plan | None:
        """A plan as it is now, read consistently; `None` if there is no such plan."""

    def with_turns(self, plan: Plan) -> tuple[Plan, Sequence[Turn]]:
        """A plan and what it does to which keys, as both are now if it was changed meanwhile."""

    def overdue(self, now_us: int) -> Iterator[PlanId]:
        """Plans that should have acted by now."""

    def look_again(self, of: PlanId, now_us: int, due_us: int) -> None:
        """Have `overdue` name a plan again from then on that it names now."""


class Schedules(Protocol):
    """What wakes plans at their times."""

    def wake(self, of: PlanId, phase: PhaseName, at_s: int) -> str:
        """Have a phase of a plan put into the queue at this time; the schedule's name."""

    def drop(self, name: str) -> None:
        """Take a schedule back that is not needed any more, if it is still there."""


class Events(Protocol):
    """What others can listen to."""

    def completed(self, standing: Standing) -> None:
        """Announce that a batch is completed."""
