"""What a batch costs: calls, units, CPU and dollars, counted on the real handlers' way.

The handlers' own code runs in this process against the emulator's tables. Each slice is
handed to the worker alone, which is the dearest way that Lambda may choose.
"""

import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from batchgate import engine, queue, trigger, wiring
from batchgate.contracts.portfolio import submit
from batchgate.http import Request
from batchgate.model import Account, Part
from bench import data
from bench.meter import Meter, cpu, metered
from local.stack import Stack

PART = 500
POPULATION = 50_000
ACCOUNT = Account(
    partner="bench", disabled=False, contracts=frozenset({"portfolio"}), keys={}, secrets=[]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one batch came to."""

    order: str
    rows: int
    changed: int
    calls_per_part: float
    write_units_per_row: float
    read_units_per_row: float
    dollars_per_million: float
    cpu_us_per_row: float
    own_cpu_us_per_row: float


class Bench:
    """The gateway's functions in this process, on a queue that only this process reads."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._sqs = stack.client("sqs")
        self._plain = stack.client("dynamodb")
        self._version = [0] * POPULATION
        self._queue: str = self._sqs.create_queue(
            QueueName="bench.fifo", Attributes={"FifoQueue": "true"}
        )["QueueUrl"]
        os.environ |= {
            "AWS_ENDPOINT_URL": stack.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "BATCHES_TABLE": stack.outputs["BatchesTable"],
            "RECORDS_TABLE": stack.outputs["RecordsTable"],
            "EVENT_BUS": stack.outputs["EventBus"],
            "QUEUE_URL": self._queue,
            "BATCH_DAYS": "90",
        }

    def fill(self) -> None:
        """Have a record for every user, as after a first sync."""
        with metered() as meter:
            self._batch(meter, "fill", list(range(POPULATION)))

    def run(self, order: str, rows: int, changed: int) -> Cost:
        """One batch of so many rows, of which so many per cent differ from their records."""
        if order == "sorted":
            start = random.randrange(POPULATION - rows + 1)  # noqa: S311 (no secret)
            users = list(range(start, start + rows))
        else:
            users = random.sample(range(POPULATION), rows)
        for user in random.sample(users, rows * changed // 100):
            self._version[user] += 1
        with metered() as meter:
            parts = self._batch(meter, f"{order}-{rows}-{changed}-{time.time_ns()}", users)
        return Cost(
            order=order,
            rows=rows,
            changed=changed,
            calls_per_part=sum(meter.calls.values()) / parts,
            write_units_per_row=meter.write_units / rows,
            read_units_per_row=meter.read_units(self._plain) / rows,
            dollars_per_million=meter.dollars(self._plain, api_requests=parts) / rows * 1e6,
            cpu_us_per_row=meter.cpu_s / rows * 1e6,
            own_cpu_us_per_row=(meter.cpu_s - meter.sdk_cpu_s) / rows * 1e6,
        )

    def counter_queries(self, rows: int) -> int:
        """How many queries the counters of a batch of so many rows take."""
        name = f"status-{time.time_ns()}"
        with metered() as meter:
            self._batch(meter, name, list(range(rows)))
        with metered() as meter:
            standing = wiring.batches().standing(self._part(name, 0, [0], rows).batch)
        if standing is None or standing.accepted != rows:
            raise RuntimeError(standing)
        return meter.calls["Query"]

    def _batch(self, meter: Meter, name: str, users: Sequence[int]) -> int:
        parts = range(0, len(users), PART)
        for at in parts:
            body = self._body(users[at : at + PART])
            with cpu(meter):
                part = self._read(name, at, body, len(users))
                engine.accept(part, wiring.batches(), wiring.queue(), wiring.clock)
            for message in self._messages(meter):
                with cpu(meter):
                    if trigger.work({"Records": [message]}, None)["batchItemFailures"]:
                        raise RuntimeError("a slice failed")
        return len(parts)

    def _body(self, users: Sequence[int]) -> bytes:
        portfolios = [data.portfolio(user, self._version[user]) for user in users]
        return json.dumps({"portfolios": portfolios}, separators=(",", ":")).encode()

    def _read(self, name: str, at: int, body: bytes, declared: int) -> Part:
        request = Request(
            headers={}, query=[("signature", name)], body=body, correlation_id="bench"
        )
        read = submit.read(request, ACCOUNT)
        return self._named(read, name, at, declared)

    def _part(self, name: str, at: int, users: Sequence[int], declared: int) -> Part:
        return self._read(name, at, self._body(users), declared)

    def _named(self, part: Part, name: str, at: int, declared: int) -> Part:
        """The same items as one part of a larger batch, as contracts with sequences send them."""
        return Part(
            batch=type(part.batch)("bench", part.batch.feed, name),
            name=str(at),
            method=part.method,
            declared=declared,
            items=part.items,
            shards=part.shards,
            numbered=part.numbered,
            correlation_id=part.correlation_id,
        )

    def _messages(self, meter: Meter) -> Iterator[dict[str, Any]]:
        """What Lambda's poller would hand over, and its two requests for it."""
        while got := self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=10, AttributeNames=["All"]
        ).get("Messages"):
            for message in got:
                meter.sqs_requests += 2
                queue.read(message["Body"])
                self._sqs.delete_message(
                    QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"]
                )
                yield {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": message["Attributes"],
                    "messageAttributes": {},
                    "eventSource": "aws:sqs",
                    "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:bench.fifo",
                }
