"""The gateway in one process as `tests.gateway` makes it, on services in memory."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws

from batchgate import aws, wiring
from tests.cloudformation import resources, table
from tests.gateway import Clock, Gateway
from tests.memory.clients import Client
from tests.memory.services import DEAD, HEARD, WORK, Services
from tests.memory.witness import Witness
from tests.scheduling import GROUP
from tests.standing import clear_caches

T0_MS = 1_760_000_000_000

ENVIRONMENT = {
    "BATCHES_TABLE": "BatchesTable",
    "RECORDS_TABLE": "RecordsTable",
    "PARTNERS_TABLE": "PartnersTable",
    "QUEUE_URL": WORK,
    "EVENT_BUS": "bus",
    "MASTER_SECRET": "master",
    "BATCH_DAYS": "90",
    "SCHEDULE_GROUP": GROUP,
    "SCHEDULE_ROLE": "arn:aws:iam::123456789012:role/schedules",
    "QUEUE_ARN": "arn:aws:sqs:us-east-1:123456789012:work.fifo",
}


def tables() -> dict[str, Any]:
    """The template's tables, under their logical names."""
    return {name: table(name) for name in resources("AWS::DynamoDB::Table")}


@contextmanager
def in_memory(*, witnessed: bool = False) -> Iterator[tuple[Gateway, Services]]:
    """A gateway with empty tables, and what answers it instead of AWS.

    Where it is witnessed, moto's DynamoDB is asked the same and has to answer the same.
    """
    with pytest.MonkeyPatch.context() as patch, mock_aws() if witnessed else nullcontext():
        clear_caches()
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        clock = Clock(T0_MS)
        patch.setattr(wiring, "clock", clock)
        secret = json.dumps({"v1": "a-master-for-tests"})
        witness = Witness(tables()) if witnessed else None
        services = Services(tables(), clock, secret, witness)
        client = cache(lambda service: Client(service, services))
        patch.setattr(aws, "client", client)
        patch.setattr(boto3, "client", client)
        yield Gateway(clock, WORK, DEAD, HEARD), services
    clear_caches()


@contextmanager
def quick(_: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A gateway alone, in the place of one on moto."""
    with in_memory() as (gateway, _services):
        yield gateway
