"""What goes wrong in the queue, begun early: the stack tries again for up to a minute."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from local.stack import Stack
from tests.stack.broker import Broker, batch
from tests.stack.keep_part import Message, keep_part


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """Batch ids, and the id of a message."""

    poisoned: str
    behind: str
    """The batch whose slices wait behind the poisoned ones, in the same groups."""
    unreadable: str


USERS = [f"investor-{at}" for at in range(8)]
"""Enough for both shards."""


def begin(stack: Stack, broker: Broker) -> Troubles:
    """Poison a batch by losing its content, with a good one behind it, and send nonsense."""
    poisoned, behind = batch(*USERS), batch(*USERS, totalQty=7)
    messages = keep_part(stack, broker.name, poisoned)
    lose_content(stack, broker, poisoned)
    messages += keep_part(stack, broker.name, behind)
    for message in messages:
        send(stack, "WorkQueueUrl", message)
    return Troubles(
        poisoned=poisoned["batchId"],
        behind=behind["batchId"],
        unreadable=send(stack, "WorkQueueUrl", Message("this is no slice", "nobody/nothing/0")),
    )


def send(stack: Stack, queue: str, message: Message) -> str:
    """Put a message into a queue of the stack, never taken for a repeated one; its id."""
    sent = stack.client("sqs").send_message(
        QueueUrl=stack.outputs[queue],
        MessageBody=message.body,
        MessageGroupId=message.group,
        MessageDeduplicationId=str(uuid4()),
    )
    return str(sent["MessageId"])


def rows(stack: Stack, broker: Broker, of: dict[str, Any], prefix: str) -> list[dict[str, Any]]:
    """A batch's rows whose sort key begins like this, as DynamoDB writes them."""
    found: list[dict[str, Any]] = stack.client("dynamodb").query(
        TableName=stack.outputs["BatchesTable"],
        KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues={
            ":pk": {"S": f"{broker.name}#portfolio#{of['batchId']}"},
            ":prefix": {"S": prefix},
        },
        ConsistentRead=True,
    )["Items"]
    return found


def lose_content(stack: Stack, broker: Broker, of: dict[str, Any]) -> None:
    """Delete the stored content of a batch."""
    for row in rows(stack, broker, of, "p/"):
        stack.client("dynamodb").delete_item(
            TableName=stack.outputs["BatchesTable"], Key={"pk": row["pk"], "sk": row["sk"]}
        )
