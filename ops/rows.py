"""Bring rows of a restored table back into the live one.

    python -m ops.rows compare <restored> <live> <partition>  say what differs
    python -m ops.rows add <restored> <live> <partition>      the rows that are missing
    python -m ops.rows replace <restored> <live> <partition>  those that differ as well

`add` and `replace` say what they would write; with `--yes` they write it. `<partition>` is
what the partition keys begin with and ends in `#`: `acme#portfolio#` is one feed's. With
`--exactly` it is one whole key, `acme` in the partners table; `"" --all` is every row.
Rows that only the live table has stay as they are. What was removed since the restored
moment may live again: a row that is missing does not tell why.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from ops.asking import UNDONE, add_yes

type Row = dict[str, dict[str, Any]]

KEY = ("pk", "sk")
AT_ONCE = 100
"""How many keys one batch get may name."""

WRITES: Mapping[str, frozenset[str]] = {
    "compare": frozenset(),
    "add": frozenset({"missing"}),
    "replace": frozenset({"missing", "different"}),
}
"""Which rows each verb writes."""


class Unsafe(Exception):
    """What was asked for is most likely a slip; nothing was read or written."""


@dataclass(frozen=True, slots=True)
class Partition:
    """The rows that are meant: of keys that begin so, or of this one key `exactly`."""

    key: str
    exactly: bool = False

    @property
    def filter(self) -> dict[str, Any]:
        """What limits a scan to them; nothing where all are meant."""
        if not self.key:
            return {}
        return {
            "FilterExpression": "pk = :pk" if self.exactly else "begins_with(pk, :pk)",
            "ExpressionAttributeValues": {":pk": {"S": self.key}},
        }

    def __str__(self) -> str:
        if not self.key:
            return "all partitions"
        return f"the partition {self.key}" if self.exactly else f"partitions {self.key}…"


class Tables:
    """A table that was restored and the one that is in use.

    Raises:
        Unsafe: they are the same, not both there, not keyed as ours are, or the restored
            one is a copy of another table.
    """

    def __init__(self, restored: str, live: str) -> None:
        self._client = boto3.client("dynamodb")
        self._restored = restored
        self._live = live
        self._check()

    def _check(self) -> None:
        copy, live = self._described(self._restored), self._described(self._live)
        if copy["TableArn"] == live["TableArn"]:
            raise Unsafe(f"{self._restored} and {self._live} are the same table")
        if _source(live) == copy["TableArn"]:
            raise Unsafe(f"{self._live} is the copy: the restored table comes first")
        if _source(copy) not in {None, live["TableArn"]}:
            raise Unsafe(f"{self._restored} is a copy of {_source(copy)}, not of {self._live}")

    def _described(self, name: str) -> dict[str, Any]:
        try:
            table: dict[str, Any] = self._client.describe_table(TableName=name)["Table"]
        except self._client.exceptions.ResourceNotFoundException:
            raise Unsafe(f"there is no table {name}") from None
        keys = tuple(one["AttributeName"] for one in table["KeySchema"])
        if keys != KEY:
            raise Unsafe(f"{name} has the key {', '.join(keys)}, not {', '.join(KEY)}")
        return table

    def compared(self, partition: Partition) -> Iterator[tuple[str, Row]]:
        """Each restored row that is meant, with `same`, `missing` or `different`."""
        chunk: list[Row] = []
        for row in self._rows(partition):
            chunk.append(row)
            if len(chunk) == AT_ONCE:
                yield from self._judged(chunk)
                chunk = []
        yield from self._judged(chunk)

    def write(self, row: Row, *, over: bool) -> bool:
        """Put a row into the live table; not over one that came meanwhile, unless told so."""
        guard = {} if over else {"ConditionExpression": "attribute_not_exists(pk)"}
        try:
            self._client.put_item(TableName=self._live, Item=row, **guard)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _rows(self, partition: Partition) -> Iterator[Row]:
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._restored, ConsistentRead=True, **partition.filter
        )
        for page in pages:
            yield from page["Items"]

    def _judged(self, rows: list[Row]) -> Iterator[tuple[str, Row]]:
        live = self._held([{name: row[name] for name in KEY} for row in rows])
        for row in rows:
            there = live.get(_key(row))
            if there is None:
                yield "missing", row
            else:
                yield "same" if _plain(there) == _plain(row) else "different", row

    def _held(self, keys: list[Row]) -> dict[tuple[str, ...], Row]:
        found: dict[tuple[str, ...], Row] = {}
        asked = {self._live: {"Keys": keys, "ConsistentRead": True}} if keys else {}
        while asked:
            answer = self._client.batch_get_item(RequestItems=asked)
            found |= {_key(row): row for row in answer["Responses"].get(self._live, [])}
            asked = answer["UnprocessedKeys"]
        return found


def _source(table: dict[str, Any]) -> str | None:
    """The table that this one is a copy of, as DynamoDB tells it (an ARN)."""
    found: str | None = table.get("RestoreSummary", {}).get("SourceTableArn")
    return found


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row[name]["S"] for name in KEY)


def _plain(row: Row) -> Row:
    """With sets in one order: DynamoDB gives them in any."""
    return {
        name: {kind: sorted(value) if kind in {"SS", "NS", "BS"} else value}
        for name, attribute in row.items()
        for kind, value in attribute.items()
    }


def bring(what: str, tables: Tables, partition: Partition, *, yes: bool) -> Counter[str]:
    """Compare, and write what `what` says if `yes`.

    How many rows were `same`, `missing`, `different`; how many are `due` by `what`, and how
    many were `written`.
    """
    counts: Counter[str] = Counter()
    for state, row in tables.compared(partition):
        counts[state] += 1
        if state in WRITES[what]:
            counts["due"] += 1
            counts["written"] += yes and tables.write(row, over=what == "replace")
    return counts


def main(arguments: list[str]) -> int:
    """Do what is asked for; 3 if something is due and was not written, for want of `--yes`."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        partition = _partition(asked)
        tables = Tables(asked.restored, asked.live)
    except Unsafe as error:
        parser.error(str(error))
    counts = bring(asked.what, tables, partition, yes=asked.yes)
    states = ", ".join(
        f"{counts[name]} {word}"
        for name, word in (("same", "the same"), ("missing", "missing"), ("different", "different"))
    )
    print(f"{partition}, {asked.restored} against {asked.live}: {states}")
    if asked.yes and WRITES[asked.what]:
        print(f"Rows written into {asked.live}: {counts['written']} of {counts['due']}.")
    elif counts["due"]:
        print(f"Rows to write into {asked.live}: {counts['due']}. Nothing was written: say --yes.")
        print("What was removed since would live again: docs/operations.md tells when.")
        return UNDONE
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ops.rows",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=WRITES)
    for name in ("restored", "live", "partition"):
        parser.add_argument(name)
    parser.add_argument("--exactly", action="store_true", help="<partition> is a whole key")
    parser.add_argument("--all", action="store_true", help='every row; <partition> is ""')
    add_yes(parser)
    return parser


def _partition(asked: argparse.Namespace) -> Partition:
    key: str = asked.partition
    if asked.all != (not key):
        raise Unsafe('every row is meant by "" and --all together')
    if key and not asked.exactly and not key.endswith("#"):
        raise Unsafe(f"{key} may begin other names, too: end it in #, or say --exactly")
    return Partition(key, exactly=asked.exactly)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
