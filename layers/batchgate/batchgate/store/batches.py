"""Batches, their parts and their outcomes."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from botocore.exceptions import ClientError

from batchgate import aws
from batchgate.engine.lifecycle import PATIENCE_US
from batchgate.engine.ports import StoredPart
from batchgate.errors import BatchMismatch, ContentConflict, DataLost
from batchgate.model import BatchId, Outcome, Part, Receipt, Slice, Tally
from batchgate.store import layout
from batchgate.store.lookups import Lookups
from batchgate.store.packing import pack_outcomes, pack_part, unpack_part
from batchgate.store.rows import Row, b, if_absent, n, number, put_all, query, s, transact

KEPT_PARTS = 16
"""How many unpacked parts a warm function keeps: all slices of one invocation."""


class Batches(Lookups):
    """All that is written of batches, and what the writers read."""

    def __init__(self, table: str, days: int, clock: Callable[[], int]) -> None:
        """Keep batches in this table for so many days; `clock` tells the UTC time in µs."""
        super().__init__(table, clock)
        self._days = days
        self._unpacked = lru_cache(maxsize=KEPT_PARTS)(self._fetch_part)

    def admit(self, part: Part, now_us: int) -> Receipt:
        """Make a part durable and count its items as accepted, once.

        The packed items lie under their own digest, so they can be written before it is
        known whether the part is new: one transaction then counts the part and makes
        them part of the batch. What is left over where it is refused expires.

        Raises:
            ContentConflict: the part's name was used before, with other content.
            BatchMismatch: the batch has another method or size, or no room for the part.
            Busy: nothing was accepted; the same call may go through later.
        """
        digest, chunks = pack_part(part)
        pk, expires = s(layout.partition(part.batch)), self._expires(now_us)
        rows = [
            {"pk": pk, "sk": s(layout.data_key(part.name, digest, at)), "c": b(chunk)} | expires
            for at, chunk in enumerate(chunks)
        ]
        if put_all(self._table, rows):
            raise DataLost("a part that DynamoDB can't hold")
        meta = layout.meta_row(part, digest, len(chunks), now_us) | expires
        before = self._count_in(part, meta, now_us)
        if before is None:
            return Receipt(batch=part.batch, slices=layout.slices_of(meta), repeated=False)
        if before["digest"]["S"] != digest:
            raise ContentConflict(part.name)
        return Receipt(batch=part.batch, slices=layout.slices_of(before, again=1), repeated=True)

    def _count_in(self, part: Part, meta: Row, now_us: int) -> Row | None:
        """Add a part to its batch; the part's earlier row if it was there before."""
        size, partition = len(part.items), layout.partition(part.batch)
        if size > part.declared:
            raise BatchMismatch(part.batch.batch)
        first = {
            "owner": s(f"{part.batch.partner}#{part.batch.feed}"),
            "at": n(now_us),
            "batch": s(part.batch.batch),
            "method": s(part.method),
            "declared": n(part.declared),
            "state": s("open"),
            "open": s(str(layout.bucket(partition))),
            "due": n(now_us + PATIENCE_US),
            "expires": meta["expires"],
        }
        header = {
            "Key": {"pk": meta["pk"], "sk": s(layout.HEADER)},
            "UpdateExpression": "SET "
            + ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in first)
            + " ADD accepted :size",
            "ConditionExpression": "attribute_not_exists(pk) OR "
            "(#method = :method AND #declared = :declared AND accepted <= :room)",
            "ExpressionAttributeNames": {f"#{name}": name for name in first},
            "ExpressionAttributeValues": {f":{name}": value for name, value in first.items()}
            | {":size": n(size), ":room": n(part.declared - size)},
        }
        refused = transact(self._table, {"Put": if_absent(meta)}, {"Update": header})
        if refused is None:
            return None
        if refused[0]["Code"] == "ConditionalCheckFailed":
            return dict(refused[0]["Item"])
        raise BatchMismatch(part.batch.batch)

    def part(self, work: Slice) -> StoredPart:
        """The part that a slice belongs to; `DataLost` if it isn't there whole."""
        return self._unpacked(work.batch, work.part, work.digest, work.chunks)

    def _fetch_part(self, batch: BatchId, part: str, digest: str, chunks: int) -> StoredPart:
        rows = self._query(batch, layout.data_key(part, digest, 0)[:-3], ProjectionExpression="c")
        packed = [row["c"]["B"] for row in rows]
        if len(packed) != chunks:
            raise DataLost("a part's rows are missing")
        return unpack_part(packed)

    def ended(self, work: Slice) -> bool:
        """Whether the slice has its outcomes already."""
        # A prefix, for shard 1, of shard 10's too.
        key = layout.outcome_key(work.part, work.shard)
        rows = self._query(work.batch, key, ProjectionExpression="sk")
        return any(row["sk"]["S"] == key for row in rows)

    def attempt(self, work: Slice) -> int:
        """Count one more try at a slice that failed before; how many that makes."""
        answer = self._update(
            work.batch,
            layout.attempt_key(work.part, work.shard),
            UpdateExpression="SET expires = :expires ADD tries :one",
            ExpressionAttributeValues={":one": n(1), ":expires": self._expires()["expires"]},
            ReturnValues="UPDATED_NEW",
        )
        return number(answer["Attributes"], "tries")

    def close_slice(self, work: Slice, outcomes: Sequence[Outcome]) -> bool:
        """Keep a slice's outcomes and count them, once; `False` if it already had.

        Both writes are one transaction: a message that SQS delivers twice finds the
        outcomes in place, and nothing is counted twice.

        Raises:
            Busy: DynamoDB refused for load; the message should come again.
        """
        pk, expires = s(layout.partition(work.batch)), self._expires()
        row = {
            "pk": pk,
            "sk": s(layout.outcome_key(work.part, work.shard)),
            "o": b(pack_outcomes(outcomes)),
        }
        counts = layout.counters(Tally.of(outcomes))
        tally = {
            "Key": {"pk": pk, "sk": s(layout.tally_key(work.shard))},
            "UpdateExpression": "SET expires = :expires ADD "
            + ", ".join(f"{name} :{name}" for name in counts),
            "ExpressionAttributeValues": {f":{name}": n(count) for name, count in counts.items()}
            | {":expires": expires["expires"]},
        }
        return transact(self._table, {"Put": if_absent(row | expires)}, {"Update": tally}) is None

    def complete(self, batch: BatchId, tally: Tally, now_us: int) -> bool:
        """Mark a batch as completed; `True` for the one caller who did it."""
        counts = {name: n(count) for name, count in layout.counters(tally).items()}
        try:
            self._update(
                batch,
                layout.HEADER,
                UpdateExpression="SET #state = :completed, completed = :now, counts = :counts",
                ConditionExpression="#state = :open",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={
                    ":completed": s("completed"),
                    ":open": s("open"),
                    ":now": n(now_us),
                    ":counts": {"M": counts},
                },
            )
        except ClientError as error:
            if aws.code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def announced(self, batch: BatchId) -> None:
        """Remember that the completion was announced: nothing is left to do for the batch."""
        self._update(
            batch,
            layout.HEADER,
            UpdateExpression="REMOVE #open, due",
            ExpressionAttributeNames={"#open": "open"},
        )

    def due(self, now_us: int) -> Iterator[BatchId]:
        """Batches with work left that are to be looked at by now."""
        for bucket in range(layout.BUCKETS):
            rows = query(
                self._table,
                IndexName="open",
                KeyConditionExpression="#open = :bucket AND due <= :now",
                ExpressionAttributeNames={"#open": "open"},
                ExpressionAttributeValues={":bucket": s(str(bucket)), ":now": n(now_us)},
            )
            for row in rows:
                yield layout.batch_of(row["pk"]["S"])

    def unworked(self, batch: BatchId) -> Sequence[Slice]:
        """All slices of a batch that have no outcomes yet, oldest first.

        They come marked as queued again, by the minute: SQS drops a message whose like
        it had within five minutes.
        """
        minutes = self._clock() // 60_000_000
        metas = sorted(self._query(batch, "m/"), key=lambda row: number(row, "at"))
        ended = {row["sk"]["S"] for row in self._query(batch, "o/", ProjectionExpression="sk")}
        return [
            work
            for meta in metas
            for work in layout.slices_of(meta, again=minutes - number(meta, "at") // 60_000_000)
            if layout.outcome_key(work.part, work.shard) not in ended
        ]

    def look_again(self, batch: BatchId, due_us: int) -> None:
        """Have `due` name the batch again from then on."""
        self._update(
            batch,
            layout.HEADER,
            UpdateExpression="SET due = :due",
            ExpressionAttributeValues={":due": n(due_us)},
        )

    def _expires(self, now_us: int | None = None) -> Row:
        now = self._clock() if now_us is None else now_us
        return {"expires": n(now // 1_000_000 + self._days * 86_400)}

    def _update(self, batch: BatchId, key: str, **how: Any) -> Any:
        with aws.busy():
            return aws.client("dynamodb").update_item(
                TableName=self._table,
                Key={"pk": s(layout.partition(batch)), "sk": s(key)},
                **how,
            )
