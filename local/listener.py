"""Somebody who listens on the bus of the stack."""

import json
from collections.abc import Sequence
from typing import Any

from local.stack import Stack


class Listener:
    """A queue that hears of every batch that is completed."""

    def __init__(self, stack: Stack) -> None:
        self._sqs = stack.client("sqs")
        events, bus = stack.client("events"), stack.outputs["EventBus"]
        self._url = self._sqs.create_queue(QueueName="heard")["QueueUrl"]
        found = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        pattern = {"source": ["batchgate"], "detail-type": ["batch completed"]}
        events.put_rule(Name="completed", EventBusName=bus, EventPattern=json.dumps(pattern))
        target = {"Id": "heard", "Arn": found["Attributes"]["QueueArn"]}
        events.put_targets(Rule="completed", EventBusName=bus, Targets=[target])
        self._heard: list[dict[str, Any]] = []

    def hear(self) -> Sequence[dict[str, Any]]:
        """The details of all events so far."""
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                self._heard.append(json.loads(message["Body"])["detail"])
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return self._heard

    def of(self, batch_id: str) -> list[dict[str, Any]]:
        """The details of all events about a batch so far."""
        return [detail for detail in self.hear() if detail["batch"] == batch_id]
