"""DynamoDB's tables in memory: as much of them as the gateway's store asks for.

Tests that play thousands of steps run the real store on these, where moto takes some
milliseconds a call. What they can't do is refused loudly.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.memory.expressions import changes, condition, projected, updated
from tests.memory.table import Row, Table, index_of, key_of

KEY_BYTES, ROW_BYTES, WRITES, READS, ACTIONS = 1_024, 409_600, 25, 100, 100


class Refused(Exception):
    """What DynamoDB refuses, as its answer."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code, self.more = code, more


class _There(dict[str, Table]):
    """The tables that are there, by name."""

    def __missing__(self, name: str) -> Table:
        raise Refused("ResourceNotFoundException")


class Tables:
    """All tables.

    `page` is how many rows a query or scan reads at once, `touched` the partitions that were
    written to since somebody emptied it, `refused` the sort keys under which no content can be
    put.
    """

    def __init__(self, described: Mapping[str, Row], page: int = 10_000) -> None:
        """Empty tables of these descriptions, as `create_table` takes them."""
        self._described = described
        self.page = page
        self.touched: set[str] = set()
        self.refused: set[str] = set()
        self.tables = _There()
        self.empty(*described)

    def empty(self, *names: str) -> None:
        """Have these tables again without their rows."""
        for name in names:
            described = self._described[name].get("GlobalSecondaryIndexes", ())
            self.tables[name] = Table({one["IndexName"]: index_of(one) for one in described})

    def expired(self, now_s: int) -> Iterator[tuple[str, Row]]:
        """All rows whose time to live is over, with their tables."""
        for name, table in self.tables.items():
            for row in list(table.all()):
                if "expires" in row and int(row["expires"]["N"]) <= now_s:
                    yield name, row

    def answer(self, operation: str, given: Row) -> Row:
        """What DynamoDB answers; `Refused` for what it refuses."""
        match operation:
            case "GetItem":
                found = self.tables[given["TableName"]].get(given["Key"])
                return {"Item": dict(found)} if found else {}
            case "Query" | "Scan":
                return self._page(given)
            case "BatchGetItem":
                return self._get_all(given["RequestItems"])
            case "BatchWriteItem":
                return self._put_all(given["RequestItems"])
            case "PutItem":
                return self._act([{"Put": given}])
            case "DeleteItem":
                return self._act([{"Delete": given}])
            case "UpdateItem":
                return self._act([{"Update": given}])
            case "TransactWriteItems":
                return self._transact(given["TransactItems"])
        raise NotImplementedError(operation)

    def _page(self, given: Row) -> Row:
        table = self.tables[given["TableName"]]
        rows, forward = list(table.matching(given)), given.get("ScanIndexForward", True)
        if "ExclusiveStartKey" in given:  # the row that it names may be gone, or elsewhere
            place = table.place(given.get("IndexName", ""))
            last = place(given["ExclusiveStartKey"])
            rows = [row for row in rows if (place(row) > last if forward else place(row) < last)]
        if not forward:
            rows.reverse()
        most = min(self.page, given.get("Limit", self.page))
        page, more = rows[:most], len(rows) > most or len(rows) == given.get("Limit")
        names = given.get("ExpressionAttributeNames", {})
        values = given.get("ExpressionAttributeValues", {})
        holds = condition(given["FilterExpression"]) if "FilterExpression" in given else None
        items = [
            projected(row, given.get("ProjectionExpression", ""), names)
            for row in page
            if holds is None or holds(row, names, values)
        ]
        answer: Row = {"Items": items, "Count": len(items), "ScannedCount": len(page)}
        if more:
            index = table.indexes[given["IndexName"]] if "IndexName" in given else None
            wanted = ["pk", "sk", *((index.hash, index.range) if index else ())]
            answer["LastEvaluatedKey"] = {name: page[-1][name] for name in wanted}
        return answer

    def _get_all(self, wanted: Row) -> Row:
        ((name, how),) = wanted.items()
        _check(len(how["Keys"]) <= READS, *how["Keys"])
        found = [row for key in how["Keys"] if (row := self.tables[name].get(key))]
        shown = how.get("ProjectionExpression", "")
        names = how.get("ExpressionAttributeNames", {})
        rows = [projected(row, shown, names) for row in found]
        return {"Responses": {name: rows}, "UnprocessedKeys": {}}

    def _put_all(self, given: Row) -> Row:
        ((name, requests),) = given.items()
        rows = [one["PutRequest"]["Item"] for one in requests]
        keys = {key_of(row) for row in rows}
        held = not any(row["sk"]["S"] in self.refused and "c" in row for row in rows)
        _check(held and len(rows) <= WRITES and len(keys) == len(rows), *rows)
        for row in rows:
            self.touched.add(row["pk"]["S"])
            self.tables[name].put(dict(row))
        return {"UnprocessedItems": {}}

    def _act(self, actions: list[Row]) -> Row:
        """Do one thing that has one row."""
        try:
            self._transact(actions)
        except Refused as refused:
            if refused.code != "TransactionCanceledException":
                raise
            raise Refused("ConditionalCheckFailedException") from refused
        ((kind, how),) = actions[0].items()
        if kind != "Update" or how.get("ReturnValues") != "UPDATED_NEW":
            return {}
        after = self.tables[how["TableName"]].get(how["Key"]) or {}
        names = how.get("ExpressionAttributeNames", {})
        touched = {names.get(token, token) for _, token, _ in changes(how["UpdateExpression"])}
        return {"Attributes": {name: after[name] for name in touched}}

    def _transact(self, actions: list[Row]) -> Row:
        done: list[tuple[Table, str, Row]] = []
        reasons: list[Row] = []
        keys = [key_of(how.get("Item", how.get("Key"))) for one in actions for how in one.values()]
        _check(len(actions) <= ACTIONS and len(set(keys)) == len(keys))
        for one in actions:
            ((kind, how),) = one.items()
            table = self.tables[how["TableName"]]
            key = how["Item"] if kind == "Put" else how["Key"]
            _check(True, key)
            before = table.get(key)
            reasons.append(_reason(how, before))
            if kind == "Update":
                done.append((table, kind, _after(how, before)))
            elif kind != "ConditionCheck":
                done.append((table, kind, dict(key)))
        if any(one["Code"] != "None" for one in reasons):
            raise Refused("TransactionCanceledException", CancellationReasons=reasons)
        for table, kind, row in done:
            self.touched.add(row["pk"]["S"])
            table.delete(row) if kind == "Delete" else table.put(row)
        return {}


def _after(how: Row, before: Row | None) -> Row:
    names = how.get("ExpressionAttributeNames", {})
    values = how.get("ExpressionAttributeValues", {})
    return updated(before or dict(how["Key"]), how["UpdateExpression"], names, values)


def _reason(how: Row, before: Row | None) -> Row:
    """Why an action can't be done, as a transaction tells it."""
    names = how.get("ExpressionAttributeNames", {})
    values = how.get("ExpressionAttributeValues", {})
    text = how.get("ConditionExpression")
    if text is None or condition(text)(before or {}, names, values):
        return {"Code": "None"}
    told = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    if before and how.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
        return told | {"Item": dict(before)}
    return told


def _check(allowed: bool, *rows: Row) -> None:
    """Refuse what breaks one of DynamoDB's limits."""
    small = all(
        0 < len(row["sk"]["S"].encode()) <= KEY_BYTES and _size(row) <= ROW_BYTES for row in rows
    )
    if not allowed or not small:
        raise Refused("ValidationException")


def _size(row: Row) -> int:
    """Bytes of a row's names, and of its texts and binaries, which are what may be large."""
    values = (value for typed in row.values() for value in typed.values())
    return sum(map(len, row)) + sum(
        len(one.encode() if isinstance(one, str) else one)
        for one in values
        if isinstance(one, str | bytes)
    )
