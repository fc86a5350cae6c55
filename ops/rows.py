"""Bring rows of a restored table back into the live one.

    python -m ops.rows compare <restored> <live> <partition>  say what differs, write nothing
    python -m ops.rows add <restored> <live> <partition>      write the rows that are missing
    python -m ops.rows replace <restored> <live> <partition>  write those that differ as well

`<partition>` is what the partition keys begin with: `acme#portfolio#` is one feed's, "" all.
Rows that only the live table has stay as they are.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3

type Row = dict[str, dict[str, Any]]

KEY = ("pk", "sk")
AT_ONCE = 100
"""How many keys one batch get may name."""


class Tables:
    """A table that was restored and the one that is in use."""

    def __init__(self, restored: str, live: str) -> None:
        self._client = boto3.client("dynamodb")
        self._restored = restored
        self._live = live

    def compared(self, partition: str) -> Iterator[tuple[str, Row]]:
        """Each restored row whose key begins so, with `same`, `missing` or `different`."""
        chunk: list[Row] = []
        for row in self._rows(partition):
            chunk.append(row)
            if len(chunk) == AT_ONCE:
                yield from self._judged(chunk)
                chunk = []
        yield from self._judged(chunk)

    def write(self, row: Row, *, over: bool) -> None:
        """Put a row into the live table; not over one that came meanwhile, unless told so."""
        guard = {} if over else {"ConditionExpression": "attribute_not_exists(pk)"}
        try:
            self._client.put_item(TableName=self._live, Item=row, **guard)
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _rows(self, partition: str) -> Iterator[Row]:
        wanted: dict[str, Any] = {"TableName": self._restored, "ConsistentRead": True}
        if partition:
            wanted |= {
                "FilterExpression": "begins_with(pk, :pk)",
                "ExpressionAttributeValues": {":pk": {"S": partition}},
            }
        for page in self._client.get_paginator("scan").paginate(**wanted):
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


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row[name]["S"] for name in KEY)


def _plain(row: Row) -> Row:
    """With sets in one order: DynamoDB gives them in any."""
    return {
        name: {kind: sorted(value) if kind in {"SS", "NS", "BS"} else value}
        for name, attribute in row.items()
        for kind, value in attribute.items()
    }


def bring(what: str, restored: str, live: str, partition: str) -> Counter[str]:
    """Compare, and write what `what` says; how many rows were the same, missing, different."""
    writes = {"compare": set(), "add": {"missing"}, "replace": {"missing", "different"}}[what]
    tables = Tables(restored, live)
    counts: Counter[str] = Counter()
    for state, row in tables.compared(partition):
        counts[state] += 1
        if state in writes:
            tables.write(row, over=what == "replace")
    return counts


def main(arguments: list[str]) -> int:
    """Do what is asked for; 1 and how to ask if that is not clear."""
    match arguments:
        case ["compare" | "add" | "replace" as what, restored, live, partition]:
            counts = bring(what, restored, live, partition)
            print(f"{counts['same']} the same, {counts['missing']} missing, ", end="")
            print(f"{counts['different']} different{'' if what == 'compare' else ' before'}")
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
