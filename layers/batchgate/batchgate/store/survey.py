"""The batches' table as whoever runs the gateway sees it: all batches, and what befell them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from batchgate.model import BatchId
from batchgate.store import layout
from batchgate.store.lookups import Lookups
from batchgate.store.rows import n, number, s, scan


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A slice that was put back last at `at_us`, and how many of its items were."""

    part: str
    shard: int
    at_us: int
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What befell a batch: times in µs (UTC), 0 for what has not happened."""

    completed_us: int
    look_us: int
    """When the sweep looks after it next, while it has work left."""
    announced: bool
    replayed: Sequence[Replayed]


class Survey(Lookups):
    """The batches of all partners, to be looked through."""

    def everything(self) -> Iterator[BatchId]:
        """All batches of all partners. It reads the whole table."""
        rows = scan(
            self._table,
            FilterExpression="sk = :header AND #until > :now",
            ExpressionAttributeNames={"#until": "until"},
            ExpressionAttributeValues={
                ":header": s(layout.HEADER),
                ":now": n(self._clock() // 1_000_000),
            },
            ProjectionExpression="pk",
        )
        for row in rows:
            yield layout.batch_of(row["pk"]["S"])

    def history(self, batch: BatchId) -> History:
        """What befell a batch."""
        header = next(iter(self._query(batch, layout.HEADER)), {})
        return History(
            completed_us=number(header, "completed"),
            look_us=number(header, "due"),
            announced="announced" in header,
            replayed=[
                Replayed(
                    part=row["part"]["S"],
                    shard=number(row, "shard"),
                    at_us=number(row, "at"),
                    items=number(row, "items"),
                )
                for row in self._query(batch, "k/")
            ],
        )
