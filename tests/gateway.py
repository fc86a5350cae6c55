"""The gateway in one process: the template's tables and queues in moto, the real handlers."""

import base64
import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.loaders import Loader
from moto import mock_aws

from batchgate import aws, wiring
from batchgate.access import enrol, signature
from tests import used
from tests.cloudformation import ROOT, properties, resources, table
from tests.describing import served_by
from tests.scheduling import Schedules, make_group

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


def make_tables() -> None:
    """The template's tables, under their logical names."""
    for name in resources("AWS::DynamoDB::Table"):
        boto3.client("dynamodb").create_table(TableName=name, **table(name))


def make_queues() -> tuple[str, str]:
    """The work queue and the dead-letter queue. What is not deleted is visible again at once."""
    sqs = boto3.client("sqs")
    fifo = {"FifoQueue": "true", "VisibilityTimeout": "0"}
    dead = sqs.create_queue(QueueName="dead.fifo", Attributes=fifo)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    redrive = properties("WorkQueue")["RedrivePolicy"]
    policy = {
        "deadLetterTargetArn": arn["Attributes"]["QueueArn"],
        "maxReceiveCount": redrive["maxReceiveCount"],
    }
    work = sqs.create_queue(
        QueueName="work.fifo",
        Attributes=fifo | {"RedrivePolicy": json.dumps(policy)},
    )["QueueUrl"]
    return work, dead


def make_bus() -> str:
    """The event bus, and a queue that hears everything on it."""
    sqs, events = boto3.client("sqs"), boto3.client("events")
    heard: str = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=heard, AttributeNames=["QueueArn"])
    events.create_event_bus(Name="bus")
    events.put_rule(
        Name="all", EventBusName="bus", EventPattern=json.dumps({"source": ["batchgate"]})
    )
    target = {"Id": "heard", "Arn": arn["Attributes"]["QueueArn"]}
    events.put_targets(Rule="all", EventBusName="bus", Targets=[target])
    return heard


@contextmanager
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A gateway with empty tables, at 2025-10-09T08:53:20Z."""
    with mock_aws():
        clear_caches()
        share_models()
        used.watch()
        make_tables()
        work, dead = make_queues()
        heard = make_bus()
        secret = boto3.client("secretsmanager").create_secret(
            Name="master", SecretString=json.dumps({"v1": "a-master-for-tests"})
        )
        environment = {
            "BATCHES_TABLE": "BatchesTable",
            "RECORDS_TABLE": "RecordsTable",
            "PARTNERS_TABLE": "PartnersTable",
            "QUEUE_URL": work,
            "EVENT_BUS": "bus",
            "MASTER_SECRET": secret["ARN"],
            "BATCH_DAYS": "90",
            "SCHEDULE_GROUP": make_group(),
            "SCHEDULE_ROLE": "arn:aws:iam::123456789012:role/schedules",
            "QUEUE_ARN": boto3.client("sqs").get_queue_attributes(
                QueueUrl=work, AttributeNames=["QueueArn"]
            )["Attributes"]["QueueArn"],
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        clock = Clock(1_760_000_000_000)
        monkeypatch.setattr(wiring, "clock", clock)
        yield Gateway(clock, work, dead, heard)
        clear_caches()


LOADER = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH])


def share_models() -> None:
    """Have all tests share the service models: reading them takes longer than most tests."""
    boto3.setup_default_session()
    for session in (aws.session(), boto3.DEFAULT_SESSION._session):
        session.register_component("data_loader", LOADER)


def clear_caches() -> None:
    """Forget every client and store that was built, as a fresh function has none."""
    start_cold()
    aws.client.cache_clear()
    aws.session.cache_clear()


def start_cold() -> None:
    """Forget everything that was looked up, as a fresh function knows nothing."""
    for name in used.WIRED:
        getattr(wiring, name).cache_clear()
