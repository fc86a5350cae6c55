"""The gateway in one process: the template's tables and queues in moto, the real handlers."""

import base64
import importlib.util
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3

from batchgate import wiring
from batchgate.access import enrol, signature
from tests import used
from tests.cloudformation import ROOT, table
from tests.describing import served_by
from tests.scheduling import Schedules

SUBMIT = "portfolio_submit"
STATUS = "portfolio_status"


class Clock:
    """A clock that stands still until it is moved. UTC, in µs."""

    def __init__(self, now_ms: int) -> None:
        self.now_us = now_ms * 1_000

    def __call__(self) -> int:
        return self.now_us

    def move(self, *, seconds: float = 0, ms: int = 0) -> None:
        """Move on by so much."""
        self.now_us += int(seconds * 1e6) + ms * 1_000

    @property
    def ms(self) -> int:
        """Now, in ms."""
        return self.now_us // 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a partner gets; `text` is the body as it is sent, `body` what it says, if anything."""

    status: int
    body: Any
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner that signs its calls."""

    name: str
    api_key: str
    secret: str


class Gateway:
    """The functions, called as API Gateway and SQS call them."""

    def __init__(self, clock: Clock, queue: str, dead: str, heard: str) -> None:
        self.clock = clock
        self.queue, self.dead, self.heard = queue, dead, heard
        self.schedules = Schedules(clock, queue)
        self.sqs = boto3.client("sqs")
        self.dynamodb = boto3.client("dynamodb")
        self._handlers: dict[str, Callable[..., Any]] = {}

    def handler(self, function: str) -> Callable[..., Any]:
        """The handler of `functions/<function>/app.py`."""
        if function not in self._handlers:
            path = ROOT / "functions" / function / "app.py"
            spec = importlib.util.spec_from_file_location(f"app_{function}", path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            self._handlers[function] = used.noted(function, module.handler)
        return self._handlers[function]

    def enrol(self, name: str) -> Partner:
        """A new partner of the portfolio contract."""
        made = enrol.portfolio(name, wiring.partners(), wiring.master())
        return Partner(name, made["api_key"], made["secret"])

    def call(
        self,
        function: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, Sequence[str]] | None = None,
        body: bytes = b"",
        method: str = "POST",
        path: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call an endpoint with exactly this, and see that the document knows its answer."""
        values: dict[str, list[str]] = {}
        for name, value in query:
            values.setdefault(name, []).append(value)
        try:
            text, encoded = body.decode(), False
        except UnicodeDecodeError:
            text, encoded = base64.b64encode(body).decode(), True
        event = {
            "httpMethod": method,
            "pathParameters": path,
            "multiValueHeaders": dict(headers or {}),
            "multiValueQueryStringParameters": values or None,
            "body": text or None,
            "isBase64Encoded": encoded,
            "requestContext": {"requestId": "a-request"},
        }
        answer = self.handler(function)(event, None)
        text = answer["body"]
        body_told = json.loads(text) if text else None
        media_type = answer["headers"]["Content-Type"]
        described = served_by(function, method)
        assert not (wrong := described.complain(answer["statusCode"], media_type, body_told)), wrong
        return Answer(answer["statusCode"], body_told, answer["headers"], text)

    def signed(
        self,
        partner: Partner,
        function: str,
        body: bytes = b"",
        parameters: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call an endpoint as this partner, signed now."""
        query = [*(parameters or {}).items(), ("timestamp", str(self.clock.ms))]
        made = signature.sign(partner.secret, signature.signed_text(query, body))
        return self.call(
            function,
            query=[*query, ("signature", made)],
            headers={"X-Api-Key": [partner.api_key]},
            body=body,
        )

    def submit(self, partner: Partner, **batch: Any) -> Answer:
        """Submit a batch."""
        return self.signed(partner, SUBMIT, json.dumps(batch).encode())

    def status(self, partner: Partner, **parameters: str) -> Answer:
        """Look a batch, or all batches, up."""
        return self.signed(partner, STATUS, parameters=parameters)

    def receive(self, queue: str, most: int = 10) -> list[dict[str, Any]]:
        """Messages as Lambda gets them from SQS."""
        got = self.sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=most, AttributeNames=["All"]
        )
        return [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:queue.fifo",
                "awsRegion": "us-east-1",
            }
            for message in got.get("Messages", [])
        ]

    def deliver(self, queue: str, function: str, most: int = 10) -> int:
        """Hand messages to a function once and delete what it does not want again; how many."""
        records = self.receive(queue, most)
        if records:
            answer = self.handler(function)({"Records": records}, None)
            again = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            for record in records:
                if record["messageId"] not in again:
                    self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=record["receiptHandle"])
        return len(records)

    def drain(self) -> None:
        """Have the worker do all that is in its queue."""
        while self.deliver(self.queue, "worker"):
            pass

    def redeliver(
        self, records: Sequence[dict[str, Any]], *, received: int, function: str = "worker"
    ) -> set[str]:
        """Hand the same messages out once more; the ids of those that are to come again."""
        again = [
            record
            | {"attributes": record["attributes"] | {"ApproximateReceiveCount": str(received)}}
            for record in records
        ]
        answer = self.handler(function)({"Records": again}, None)
        return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}

    def empty(self, *names: str) -> None:
        """Have these tables again without their rows: moto takes longer with each that it has."""
        for name in names:
            self.dynamodb.delete_table(TableName=name)
            self.dynamodb.create_table(TableName=name, **table(name))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table, as DynamoDB writes them."""
        items: list[dict[str, Any]] = self.dynamodb.scan(TableName=table)["Items"]
        return items

    def announced(self) -> list[dict[str, Any]]:
        """The details of all events announced so far."""
        details = []
        while got := self.sqs.receive_message(QueueUrl=self.heard, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in got:
                details.append(json.loads(message["Body"])["detail"])
                self.sqs.delete_message(QueueUrl=self.heard, ReceiptHandle=message["ReceiptHandle"])
        return details
