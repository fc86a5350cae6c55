"""The usual pattern: every row is an item and a message of its own."""

import json
import os
from decimal import Decimal
from typing import Any

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
sqs = boto3.client("sqs")


def submit(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Store each row as pending, send a message for each, ten a call."""
    body = json.loads(event["body"], parse_float=Decimal)
    ids = []
    for at, row in enumerate(body["portfolios"]):
        ids.append(f"{body['batchId']}#{at}")
        table.put_item(Item={"pk": ids[-1], "state": "pending", "row": row})
    for start in range(0, len(ids), 10):
        entries = [
            {"Id": str(at), "MessageBody": pk} for at, pk in enumerate(ids[start : start + 10])
        ]
        sqs.send_message_batch(QueueUrl=os.environ["QUEUE_URL"], Entries=entries)
    return {"statusCode": 200, "body": json.dumps({"accepted": len(ids)})}


def work(event: dict[str, Any], _context: Any) -> None:
    """Read each row, write its record, mark it as done."""
    print(len(event["Records"]))  # the emulator is slower for a function that prints nothing
    for record in event["Records"]:
        row = table.get_item(Key={"pk": record["body"]}, ConsistentRead=True)["Item"]["row"]
        table.put_item(Item={"pk": f"record#{row['userId']}", "holding": row["holding"]})
        table.update_item(
            Key={"pk": record["body"]},
            UpdateExpression="SET #state = :done",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":done": "done"},
        )
        table.update_item(
            Key={"pk": record["body"].split("#")[0]},
            UpdateExpression="ADD done :one",
            ExpressionAttributeValues={":one": 1},
        )
