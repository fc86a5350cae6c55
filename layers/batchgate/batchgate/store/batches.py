"""Batches, their parts and their outcomes."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from botocore.exceptions import ClientError

from batchgate import aws
from batchgate.engine.lifecycle import PATIENCE_US
from batchgate.engine.ports import StoredPart
from batchgate.model import BatchId, Outcome, Slice, Tally
from batchgate.store import layout
from batchgate.store.admission import UNREPLAYED, Admission
from batchgate.store.lookups import stored_as
from batchgate.store.packing import pack_outcomes
from batchgate.store.rows import Row, b, if_absent, n, number, query, s, transact

KEPT_PARTS = 16
"""How many unpacked parts a warm function keeps: all slices of one invocation."""


class Batches(Admission):
    """All that is written of batches, and what the writers read."""

    def __init__(self, table: str, days: int, clock: Callable[[], int]) -> None:
        """Batches of this table, kept for so many days; `clock` tells the UTC time in µs."""
        super().__init__(table, days, clock)
        self._unpacked = lru_cache(maxsize=KEPT_PARTS)(self._fetch_part)

    def part(self, work: Slice) -> StoredPart:
        """The part that a slice belongs to; `DataLost` if it isn't there whole."""
        return self._unpacked(*stored_as(work))

    def ended(self, work: Slice) -> bool:
        """Whether the slice has its outcomes already."""
        # A prefix, for shard 1, of shard 10's too.
        key = layout.outcome_key(work)
        rows = self._query(work.batch, key, ProjectionExpression="sk")
        return any(row["sk"]["S"] == key for row in rows)

    def failures(self, batch: BatchId) -> Sequence[tuple[str, str]]:
        """The keys of a batch's items that failed, each with its fate's letter."""
        results = self.results(batch)
        return [
            (item.key, str(outcome.fate))
            for item, outcome in (results.items if results else ())
            if outcome is not None and outcome.fate.failed
        ]

    def attempt(self, work: Slice, by: int = 1) -> int:
        """Count one more try at a slice that failed before, or one less; how many that makes."""
        answer = self._update(
            work.batch,
            layout.tries_key(work),
            UpdateExpression="SET expires = :expires ADD tries :more",
            ExpressionAttributeValues={
                ":more": n(by),
                ":expires": n(self._expires(work.accepted_us)),
            },
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
        pk, expires = s(layout.partition(work.batch)), n(self._expires(work.accepted_us))
        row = {
            "pk": pk,
            "sk": s(layout.outcome_key(work)),
            "o": b(pack_outcomes(outcomes)),
            "expires": expires,
        }
        counts = layout.counters(Tally.of(outcomes))
        tally = {
            "Key": {"pk": pk, "sk": s(layout.tally_key(work.shard))},
            "UpdateExpression": "SET expires = :expires ADD "
            + ", ".join(f"{name} :{name}" for name in counts),
            "ExpressionAttributeValues": {f":{name}": n(count) for name, count in counts.items()}
            | {":expires": expires},
        }
        return transact(self._table, {"Put": if_absent(row)}, {"Update": tally}) is None

    def complete(self, batch: BatchId, tally: Tally, now_us: int, replays: int = 0) -> bool:
        """Mark a batch as completed; `True` for the one caller who did it.

        Not if slices of it were put back more often than `replays` times: the tally is old.
        """
        counts = {name: n(count) for name, count in layout.counters(tally).items()}
        return self._enter(
            batch,
            "completed",
            unless="completed",
            change=", completed = :now, counts = :counts",
            values={":now": n(now_us), ":counts": {"M": counts}, ":replays": n(replays)},
            condition=UNREPLAYED,
        )

    def begin_clearing(self, batch: BatchId, now_us: int) -> bool:
        """Mark that a replacement's rows are all applied; `True` for the one caller who did it."""
        return self._enter(
            batch,
            "clearing",
            unless="clearing",
            change=", clearing = :now, due = :due",
            values={":now": n(now_us), ":due": n(now_us + PATIENCE_US)},
        )

    def _enter(
        self,
        batch: BatchId,
        state: str,
        *,
        unless: str,
        change: str = "",
        values: Row | None = None,
        condition: str = "attribute_exists(pk)",
    ) -> bool:
        return self._update_header(
            batch,
            "NOT #state IN (:completed, :unless)",
            condition,
            UpdateExpression=f"SET #state = :state{change}",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={
                ":state": s(state),
                ":completed": s("completed"),
                ":unless": s(unless),
            }
            | (values or {}),
        )

    def announced(self, batch: BatchId, corrections: int, *, ended: bool = True) -> None:
        """Remember that the completion was announced.

        Nothing is left to do for the batch then, unless some of it has not `ended`, or it was
        corrected more often than `corrections` times.
        """
        values = {":yes": {"BOOL": True}, ":completed": s("completed")}
        completed = "#state = :completed"  # a replay may have put slices back meanwhile
        if ended and self._update_header(
            batch,
            completed,
            "NOT corrections > :corrections",
            UpdateExpression="SET announced = :yes REMOVE #open, due",
            ExpressionAttributeNames={"#open": "open", "#state": "state"},
            ExpressionAttributeValues=values | {":corrections": n(corrections)},
        ):
            return
        self._update_header(
            batch,
            completed,
            UpdateExpression="SET announced = :yes",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues=values,
        )

    def due(self, now_us: int) -> Iterator[BatchId]:
        """Batches with work left that are to be looked at by now.

        Each minute begins at another bucket: a caller that runs out of time in one
        comes to the others first in the next.
        """
        for at in range(layout.BUCKETS):
            bucket = (now_us // 60_000_000 + at) % layout.BUCKETS
            rows = query(
                self._table,
                IndexName="open",
                KeyConditionExpression="#open = :bucket AND due <= :now",
                ExpressionAttributeNames={"#open": "open"},
                ExpressionAttributeValues={":bucket": s(str(bucket)), ":now": n(now_us)},
            )
            for row in rows:
                yield layout.batch_of(row["pk"]["S"])

    def begun(self, hour: int) -> Iterator[BatchId]:
        """Batches whose first part was accepted in this hour since 1970."""
        for bucket in range(layout.BUCKETS):
            rows = query(
                self._table,
                IndexName="begun",
                KeyConditionExpression="begun = :bucket",
                ExpressionAttributeValues={":bucket": s(layout.begun(hour, str(bucket)))},
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
            if layout.outcome_key(work) not in ended
        ]

    def look_again(self, batch: BatchId, due_us: int) -> None:
        """Have `due` name the batch again from then on."""
        self._update_header(
            batch,
            UpdateExpression="SET due = :due",
            ExpressionAttributeValues={":due": n(due_us)},
        )

    def forget(self, batch: BatchId, now_us: int) -> None:
        """Have `due` name a batch no more that has expired."""
        self._update_header(
            batch,
            "#until <= :now",
            UpdateExpression="REMOVE #open, due",
            ExpressionAttributeNames={"#open": "open", "#until": "until"},
            ExpressionAttributeValues={":now": n(now_us // 1_000_000)},
        )

    def _update_header(self, batch: BatchId, *conditions: str, **how: Any) -> bool:
        """Change a batch's header if it is there, and as it must be; whether it was."""
        condition = " AND ".join(["attribute_exists(pk)", *conditions])
        try:
            self._update(batch, layout.HEADER, ConditionExpression=condition, **how)
        except ClientError as error:
            if aws.code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _update(self, batch: BatchId, key: str, **how: Any) -> Any:
        with aws.busy():
            return aws.client("dynamodb").update_item(
                TableName=self._table,
                Key={"pk": s(layout.partition(batch)), "sk": s(key)},
                **how,
            )
