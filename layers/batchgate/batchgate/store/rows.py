"""Rows of DynamoDB in its own notation, and the calls that every table needs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import batched
from typing import Any

from botocore.exceptions import ClientError

from batchgate import aws

type Row = dict[str, Any]

BATCH = 25
"""How many rows DynamoDB writes in one call."""


def s(text: str) -> Row:
    """A string attribute."""
    return {"S": text}


def n(number: int) -> Row:
    """A number attribute."""
    return {"N": str(number)}


def b(data: bytes) -> Row:
    """A binary attribute."""
    return {"B": data}


def number(row: Row, name: str) -> int:
    """A row's whole number, 0 where it has none."""
    return int(row[name]["N"]) if name in row else 0


def query(table: str, **how: Any) -> Iterator[Row]:
    """All rows of a query, page by page as they are taken.

    Raises:
        Busy: DynamoDB refused for load.
    """
    return _pages(aws.client("dynamodb").query, table, how)


def scan(table: str, **how: Any) -> Iterator[Row]:
    """All rows of a table that a filter lets through. All are read and paid for.

    Raises:
        Busy: DynamoDB refused for load.
    """
    return _pages(aws.client("dynamodb").scan, table, how)


def _pages(ask: Callable[..., Any], table: str, how: Row) -> Iterator[Row]:
    while True:
        with aws.busy():
            page = ask(TableName=table, **how)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        how["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def get_all(table: str, keys: Iterable[Row], **how: Any) -> Sequence[Row]:
    """The rows with these keys, at most a hundred; absent ones are left out.

    Raises:
        Busy: some could not be read, after several rounds.
    """
    found: list[Row] = []
    left: Any = {table: {"Keys": list(keys)} | how}
    for _ in aws.rounds("unprocessed keys"):
        with aws.busy():
            answer = aws.client("dynamodb").batch_get_item(RequestItems=left)
        found += answer["Responses"].get(table, [])
        left = answer.get("UnprocessedKeys")
        if not left:
            break
    return found


def if_absent(row: Row) -> Row:
    """A transaction's put that is refused, with the row it met, where there is one."""
    return {
        "Item": row,
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def transact(table: str, *actions: Row) -> Sequence[Row] | None:
    """Do all of this or nothing: `None` when done, or each action's reason why not.

    Raises:
        Busy: nothing was done, for load or because others wrote the same rows.
    """
    for action in actions:
        next(iter(action.values()))["TableName"] = table
    for _ in aws.rounds("transaction conflicts"):
        try:
            with aws.busy():
                aws.client("dynamodb").transact_write_items(TransactItems=actions)
        except ClientError as error:
            if aws.code(error) != "TransactionCanceledException":
                raise
            reasons: Sequence[Row] = error.response["CancellationReasons"]
            if any(reason["Code"] == "ConditionalCheckFailed" for reason in reasons):
                return reasons
        else:
            break
    return None


def put_all(table: str, rows: Iterable[Row]) -> Sequence[Row]:
    """Write rows, whatever was there; those that DynamoDB can't hold come back.

    Raises:
        Busy: some are written and some not, after several rounds.
    """
    refused: list[Row] = []
    for chunk in batched(rows, BATCH, strict=False):
        refused += _put(table, chunk)
    return refused


def _put(table: str, rows: Sequence[Row]) -> Sequence[Row]:
    left: Any = {table: [{"PutRequest": {"Item": row}} for row in rows]}
    try:
        for _ in aws.rounds("unprocessed items"):
            with aws.busy():
                answer = aws.client("dynamodb").batch_write_item(RequestItems=left)
            left = answer.get("UnprocessedItems")
            if not left:
                break
    except ClientError as error:
        if aws.code(error) != "ValidationException":
            raise
        # One row that can't be stored fails the whole call: find it by halves.
        if len(rows) == 1:
            return rows
        half = len(rows) // 2
        return [*_put(table, rows[:half]), *_put(table, rows[half:])]
    return []
