"""What a batch costs: calls, units, CPU and dollars, counted on the real handlers' way.

The handlers' own code runs in this process against the emulator's tables. Each slice is
handed to the worker alone, which is the dearest way that Lambda may choose.
"""

import os
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from batchgate import engine, queue, trigger, wiring
from batchgate.model import BatchId
from bench.data import Source
from bench.meter import Meter, cpu, metered
from local.stack import Stack

PART = 500
POPULATION = 50_000


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

    def __init__(
        self,
        stack: Stack,
        source: Source,
        versions: list[int] | None = None,
        *,
        part: int = PART,
        population: int = POPULATION,
    ) -> None:
        self._stack = stack
        self._source = source
        self._part = part
        self.seconds: dict[str, float] = defaultdict(float)
        self._sqs = stack.client("sqs")
        self._plain = stack.client("dynamodb")
        self.versions = versions or [0] * population
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
            self._batch(meter, "fill", range(len(self.versions)))

    def run(self, order: str, rows: int, changed: int, *, batches: int = 1) -> Cost:
        """Batches of so many rows each, of which so many per cent differ from their records."""
        parts = 0
        with metered() as meter:
            for _ in range(batches):
                users = self._users(order, rows)
                for user in random.sample(users, rows * changed // 100):
                    self.versions[user] += 1
                parts += self._batch(meter, f"{order}-{rows}-{changed}-{time.time_ns()}", users)
        rows *= batches
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

    def _users(self, order: str, rows: int) -> Sequence[int]:
        if order == "random":
            return random.sample(range(len(self.versions)), rows)
        start = random.randrange(len(self.versions) - rows + 1)  # noqa: S311 (no secret)
        return range(start, start + rows)

    def counter_queries(self, rows: int) -> int:
        """How many queries the counters of a batch of so many rows take."""
        name = f"status-{time.time_ns()}"
        with metered() as meter:
            self._batch(meter, name, list(range(rows)))
        with metered() as meter:
            standing = wiring.batches().standing(BatchId("bench", "portfolio", name))
        if standing is None or standing.accepted != rows:
            raise RuntimeError(standing)
        return meter.calls["Query"]

    def _batch(self, meter: Meter, name: str, users: Sequence[int]) -> int:
        parts = range(0, len(users), self._part)
        for at in parts:
            chosen = users[at : at + self._part]
            body = self._source.body(chosen, [self.versions[user] for user in chosen])
            with cpu(meter), self.split("accept"):
                part = self._source.read(body)
                named = replace(
                    part, batch=replace(part.batch, batch=name), name=str(at), declared=len(users)
                )
                if self._source.answers:
                    # What `engine.exchange` asks first; it would wait for the worker here.
                    wiring.batches().replaced_us(named.batch)
                receipt = engine.accept(named, wiring.batches(), wiring.queue(), wiring.clock)
            for message in self._messages(meter):
                with cpu(meter), self.split("work"):
                    if trigger.work({"Records": [message]}, None)["batchItemFailures"]:
                        raise RuntimeError("a slice failed")
            if self._source.answers:
                # The call that waits is one invocation with its acceptance.
                with cpu(meter), self.split("answer"):
                    told = wiring.batches().outcomes(receipt.slices)
                meter.invocations -= 1
                if told is None or any(one.fate.failed for ended in told for one in ended):
                    raise RuntimeError("an item failed")
        return len(parts)

    @contextmanager
    def split(self, what: str) -> Iterator[None]:
        """Add the block's time to the seconds that this took."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[what] += time.perf_counter() - began

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
