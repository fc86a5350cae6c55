"""SQS, EventBridge, its scheduler and Secrets Manager in memory, beside DynamoDB's tables.

All of the gateway's own code runs on them, and whatever listens to its clients' events hears
what it always hears.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from types import SimpleNamespace
from typing import Any

from tests.memory.tables import Refused, Tables
from tests.memory.witness import Witness

type Given = dict[str, Any]

DEDUPLICATED_US = 300 * 1_000_000
WORK, DEAD, HEARD = "https://queue/work.fifo", "https://queue/dead.fifo", "https://queue/heard"


@dataclass(slots=True)
class Message:
    """A message in a queue; `sent_us` is when it came, `visible_us` from when on it is handed
    out."""

    id: str
    body: str
    group: str
    unique: str = ""
    sent_us: int = 0
    visible_us: int = 0
    received: int = 0


@dataclass(slots=True)
class Line:
    """A FIFO queue. What is received is there again at once, until it is deleted."""

    clock: Callable[[], int]
    most: int = 1_000
    dead: "Line | None" = None
    messages: list[Message] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def put(self, message: Message) -> None:
        """Take a message, unless its like came within five minutes."""
        now, unique = self.clock(), message.unique
        if unique and now - self.seen.get(unique, -DEDUPLICATED_US) < DEDUPLICATED_US:
            return
        if unique:
            self.seen[unique] = now
        message.sent_us = now
        self.messages.append(message)

    def take(self, most: int) -> list[Message]:
        """Messages from the heads of their groups; those received too often are dead letters."""
        taken: list[Message] = []
        held: set[str] = set()
        for one in list(self.messages):
            if one.visible_us > self.clock():
                held.add(one.group)
            if one.group in held or len(taken) == most:
                continue
            one.received += 1
            if one.received > self.most and self.dead is not None:
                self.messages.remove(one)
                self.dead.messages.append(one)
                continue
            taken.append(one)
        return taken


class Services:
    """What AWS keeps for the gateway."""

    def __init__(
        self,
        tables: Mapping[str, Any],
        clock: Callable[[], int],
        secret: str,
        witness: Witness | None = None,
    ) -> None:
        """Empty tables of these descriptions and empty queues; time is what the clock says.

        A witness is asked all that the tables are asked, and has to answer the same.
        """
        self.tables = Tables(tables)
        self.witness = witness
        self.clock = clock
        self.secret = secret
        self.calls = 0
        self._ids = count(1)
        self.forget()

    def forget(self) -> None:
        """Have all queues and schedules empty again."""
        dead = Line(self.clock)
        self.queues = {
            WORK: Line(self.clock, most=5, dead=dead),
            DEAD: dead,
            HEARD: Line(self.clock),
        }
        self.schedules: dict[str, Given] = {}

    def empty(self, *names: str) -> None:
        """Have these tables again without their rows."""
        self.tables.empty(*names)
        if self.witness:
            self.witness.empty(names)

    def expire(self) -> None:
        """Delete all rows whose time to live is over."""
        for name, row in self.tables.expired(self.clock() // 1_000_000):
            self.tables.tables[name].delete(row)
            if self.witness:
                self.witness.forget(name, row)

    def answer(self, operation: str, given: Given) -> tuple[Any, Given]:
        """What AWS answers, as botocore takes it: the HTTP response and what it says."""
        self.calls += 1
        status, parsed = 200, {}
        try:
            parsed = self._answer(operation, given)
        except Refused as refused:
            error = {"Code": refused.code, "Message": refused.code}
            status, parsed = 400, {"Error": error} | refused.more
        if self.witness and not hasattr(self, f"_{operation}"):
            self.witness.sees(operation, given, parsed)
        meta = {"HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
        return SimpleNamespace(status_code=status), parsed | {"ResponseMetadata": meta}

    def _answer(self, operation: str, given: Given) -> Given:
        if operation == "CreateTable":
            self.empty(given["TableName"])
            return {}
        if operation == "DeleteTable":
            del self.tables.tables[given["TableName"]]
            return {}
        known = getattr(self, f"_{operation}", None)
        if known is None:
            return self.tables.answer(operation, given)
        answer: Given = known(given) or {}
        return answer

    def _SendMessage(self, given: Given) -> None:  # noqa: N802 (the operation's own name)
        self._put(given["QueueUrl"], given)

    def _SendMessageBatch(self, given: Given) -> Given:  # noqa: N802
        for entry in given["Entries"]:
            self._put(given["QueueUrl"], entry)
        return {"Successful": [{"Id": entry["Id"]} for entry in given["Entries"]]}

    def _put(self, queue: str, entry: Given) -> None:
        message = Message(
            str(next(self._ids)),
            entry["MessageBody"],
            entry["MessageGroupId"],
            entry["MessageDeduplicationId"],
        )
        self.queues[queue].put(message)

    def _ReceiveMessage(self, given: Given) -> Given:  # noqa: N802
        taken = self.queues[given["QueueUrl"]].take(given["MaxNumberOfMessages"])
        return {
            "Messages": [
                {
                    "MessageId": one.id,
                    "ReceiptHandle": one.id,
                    "Body": one.body,
                    "MD5OfBody": "",
                    "Attributes": {
                        "ApproximateReceiveCount": str(one.received),
                        "SentTimestamp": str(one.sent_us // 1_000),
                        "MessageGroupId": one.group,
                        "MessageDeduplicationId": one.unique,
                    },
                }
                for one in taken
            ]
        }

    def _DeleteMessage(self, given: Given) -> None:  # noqa: N802
        line = self.queues[given["QueueUrl"]]
        line.messages = [one for one in line.messages if one.id != given["ReceiptHandle"]]

    def _PurgeQueue(self, given: Given) -> None:  # noqa: N802
        self.queues[given["QueueUrl"]].messages.clear()

    def _ChangeMessageVisibility(self, given: Given) -> None:  # noqa: N802
        for one in self.queues[given["QueueUrl"]].messages:
            if one.id == given["ReceiptHandle"]:
                one.visible_us = self.clock() + given["VisibilityTimeout"] * 1_000_000

    def _PutEvents(self, given: Given) -> Given:  # noqa: N802
        for entry in given["Entries"]:
            body = json.dumps({"detail": json.loads(entry["Detail"])})
            self.queues[HEARD].put(Message(str(next(self._ids)), body, str(next(self._ids))))
        return {"FailedEntryCount": 0, "Entries": []}

    def _CreateSchedule(self, given: Given) -> None:  # noqa: N802
        self.schedules[given["Name"]] = dict(given)

    def _DeleteSchedule(self, given: Given) -> None:  # noqa: N802
        if self.schedules.pop(given["Name"], None) is None:
            raise Refused("ResourceNotFoundException")

    def _ListSchedules(self, _given: Given) -> Given:  # noqa: N802
        return {"Schedules": [{"Name": name} for name in self.schedules]}

    def _GetSchedule(self, given: Given) -> Given:  # noqa: N802
        return self.schedules[given["Name"]]

    def _PutSecretValue(self, given: Given) -> None:  # noqa: N802
        self.secret = given["SecretString"]

    def _GetSecretValue(self, _given: Given) -> Given:  # noqa: N802
        return {"SecretString": self.secret}
