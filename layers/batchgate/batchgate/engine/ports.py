"""What the rules need of storage and messaging. `store`, `queue` and `events` provide it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from batchgate.model import BatchId, Item, Outcome, Part, Receipt, Record, Slice, Standing, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPart:
    """A part as it lies in the store; `items` in the order in which they were received."""

    items: Sequence[Item]
    shards: int
    numbered: bool


class Batches(Protocol):
    """Batches, their parts and their outcomes."""

    def admit(self, part: Part, now_us: int) -> Receipt:
        """Make a part durable and count its items as accepted, once.

        Raises:
            ContentConflict: the part's name was used before, with other content.
            BatchMismatch: the batch has another method or size, or no room for the part.
            Busy: nothing was accepted; the same call may go through later.
        """

    def part(self, work: Slice) -> StoredPart:
        """The part that a slice belongs to; `DataLost` if it isn't there whole."""

    def ended(self, work: Slice) -> bool:
        """Whether the slice has its outcomes already."""

    def attempt(self, work: Slice) -> int:
        """Count one more try at a slice that failed before; how many that makes."""

    def close_slice(self, work: Slice, outcomes: Sequence[Outcome]) -> bool:
        """Keep a slice's outcomes and count them, once; `False` if it already had."""

    def standing(self, batch: BatchId) -> Standing | None:
        """Where a batch stands now, read consistently; `None` if there is no such batch."""

    def complete(self, batch: BatchId, tally: Tally, now_us: int) -> bool:
        """Mark a batch as completed; `True` for the one caller who did it."""

    def announced(self, batch: BatchId) -> None:
        """Remember that the completion was announced: nothing is left to do for the batch."""

    def due(self, now_us: int) -> Iterator[BatchId]:
        """Batches with work left that are to be looked at by now."""

    def unworked(self, batch: BatchId) -> Sequence[Slice]:
        """All slices of a batch that have no outcomes yet."""

    def look_again(self, batch: BatchId, due_us: int) -> None:
        """Have `due` name the batch again from then on."""


class Records(Protocol):
    """The current state of every key."""

    def read(self, work: Slice, keys: Sequence[str]) -> dict[str, Record]:
        """The records of these keys, read consistently; absent keys are left out."""

    def write(self, work: Slice, records: Iterable[Record]) -> set[str]:
        """Write all of these; the keys of those that storage can't hold.

        Raises:
            Busy: some may be written and some not.
        """

    def numbers(self, count: int) -> range:
        """So many integers that no record of this deployment has had or will have."""


class Queue(Protocol):
    """The way to the worker."""

    def send(self, slices: Sequence[Slice]) -> None:
        """Put slices into the queue, in their order per group; `Busy` if any could not be."""


class Events(Protocol):
    """What others can listen to."""

    def completed(self, standing: Standing) -> None:
        """Announce that a batch is completed."""
