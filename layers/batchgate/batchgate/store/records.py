"""The current state of every key: one partition per shard, one row per key."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import batched, pairwise

from batchgate import aws
from batchgate.model import Record, Slice
from batchgate.store.packing import pack_record, unpack_record
from batchgate.store.rows import Row, b, get_all, n, put_all, s

TOMBSTONE_S = 15 * 86400
"""How long a removal is remembered: a day longer than a message can wait in a queue."""

GET = 100
"""How many keys DynamoDB reads in one call."""

KEY_BYTES = 1_024
"""How long a key DynamoDB takes; it refuses a whole call, reads too, for one that is longer."""

DENSE = 4
"""A range is read as a whole while at most so many of its rows are read per wanted key."""


def _shown(*, contents: bool) -> Row:
    return {"ProjectionExpression": "sk, m, c" if contents else "sk, m", "ConsistentRead": True}


class Records:
    """The records of all partners in one table.

    Reads are strongly consistent: a stale one would lose an update. Writes are
    unconditional: a shard has one writer at a time.
    """

    def __init__(self, table: str, clock: Callable[[], int]) -> None:
        """Keep records in this table; `clock` tells the UTC time in µs."""
        self._table = table
        self._clock = clock

    def read(self, work: Slice, keys: Sequence[str], *, contents: bool) -> dict[str, Record]:
        """The records of these keys, with their contents if asked; absent keys are left out.

        Keys that come in order, as dumps do, lie side by side: one range read costs a
        unit per 4 KB, where single keys cost a unit each. A range that turns out sparse
        is left after one page of as many rows as keys were wanted. A key that no record
        can have is absent.

        Raises:
            Busy: DynamoDB refused for load.
        """
        partition = _partition(work)
        keys = [key for key in keys if len(key.encode()) <= KEY_BYTES]
        if _ascending(keys):
            found, rest = self._range(partition, sorted(keys), _shown(contents=contents))
        else:
            found, rest = {}, list(keys)
        for chunk in batched(rest, GET, strict=False):
            wanted = [{"pk": s(partition), "sk": s(key)} for key in chunk]
            found |= {
                r.key: r
                for r in map(_record, get_all(self._table, wanted, **_shown(contents=contents)))
            }
        return found

    def _range(
        self, partition: str, keys: list[str], shown: Row
    ) -> tuple[dict[str, Record], list[str]]:
        found: dict[str, Record] = {}
        rest = keys
        while rest:
            with aws.busy():
                page = aws.client("dynamodb").query(
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
                    ExpressionAttributeValues={
                        ":pk": s(partition),
                        ":first": s(rest[0]),
                        ":last": s(rest[-1]),
                    },
                    Limit=len(rest) + len(rest) // DENSE + 1,
                    **shown,
                )
            wanted = set(rest)
            found |= {r.key: r for r in map(_record, page["Items"]) if r.key in wanted}
            if "LastEvaluatedKey" not in page:
                return found, []
            # Python orders strings by code point, which is DynamoDB's order, by UTF-8 bytes.
            after = [key for key in rest if key > page["LastEvaluatedKey"]["sk"]["S"]]
            dense = (len(rest) - len(after)) * DENSE >= len(page["Items"])
            rest = after
            if not dense:
                break
        return found, rest

    def write(self, work: Slice, records: Iterable[Record]) -> set[str]:
        """Write all of these; the keys of those that DynamoDB can't hold.

        Raises:
            Busy: some may be written and some not.
        """
        partition = s(_partition(work))
        expires = n(self._clock() // 1_000_000 + TOMBSTONE_S)
        rows = (
            {"pk": partition, "sk": s(record.key), "m": b(pack_record(record))}
            | ({"expires": expires} if record.removed else {"c": b(record.content)})
            for record in records
        )
        return {row["sk"]["S"] for row in put_all(self._table, rows)}

    def scan(self, work: Slice, after: str) -> Iterator[tuple[Sequence[Record], str]]:
        """A slice's shard, page by page after a key; with each page the last key looked at.

        The last page has no last key: "".
        """
        how: Row = (
            {} if not after else {"ExclusiveStartKey": {"pk": s(_partition(work)), "sk": s(after)}}
        )
        while True:
            with aws.busy():
                page = aws.client("dynamodb").query(
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": s(_partition(work))},
                    **_shown(contents=False),
                    **how,
                )
            following = page.get("LastEvaluatedKey")
            yield [_record(row) for row in page["Items"]], following["sk"]["S"] if following else ""
            if not following:
                return
            how["ExclusiveStartKey"] = following

    def numbers(self, count: int, of: str = "") -> range:
        """So many integers that nothing of this kind in this deployment has had or will have."""
        with aws.busy():
            answer = aws.client("dynamodb").update_item(
                TableName=self._table,
                Key={"pk": s("#numbers"), "sk": s(f"#{of}")},
                UpdateExpression="ADD #last :count",
                ExpressionAttributeNames={"#last": "last"},
                ExpressionAttributeValues={":count": n(count)},
                ReturnValues="UPDATED_NEW",
            )
        last = int(answer["Attributes"]["last"]["N"])
        return range(last - count + 1, last + 1)


def _partition(work: Slice) -> str:
    return f"{work.batch.partner}#{work.batch.feed}#{work.shard}"


def _record(row: Row) -> Record:
    return unpack_record(row["sk"]["S"], row["m"]["B"], row["c"]["B"] if "c" in row else b"")


def _ascending(keys: Sequence[str]) -> bool:
    """Whether nearly all keys come in order, as in a dump."""
    falls = sum(1 for before, after in pairwise(keys) if after < before)
    return falls * 10 <= len(keys)
