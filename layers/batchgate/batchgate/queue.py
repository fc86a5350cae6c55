"""SQS: work on its way to the worker, one group per shard of a partner's feed."""

from collections.abc import Sequence
from dataclasses import asdict
from hashlib import blake2b
from itertools import batched
from typing import Any

import orjson
from botocore.exceptions import ClientError

from batchgate import aws, telemetry
from batchgate.errors import Busy, DataLost
from batchgate.model import BatchId, Clearing, Due, PhaseName, PlanId, Slice

SEND = 10
"""How many messages SQS takes in one call."""


class Queue:
    """The FIFO queue that the worker is fed from."""

    def __init__(self, url: str) -> None:
        """Send to this queue."""
        self._url = url

    def send(self, work: Sequence[Slice | Due]) -> None:
        """Put work into the queue, in its order per group.

        Raises:
            Busy: some may be in the queue and some not; sending all again is harmless.
        """
        for chunk in batched(work, SEND, strict=False):
            left = {str(at): _entry(one, str(at)) for at, one in enumerate(chunk)}
            for _ in aws.rounds("messages refused"):
                with aws.busy():
                    answer = aws.client("sqs").send_message_batch(
                        QueueUrl=self._url, Entries=list(left.values())
                    )
                left = {entry["Id"]: left[entry["Id"]] for entry in answer.get("Failed", [])}
                if not left:
                    break

    def retry_in(self, receipt: str, seconds: int) -> None:
        """Have a message that failed come again after so many seconds, with its group.

        Where SQS refuses, it comes when its visibility ends. That must not undo the work on
        the messages that it was handed out with.
        """
        try:
            with aws.busy():
                aws.client("sqs").change_message_visibility(
                    QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds
                )
        except (Busy, ClientError) as refused:
            telemetry.logger.error("message not put off", extra={"reason": str(refused)})


def _entry(work: Slice | Due, at: str) -> dict[str, Any]:
    unique = blake2b(f"{work.name}#{work.again}".encode(), digest_size=32).hexdigest()
    return {
        "Id": at,
        "MessageBody": write(work),
        "MessageGroupId": work.group,
        "MessageDeduplicationId": unique,
    }


def write(work: Slice | Due) -> str:
    """Work as a message's body."""
    return orjson.dumps(asdict(work)).decode()


def read(body: str) -> Slice | Due:
    """The work that a message's body names: a slice, or a plan that is due.

    Raises:
        DataLost: it is not a message of ours.
    """
    try:
        fields = orjson.loads(body)
        if "plan" in fields:
            named = {"plan": PlanId(**fields["plan"]), "phase": PhaseName(fields["phase"])}
            return Due(**fields | named)
        clearing = fields["clearing"] and Clearing(**fields["clearing"])
        return Slice(**fields | {"batch": BatchId(**fields["batch"]), "clearing": clearing})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataLost("a message can't be read") from error
