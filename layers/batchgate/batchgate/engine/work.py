"""Working a slice: read, decide, write, close. Every step may be done again after a crash."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from batchgate import telemetry
from batchgate.engine.decide import decide
from batchgate.engine.ports import Batches, Clock, Queue, Records
from batchgate.engine.replace import clear, leave
from batchgate.engine.tries import within_tries
from batchgate.model import Fate, Item, Outcome, Record, Slice, Tally, shard

type Placed = dict[str, list[tuple[int, Item]]]
"""Items by their keys, each with its place in its slice."""

type Known = dict[str, Record | None]
"""What was read of a shard: records by their keys, `None` for keys without one."""

HUNG_US = 500_000
"""How long after a part was accepted its messages are sent at the latest, unless a call hung."""


class Desk:
    """One worker invocation's work: its slices share what was read of their shards.

    That is sound because a shard has one writer at a time, and for the length of the
    invocation it is this one.
    """

    def __init__(self, batches: Batches, records: Records) -> None:
        """Take work from these stores."""
        self._batches = batches
        self._records = records
        self._expected: dict[str, list[str]] = defaultdict(list)
        self._known: dict[str, Known] = defaultdict(dict)
        self._contents: set[str] = set()
        """The groups with a slice that decides on contents: all of them is read with these."""

    def expect(self, slices: Iterable[Slice]) -> None:
        """Say which slices will come, so that those of one shard are read together."""
        for work in slices:
            if work.clearing:
                continue
            try:
                self._expected[work.group] += [item.key for _, item in self._items(work)]
                self._needs(work)
            except Exception:  # noqa: BLE001, S112 (it fails again, alone, when its turn comes)
                continue

    def work(self, work: Slice, *, received: int = 1, sent_us: int = 0) -> Tally | None:
        """Give every item of a slice its outcome; `None` if it had them already.

        `received` is how often the queue has handed the slice out: one that keeps failing
        or killing its worker is given up (see `within_tries`).

        `sent_us` (UTC, µs) is when its message was sent. Where that was late, as the call
        that accepted it hung, a repeated call may have had it worked meanwhile.

        Raises:
            Busy: a service refused for load; the slice should come again.
            DataLost: the slice's part is not there, or not whole.
        """
        hung = sent_us > work.accepted_us + HUNG_US
        if (received > 1 or work.again or hung) and self._had(work):
            return None
        return within_tries(
            work,
            received,
            self._batches,
            lambda: self._close(work),
            lambda: give_up(work, self._batches),
        )

    def clear(
        self, work: Slice, queue: Queue, clock: Clock, until: int, *, received: int = 1
    ) -> None:
        """Do a step of clearing, as `clear` tells; one that had its tries is given up.

        Raises:
            Busy: a service refused for load; the step should come again.
            DataLost: a part of the batch is not there, or not whole; nothing was removed.
        """
        within_tries(
            work,
            received,
            self._batches,
            lambda: clear(work, self._batches, self._records, queue, clock, until),
            lambda: leave(work, self._batches),
        )
        self.forget(work)

    def _close(self, work: Slice) -> Tally | None:
        try:
            return self._worked(work)
        except Exception:
            self.forget(work)
            raise

    def _worked(self, work: Slice) -> Tally | None:
        kept = self._batches.kept(work) if work.again else None
        by_key, size = self._by_key(work, kept)
        known = self._read(work, by_key)
        if self._overtaken(work, by_key, known) and self._had(work):
            return None
        outcomes = self._apply(work, by_key, kept or [Outcome(Fate.BROKEN)] * size, known)
        return Tally.of(outcomes) if self._batches.close_slice(work, outcomes) else None

    def _needs(self, work: Slice) -> None:
        """Have a slice's shard be read with contents if it decides on them."""
        if self._batches.part(work).contents and work.group not in self._contents:
            self._contents.add(work.group)
            self.forget(work)  # what was read so far has none

    def forget(self, work: Slice) -> None:
        """Read a shard anew from here on: something else has written to it."""
        self._known.pop(work.group, None)

    def _items(self, work: Slice) -> Iterator[tuple[int, Item]]:
        part = self._batches.part(work)
        if part.shards == 1:
            return enumerate(part.items)
        return (
            (place, item)
            for place, item in enumerate(part.items)
            if shard(item.key, part.shards) == work.shard
        )

    def _by_key(self, work: Slice, kept: Sequence[Outcome] | None) -> tuple[Placed, int]:
        """A slice's items by their keys, each with its place in the slice; and their number.

        Of a slice that is replayed, only those that had failed through our fault.
        """
        by_key: Placed = defaultdict(list)
        size = 0
        for _, item in self._items(work):
            if kept is None or kept[size].fate.ours:
                by_key[item.key].append((size, item))
            size += 1
        return by_key, size

    def _overtaken(self, work: Slice, keys: Iterable[str], known: Known) -> bool:
        """Whether a newer part was worked before this one.

        Then this may be the first message of a part whose retry was queued and worked
        before it, and working it again would undo what is newer.
        """
        return any(
            record is not None and record.accepted_us > work.accepted_us
            for record in map(known.get, keys)
        )

    def _had(self, work: Slice) -> bool:
        """Whether the slice was worked before; what is replayed is left to its new message."""
        ended = self._batches.ended(work)
        return ended or (not work.again and self._batches.kept(work) is not None)

    def _apply(
        self, work: Slice, by_key: Placed, before: Sequence[Outcome], known: Known
    ) -> Sequence[Outcome]:
        numbers = self._numbers(work, by_key, known)
        outcomes = list(before)
        written: dict[str, Record] = {}
        for key, placed in by_key.items():
            fates, record = self._decide(
                work, [item for _, item in placed], known.get(key), numbers
            )
            if record is not None:
                written[key] = record
            shown = record or known.get(key)
            number = shown.number if shown else 0
            for (place, _), fate in zip(placed, fates, strict=True):
                outcomes[place] = Outcome(fate, number)
        for key in self._records.write(work, written.values()):
            del written[key]
            met = known.get(key)
            for place, _ in by_key[key]:
                outcomes[place] = Outcome(Fate.BROKEN, met.number if met else 0)
            telemetry.logger.error("item refused by DynamoDB", extra={"slice": work.name})
            telemetry.count(telemetry.ITEMS_BROKEN, len(by_key[key]))
        known.update(written)
        return outcomes

    def _read(self, work: Slice, keys: Iterable[str]) -> Known:
        self._needs(work)
        known = self._known[work.group]
        if any(key and key not in known for key in keys):
            # In the order in which they came: what lies side by side is read so.
            coming = chain(self._expected.pop(work.group, ()), keys)
            wanted = [key for key in dict.fromkeys(coming) if key and key not in known]
            contents = work.group in self._contents
            found = self._records.read(work, wanted, contents=contents)
            known.update({key: found.get(key) for key in wanted})
        return known

    def _numbers(
        self,
        work: Slice,
        by_key: Placed,
        known: Known,
    ) -> Iterator[int]:
        if not self._batches.part(work).numbered:
            return iter(())
        fresh = sum(
            1
            for key, placed in by_key.items()
            if known.get(key) is None and not all(item.fault for _, item in placed)
        )
        return iter(self._records.numbers(fresh) if fresh else ())

    def _decide(
        self, work: Slice, items: Sequence[Item], before: Record | None, numbers: Iterator[int]
    ) -> tuple[Sequence[Fate], Record | None]:
        try:
            return decide(items, before, work, numbers)
        except Exception:  # noqa: BLE001 (a poisoned item costs one item, not its slice)
            telemetry.logger.exception("item broke", extra={"slice": work.name})
            telemetry.count(telemetry.ITEMS_BROKEN, len(items))
            return [Fate.BROKEN] * len(items), None


def give_up(work: Slice, batches: Batches) -> Tally | None:
    """End all items of a slice as failed; `None` if they had their outcomes already.

    The batch still ends, and an operator may replay the slice later. Of one that is
    replayed, what had ended before stays so.
    """
    lost = Outcome(Fate.GIVEN_UP)
    kept = batches.kept(work) or [lost] * work.size
    outcomes = [lost if one.fate.ours else one for one in kept]
    if not batches.close_slice(work, outcomes):
        return None
    telemetry.logger.error("slice given up", extra={"slice": work.name, "items": work.size})
    telemetry.count(telemetry.SLICES_GIVEN_UP)
    return Tally.of(outcomes)
