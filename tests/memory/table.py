"""One of DynamoDB's tables in memory, with its indexes."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.memory.expressions import condition, value

type Row = dict[str, Any]
type Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Index:
    """A table's secondary index; `shown` is `None` for all attributes."""

    hash: str
    range: str
    shown: frozenset[str]


@dataclass(slots=True)
class Table:
    """One table: rows by their partition and sort keys, and by each index's partitions."""

    indexes: Mapping[str, Index]
    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    found: dict[tuple[str, str], dict[Key, Row]] = field(default_factory=lambda: defaultdict(dict))

    def get(self, key: Row) -> Row | None:
        """The row with this key."""
        return self.rows[key["pk"]["S"]].get(key["sk"]["S"])

    def put(self, row: Row) -> None:
        """Write a row, whatever was there."""
        self.delete(row)
        pk, sk = row["pk"]["S"], row["sk"]["S"]
        self.rows[pk][sk] = row
        for name, index in self.indexes.items():
            if index.hash in row and index.range in row:
                self.found[name, row[index.hash]["S"]][pk, sk] = row

    def delete(self, key: Row) -> None:
        """Delete a row, if it is there."""
        pk, sk = key["pk"]["S"], key["sk"]["S"]
        before = self.rows[pk].pop(sk, None)
        for name, index in self.indexes.items():
            if before and index.hash in before:
                self.found[name, before[index.hash]["S"]].pop((pk, sk), None)

    def all(self) -> Iterator[Row]:
        """Every row."""
        for rows in self.rows.values():
            yield from list(rows.values())

    def matching(self, given: Row) -> Iterable[Row]:
        """The rows of a query or scan, in their order."""
        how, names = given.get("KeyConditionExpression"), given.get("ExpressionAttributeNames", {})
        values = given.get("ExpressionAttributeValues", {})
        if how is None:
            return sorted(self.all(), key=self.place(""))
        # Every key condition here names the partition first.
        name, sign, token = how.split()[:3]
        assert sign == "="
        partition = values[token]["S"]
        if "IndexName" in given:
            index = self.indexes[given["IndexName"]]
            assert names.get(name, name) == index.hash
            kept = self.found[given["IndexName"], partition].values()
            rows = sorted(kept, key=self.place(given["IndexName"]))
            rows = [{at: one[at] for at in one.keys() & index.shown} for one in rows]
        else:
            assert name == "pk"
            rows = [row for _, row in sorted(self.rows[partition].items())]
        holds = condition(how)
        return [row for row in rows if holds(row, names, values)]

    def place(self, index: str) -> Callable[[Row], Any]:
        """Where rows lie in the table, or in an index of it."""
        if not index:
            return key_of
        of = self.indexes[index].range
        return lambda row: (value(row[of]), *key_of(row))


def key_of(row: Row) -> Key:
    return row["pk"]["S"], row["sk"]["S"]


def index_of(described: Row) -> Index:
    """The index of this description, as `create_table` takes it."""
    names = {key["KeyType"]: key["AttributeName"] for key in described["KeySchema"]}
    shown = {"pk", "sk", *names.values()} | {
        *described["Projection"].get("NonKeyAttributes", ()),
    }
    return Index(names["HASH"], names["RANGE"], frozenset(shown))
