"""Whether a body that is wrong by its schema was told so, wherever in it the fault is."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from tests.describing import Operation, operations, validator
from tests.gateway import Gateway, Partner

NOT_READ = {401, 403, 404}
"""Answers to calls whose body was not looked at."""


@cache
def operation(path: str, method: str) -> Operation:
    """The operation of a route."""
    return next(one for one in operations() if (one.path, one.method) == (path, method))


@cache
def reader(of: Operation, data_set: str) -> Draft202012Validator | None:
    """What tells whether a body is right for an operation, and for the data set of its path."""
    content = of.described.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return None
    schema = content["application/json"]["schema"]
    if data_set:
        kind = "Key" if of.method == "delete" else "Row"
        rows = {"items": {"$ref": f"#/components/schemas/push.{data_set}.{kind}"}}
        schema = {"allOf": [schema, {"properties": {"data": rows}}]}
    return validator(schema)


class Judge:
    """Looks at every call: bodies that are wrong and were taken for right are `missed`.

    `served` are the operations that did what a call asked for.
    """

    def __init__(self, gateway: Gateway, broker: Partner) -> None:
        """Look portfolios up as this partner, as only their status tells what was wrong."""
        self._gateway = gateway
        self._broker = broker
        self.wrong = 0
        self.missed: list[str] = []
        self.served: set[str] = set()

    def look(self, path: str, event: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Judge a call to a route by its event and its answer."""
        of = operation(path, event["httpMethod"].lower())
        if answer["statusCode"] < 300:
            self.served.add(of.label)
        place = event["pathParameters"] or {}
        data_set = ".".join(place.values()) if "biz_key" in place else ""
        if answer["statusCode"] in NOT_READ or (read := reader(of, data_set)) is None:
            return
        try:
            right = read.is_valid(json.loads(event["body"] or ""))
        except (ValueError, RecursionError):
            right = False
        if not right:
            self.wrong += 1
            if answer["statusCode"] < 400 and not self._told(of, json.loads(answer["body"])):
                self.missed.append(
                    f"{of.name}: {event['body']} was taken: {answer['body']}"[:2_000]
                )

    def _told(self, of: Operation, body: Any) -> bool:
        match of.path.split("/")[1:3]:
            case ["v1.0", _]:
                return bool(body["code"] != "0")
            case ["promo", _]:
                return bool(body["detail"]["errors"])
            case _ if of.name == "portfolioSubmit":
                looked = self._gateway.status(self._broker, batchId=body["data"]["batchId"])
                return bool(looked.body["data"]["failedCount"])
            case _:
                return False
