"""Putting back what failed through our fault, and what got stuck, for whoever runs the gateway.

A slice that is replayed is pending until it is worked: what its items had ended as is
taken back and kept aside. Those that failed through our fault are worked again, the others
end as before.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Protocol

from batchgate import telemetry
from batchgate.engine.lifecycle import PATIENCE_US
from batchgate.engine.ports import Batches, Clock, Queue, Records
from batchgate.errors import DataLost
from batchgate.model import BatchId, Fate, Item, Outcome, PhaseName, Slice, Standing, shard
from batchgate.model.items import OURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a slice's items ended; `replays` is how often slices of its part were put back."""

    work: Slice
    outcomes: Sequence[Outcome]
    replays: int

    @property
    def replayable(self) -> int:
        """How many items a replay would work again."""
        return sum(1 for one in self.outcomes if one.fate.ours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a replay of a batch would put back.

    `dead` slices have items that failed through our fault, `stuck` ones have no outcomes
    and have waited longer than the sweep lets any wait.
    """

    standing: Standing
    dead: Sequence[Ending]
    stuck: Sequence[Slice]


class Replays(Batches, Protocol):
    """Batches whose slices can be put back."""

    def endings(self, batch: BatchId) -> Sequence[Ending]:
        """How the slices of a batch ended, of those that did, oldest part first."""

    def stuck(self, batch: BatchId, since_us: int) -> Sequence[Slice]:
        """Slices of a batch that wait for their outcomes since before then."""

    def named_later(
        self, batch: BatchId, keys: AbstractSet[str], since_us: int
    ) -> Mapping[str, int]:
        """When these keys were last named by a part of their feed that is newer than that.

        Only by parts that did not fail for them, or still wait.
        """

    def around(self, batch: BatchId, since_us: int) -> Iterable[BatchId]:
        """The batches that `named_later` looks into, this one among them."""

    def reopen(
        self, ending: Ending, kept: Sequence[Outcome], standing: Standing, now_us: int
    ) -> Slice | None:
        """Take a slice's outcomes back; `None` if slice or batch changed meanwhile."""


def plan(
    batch: BatchId, batches: Replays, clock: Clock, *, fates: Collection[Fate] = OURS
) -> Plan | None:
    """What a replay of a batch would put back; `None` if there is no such batch.

    Dead slices are those with an item that ended as one of `fates`.
    """
    standing = batches.standing(batch)
    if standing is None:
        return None
    return Plan(
        standing=standing,
        dead=[
            ending
            for ending in batches.endings(batch)
            if any(one.fate.ours and one.fate in fates for one in ending.outcomes)
        ],
        stuck=batches.stuck(batch, clock() - PATIENCE_US) if standing.pending else [],
    )


def put_back(
    plans: Iterable[Plan], batches: Replays, records: Records, queue: Queue, clock: Clock
) -> Sequence[Slice]:
    """Put slices back into the queue, in the order of their acceptance; those that were.

    It may be done twice, and may die anywhere: a slice is taken back once, and is from then
    on work that was left undone, which the sweep finds. What changed since it was planned,
    or whose content is lost, is left alone. Items whose key a part named that was accepted
    later end as unchanged.

    Raises:
        Busy: some slices may be put back and some not; plan and replay again.
    """
    back: list[Slice] = []
    for of_feed in _by_feed(plans):
        stuck = [work for one in of_feed for work in one.stuck]
        dead = [ending for one in of_feed for ending in one.dead]
        slices = sorted(
            [*stuck, *_reopened(dead, batches, records, clock)], key=lambda work: work.accepted_us
        )
        if slices:
            names = [work.name for work in slices]
            telemetry.logger.warning("slices replayed", extra={"slices": names})
            queue.send(slices)
        back += slices
    return back


def looks_into(plans: Iterable[Plan], batches: Replays) -> int:
    """How many batches `put_back` reads, at most, to tell what is newer than what it puts back.

    They are those of the plans' feeds that began since a day before the oldest dead slice.
    What of them is newer than that slice is read with its content.
    """
    count = 0
    for of_feed in _by_feed(plans):
        dead = [ending.work for one in of_feed for ending in one.dead]
        if dead:
            first = min(dead, key=lambda work: work.accepted_us)
            count += sum(1 for _ in batches.around(first.batch, first.accepted_us))
    return count


def _by_feed(plans: Iterable[Plan]) -> Iterable[Sequence[Plan]]:
    by_feed: dict[tuple[str, str], list[Plan]] = defaultdict(list)
    for one in plans:
        by_feed[one.standing.batch.partner, one.standing.batch.feed].append(one)
    return by_feed.values()


def _reopened(
    dead: Sequence[Ending], batches: Replays, records: Records, clock: Clock
) -> Iterator[Slice]:
    """Slices of one feed whose outcomes were taken back."""
    contents = list(_contents(dead, batches))
    # Once for all of them: it looks into every batch that is newer than the oldest.
    later = _later(contents, batches)
    own: Counter[tuple[BatchId, str]] = Counter()
    for ending, items in contents:
        standing = batches.standing(ending.work.batch)
        # A plan tells which of its keys it did not change.
        plans = standing is not None and standing.method in set(PhaseName)
        late = Fate.DENIED if plans else Fate.UNCHANGED
        kept = _kept(ending, items, later, records, late)
        part = (ending.work.batch, ending.work.part)
        known = replace(ending, replays=ending.replays + own[part])
        work = standing and batches.reopen(known, kept, standing, clock())
        if work:
            own[part] += 1
            yield work


def _contents(
    endings: Sequence[Ending], batches: Batches
) -> Iterator[tuple[Ending, Sequence[Item]]]:
    """Slices with their items, but for those whose content is lost: nothing can work them."""
    for ending in endings:
        work = ending.work
        try:
            part = batches.part(work)
        except DataLost:
            telemetry.logger.exception("not replayed", extra={"slice": work.name})
        else:
            yield ending, [one for one in part.items if shard(one.key, part.shards) == work.shard]


def _later(
    contents: Sequence[tuple[Ending, Sequence[Item]]], batches: Replays
) -> Mapping[str, int]:
    keys = {one.key for ending, items in contents for _, one in _failed(ending, items)}
    if not keys:
        return {}
    first = min((ending.work for ending, _ in contents), key=lambda work: work.accepted_us)
    return batches.named_later(first.batch, keys, first.accepted_us)


def _failed(ending: Ending, items: Sequence[Item]) -> Iterator[tuple[int, Item]]:
    """The items of a slice that failed through our fault alone, with their places."""
    for place, (one, outcome) in enumerate(zip(items, ending.outcomes, strict=True)):
        if outcome.fate.ours and not one.fault:
            yield place, one


def _kept(
    ending: Ending,
    items: Sequence[Item],
    later: Mapping[str, int],
    records: Records,
    late_fate: Fate,
) -> Sequence[Outcome]:
    """A slice's outcomes, with those items settled that come too late: with this fate.

    But for those whose records the slice wrote before it failed: it tells, when it is
    worked again, what it did to them.
    """
    work, outcomes = ending.work, list(ending.outcomes)
    late = [
        (place, one.key)
        for place, one in _failed(ending, items)
        if later.get(one.key, 0) > work.accepted_us
    ]
    keys = sorted({key for _, key in late})
    known = records.read(work, keys, contents=False)
    for place, key in late:
        before = known.get(key)
        if before is None or before.written_by != work.mark:
            outcomes[place] = Outcome(late_fate, before.number if before else 0)
    return outcomes
