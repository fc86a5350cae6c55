"""A manufacturer that pushes rows, and a worker that is at work while its calls wait."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from batchgate import aws, wiring
from batchgate.access import enrol
from tests.gateway import Answer, Gateway

TOKEN, ROWS, STATUS = "push_token", "push_rows", "push_status"
FORM = "application/x-www-form-urlencoded"
MASTER_DATA = "odm/master_data"
SHARDS = 2


def basic(name: str, secret: str) -> str:
    """An `Authorization` header of HTTP Basic."""
    return "Basic " + b64encode(f"{name}:{secret}".encode()).decode()


def ask(
    gateway: Gateway,
    form: Mapping[str, str] | str,
    *,
    authorization: str | None = None,
    content_type: str | None = FORM,
) -> Answer:
    """Ask for a token, with exactly this form."""
    headers = {"Authorization": authorization, "Content-Type": content_type}
    return gateway.call(
        TOKEN,
        headers={name: [value] for name, value in headers.items() if value is not None},
        body=(form if isinstance(form, str) else urlencode(form)).encode(),
    )


@contextmanager
def at_work(gateway: Gateway, function: str) -> Iterator[None]:
    """Have the worker called once whenever a function has put slices into the queue.

    What the worker itself puts there stays until somebody delivers it.
    """
    sqs = aws.client("sqs")
    busy = False

    def deliver(**_: Any) -> None:
        nonlocal busy
        if not busy:
            busy = True
            gateway.deliver(gateway.queue, function)
            busy = False

    sqs.meta.events.register("after-call.sqs.SendMessageBatch", deliver)
    try:
        yield
    finally:
        sqs.meta.events.unregister("after-call.sqs.SendMessageBatch", deliver)


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """A partner of the push contract."""

    gateway: Gateway
    name: str
    client: Mapping[str, str]
    authorization: str

    def signed_in(self) -> "Maker":
        """The same partner with a fresh token."""
        answer = ask(
            self.gateway,
            {"grant_type": "client_credentials"},
            authorization=basic(self.client["client_id"], self.client["client_secret"]),
        )
        assert answer.status == 200, answer.text
        return replace(self, authorization=f"Bearer {answer.body['access_token']}")

    def push(
        self, method: str, body: object, data_set: str = MASTER_DATA, *, by: str = "worker"
    ) -> Answer:
        """Push a sequence, or a body as it is written, while the worker works."""
        text = body if isinstance(body, str) else json.dumps(body)
        with at_work(self.gateway, by):
            return self.call(ROWS, method, data_set, text.encode())

    def status(self, batch: str = "B1", data_set: str = MASTER_DATA, **query: str) -> Answer:
        """Look a batch up."""
        return self.call(STATUS, "GET", data_set, query={"batch_id": batch} | query)

    def standing(self, batch: str = "B1", data_set: str = MASTER_DATA) -> dict[str, Any]:
        """What the status says of a batch that is there, once it has been seen to add up."""
        answer = self.status(batch, data_set)
        assert answer.status == 200, answer.text
        told: dict[str, Any] = answer.body["result"]
        ended = ["inserted", "updated", "unchanged", "failed", "pending"]
        if told["method"] == "DELETE":
            ended.append("removed")
        assert told["received"] == sum(told[name] for name in ended), answer.text
        return told

    def call(
        self,
        function: str,
        method: str,
        data_set: str = MASTER_DATA,
        body: bytes = b"",
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call an endpoint as this partner; nobody works meanwhile."""
        category, _, key = data_set.partition("/")
        return self.gateway.call(
            function,
            method=method,
            path={"data_category": category, "biz_key": key},
            headers={"Authorization": [self.authorization]},
            query=list((query or {}).items()),
            body=body,
        )

    def records(self, data_set: str = MASTER_DATA) -> dict[str, Any]:
        """The rows of a data set as they are stored: contents by keys, fields apart by `|`."""
        rows = [
            row
            for of in range(SHARDS)
            for row in self.gateway.dynamodb.query(
                TableName="RecordsTable",
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"{self.name}#{data_set}#{of}"}},
            )["Items"]
        ]
        return {
            row["sk"]["S"].replace("\x1f", "|"): json.loads(row["c"]["B"])
            for row in rows
            if "c" in row
        }


def enrolled(gateway: Gateway, name: str) -> Maker:
    """A new partner of the push contract, with a token."""
    client = enrol.client(name, "push", wiring.partners())
    return Maker(gateway=gateway, name=name, client=client, authorization="").signed_in()
