"""What can be looked up of batches: where they stand, what became of their items."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchgate import telemetry
from batchgate.engine.ports import StoredPart
from batchgate.errors import DataLost
from batchgate.model import BatchId, Item, Operation, Outcome, Slice, Standing, Tally, shard
from batchgate.store import layout
from batchgate.store.packing import unpack_outcomes, unpack_part
from batchgate.store.rows import Row, n, number, query, s

DAY_US = 86_400 * 1_000_000

LOST = Item("", Operation.UPSERT, b"")
"""What is left of an item whose part's content is lost: that it was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A batch as the list of a partner's batches shows it; `tally` once it is completed."""

    batch: BatchId
    accepted_us: int
    tally: Tally | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A batch's items in their order, each with its outcome or `None` while it is pending."""

    standing: Standing
    items: Sequence[tuple[Item, Outcome | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A part of a batch: its slices, and the outcomes of those that have ended, by shard."""

    name: str
    accepted_us: int
    slices: Sequence[Slice]
    ended: Mapping[int, Sequence[Outcome]]

    @property
    def failed(self) -> bool:
        """Whether any of its items failed."""
        return any(one.fate.failed for outcomes in self.ended.values() for one in outcomes)


class Lookups:
    """The batches of all partners in one table, for reading."""

    def __init__(self, table: str, days: int, clock: Callable[[], int]) -> None:
        """Batches of this table, kept for so many days; `clock` tells the UTC time in µs."""
        self._table = table
        self._days = days
        self._clock = clock

    def standing(self, batch: BatchId) -> Standing | None:
        """Where a batch stands now, read consistently; `None` if there is no such batch."""
        return layout.standing_of(list(self._query(batch, layout.HEADER)), self._clock())

    def results(self, batch: BatchId) -> Results | None:
        """A batch with all its items and outcomes; `None` if there is no such batch."""
        counted: list[Row] = []
        metas: list[Row] = []
        data: dict[str, list[bytes]] = {}
        outcomes: dict[str, Iterator[Outcome]] = {}
        for row in self._query(batch):
            sk = row["sk"]["S"]
            match sk[0]:
                case "#":
                    counted.append(row)
                case "m":
                    metas.append(row)
                case "o":
                    outcomes[sk] = iter(unpack_outcomes(row["o"]["B"]))
                case "p":
                    data.setdefault(sk[:-3], []).append(row["c"]["B"])
        standing = layout.standing_of(counted, self._clock())
        if standing is None:
            return None
        items = [
            one
            for meta in sorted(metas, key=lambda row: number(row, "at"))
            for one in _fates(meta, data, outcomes)
        ]
        return Results(standing=standing, items=items)

    def recent(self, partner: str, feed: str) -> Iterator[Listed]:
        """A partner's batches of a feed, newest first. Seconds may pass until one shows."""
        rows = query(
            self._table,
            IndexName="recent",
            KeyConditionExpression="#owner = :owner AND #at > :kept",
            ExpressionAttributeNames={"#owner": "owner", "#at": "at"},
            ExpressionAttributeValues={
                ":owner": s(f"{partner}#{feed}"),
                ":kept": n(self._clock() - self._days * DAY_US),
            },
            ScanIndexForward=False,
        )
        for row in rows:
            yield Listed(
                batch=layout.batch_of(row["pk"]["S"]),
                accepted_us=number(row, "at"),
                tally=layout.tally_of(row["counts"]["M"]) if "counts" in row else None,
            )

    def outcomes(self, slices: Sequence[Slice]) -> Sequence[Sequence[Outcome]] | None:
        """The outcomes of all slices of one part, or `None` while any is missing. One query."""
        one = slices[0]
        prefix = layout.outcomes_prefix(one.part, one.revision)
        ended = {row["sk"]["S"]: row["o"]["B"] for row in self._query(one.batch, prefix)}
        keys = [layout.outcome_key(work) for work in slices]
        if not all(key in ended for key in keys):
            return None
        return [unpack_outcomes(ended[key]) for key in keys]

    def parts(self, batch: BatchId) -> Sequence[Accepted]:
        """The parts of a batch in the order of their acceptance, with their outcomes."""
        packed = {row["sk"]["S"]: row["o"]["B"] for row in self._query(batch, "o/")}
        accepted = []
        for meta in self._query(batch, "m/"):
            slices = layout.slices_of(meta)
            keys = {work.shard: layout.outcome_key(work) for work in slices}
            accepted.append(
                Accepted(
                    name=meta["part"]["S"],
                    accepted_us=number(meta, "at"),
                    slices=slices,
                    ended={
                        of: unpack_outcomes(packed[key])
                        for of, key in keys.items()
                        if key in packed
                    },
                )
            )
        return sorted(accepted, key=lambda part: part.accepted_us)

    def items(self, part: Accepted) -> Sequence[tuple[Item, Outcome | None]]:
        """A part's items in their order, each with its outcome or `None` while it is pending."""
        stored = self._fetch_part(*stored_as(part.slices[0]))
        left = {of: iter(outcomes) for of, outcomes in part.ended.items()}
        nothing: Iterator[Outcome] = iter(())
        return [
            (item, next(left.get(shard(item.key, stored.shards), nothing), None))
            for item in stored.items
        ]

    def _fetch_part(self, batch: BatchId, part: str, digest: str, chunks: int) -> StoredPart:
        rows = self._query(batch, layout.data_key(part, digest, 0)[:-3], ProjectionExpression="c")
        packed = [row["c"]["B"] for row in rows]
        if len(packed) != chunks:
            raise DataLost("a part's rows are missing")
        return unpack_part(packed)

    def _query(self, batch: BatchId, prefix: str = "", **how: Any) -> Iterator[Row]:
        values = {":pk": s(layout.partition(batch))}
        condition = "pk = :pk"
        if prefix:
            condition += " AND begins_with(sk, :prefix)"
            values[":prefix"] = s(prefix)
        return query(
            self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
            **how,
        )


def _fates(
    meta: Row, data: Mapping[str, Sequence[bytes]], outcomes: Mapping[str, Iterator[Outcome]]
) -> Iterator[tuple[Item, Outcome | None]]:
    """A part's items in their order. Where its content is lost, they have lost their keys."""
    name, digest = meta["part"]["S"], meta["digest"]["S"]
    prefix = layout.outcomes_prefix(name, number(meta, "revision"))
    nothing: Iterator[Outcome] = iter(())
    try:
        part = unpack_part(data.get(layout.data_key(name, digest, 0)[:-3], ()))
        shards = [(item, shard(item.key, part.shards)) for item in part.items]
    except DataLost:
        # One part must not hide a batch, nor one batch all others of its partner.
        telemetry.logger.exception("a part's content is lost", extra={"row": meta["pk"]["S"]})
        slices = layout.slices_of(meta)
        shards = [(LOST, work.shard) for work in slices for _ in range(work.size)]
    for item, of in shards:
        yield item, next(outcomes.get(f"{prefix}{of}", nothing), None)


def stored_as(work: Slice) -> tuple[BatchId, str, str, int]:
    """What names a stored part."""
    return work.batch, work.part, work.digest, work.chunks
