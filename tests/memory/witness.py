"""moto's DynamoDB, asked the same as the tables in memory, so that these can't say otherwise."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError

SHOWN = ("Item", "Items", "Attributes", "Responses", "LastEvaluatedKey", "CancellationReasons")


class Witness:
    """Tables in moto that are asked all that those in memory are asked."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        """Empty tables of these descriptions."""
        self._described = described
        self._client = boto3.client("dynamodb")
        self.asked: Counter[str] = Counter()
        for name, how in described.items():
            self._client.create_table(TableName=name, **how)

    def empty(self, names: Iterable[str]) -> None:
        """Have these tables again without their rows."""
        for name in names:
            self._client.delete_table(TableName=name)
            self._client.create_table(TableName=name, **self._described[name])

    def forget(self, table: str, row: Mapping[str, Any]) -> None:
        """Delete a row that has expired."""
        self._client.delete_item(TableName=table, Key={"pk": row["pk"], "sk": row["sk"]})

    def sees(self, operation: str, given: Mapping[str, Any], answered: Mapping[str, Any]) -> None:
        """See that moto answers the same."""
        self.asked[operation] += 1
        try:
            told = getattr(self._client, xform_name(operation))(**given)
        except ClientError as refused:
            told = refused.response
        assert _shown(answered) == _shown(told), (operation, given, _shown(answered), _shown(told))


def _shown(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the gateway reads of an answer, rows of a batch in any order."""
    found = {name: answer[name] for name in SHOWN if answer.get(name)}
    for table, rows in found.get("Responses", {}).items():
        found["Responses"] = {table: sorted(rows, key=lambda row: row["sk"]["S"])}
    if "Attributes" in found:  # moto shows a new row's key along with what was updated
        key = {"pk", "sk"}
        found["Attributes"] = {n: one for n, one in found["Attributes"].items() if n not in key}
    if "CancellationReasons" in found:
        found["CancellationReasons"] = [
            (one["Code"], one.get("Item")) for one in found["CancellationReasons"]
        ]
    return found | {"Error": answer.get("Error", {}).get("Code")}
