"""What others hear of: a batch that is completed."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from local.stack import Stack
from tests.stack.broker import Broker, batch, until

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("troubles")]


class Listener:
    """A queue that hears what is said on the bus of the stack."""

    def __init__(self, stack: Stack) -> None:
        self._sqs = stack.client("sqs")
        events, bus = stack.client("events"), stack.outputs["EventBus"]
        self._url = self._sqs.create_queue(QueueName="heard")["QueueUrl"]
        found = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        pattern = {"source": ["batchgate"], "detail-type": ["batch completed"]}
        events.put_rule(Name="completed", EventBusName=bus, EventPattern=json.dumps(pattern))
        target = {"Id": "heard", "Arn": found["Attributes"]["QueueArn"]}
        events.put_targets(Rule="completed", EventBusName=bus, Targets=[target])
        self.heard: list[dict[str, Any]] = []

    def of(self, batch_id: str) -> list[dict[str, Any]]:
        """The details of all events about a batch so far."""
        got = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        for message in got.get("Messages", []):
            self.heard.append(json.loads(message["Body"])["detail"])
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [detail for detail in self.heard if detail["batch"] == batch_id]


@pytest.fixture(scope="module")
def listener(stack: Stack) -> Listener:
    """Somebody who listens."""
    return Listener(stack)


def test_a_completed_batch_is_announced_exactly_once(
    stack: Stack, brokers: Mapping[str, Broker], listener: Listener
) -> None:
    """Both its slices see it done, and the sweep looks at it: one of them says so."""
    broker = brokers["announcer"]
    first = batch(*[f"investor-{at}" for at in range(20)])
    first["portfolios"][3]["holding"][0]["costPrice"] = None
    second = batch("investor-1", totalQty=7)

    broker.submit(first)
    heard = until(lambda: listener.of(first["batchId"]))
    stack.client("lambda").invoke(FunctionName=stack.outputs["Sweep"], Payload=b"{}")
    broker.submit(first)  # once more: its slices are queued again
    broker.submit(second)
    until(lambda: listener.of(second["batchId"]))

    assert heard == [
        {
            "partner": "announcer",
            "feed": "portfolio",
            "batch": first["batchId"],
            "method": "sync",
            "rows": 20,
            "inserted": 19,
            "updated": 0,
            "unchanged": 0,
            "removed": 0,
            "failed": 1,
        }
    ]
    assert listener.of(first["batchId"]) == heard
