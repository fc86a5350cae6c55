"""The template's tables, queues and bus in moto, and a gateway that stands on them."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import boto3
import pytest
from botocore.loaders import Loader
from moto import mock_aws

from batchgate import aws, wiring
from tests import used
from tests.cloudformation import properties, resources, table
from tests.gateway import Clock, Gateway
from tests.scheduling import make_group

type Stand = Callable[[pytest.MonkeyPatch], AbstractContextManager[Gateway]]
"""How a test's gateway is made."""


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
        # Tests that share a gateway empty its queue more often than once a minute.
        monkeypatch.setenv("MOTO_SQS_ENFORCE_STRICT_QUEUE_PURGE_BEHAVIOUR", "false")
        clock = Clock(1_760_000_000_000)
        set_clock(clock, monkeypatch)
        yield Gateway(clock, work, dead, heard)
        clear_caches()


def set_clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this clock be everybody's, and SQS hand out what is visible from now on."""
    monkeypatch.setattr(wiring, "clock", clock)
    monkeypatch.setattr("moto.sqs.models.unix_time", lambda: clock.now_us / 1e6)
    monkeypatch.setattr("moto.sqs.models.unix_time_millis", lambda: clock.ms)
    visible = property(lambda message: clock.ms >= message.visible_at)
    monkeypatch.setattr("moto.sqs.models.Message.visible", visible)


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
