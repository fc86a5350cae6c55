"""Counts what the gateway asks of AWS: calls, units, bytes, CPU. By botocore's own hooks."""

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import botocore.client

from batchgate import aws
from bench import prices

READ_UNIT_BYTES = 4096


@dataclass(slots=True)
class Meter:
    """What was counted since it was made."""

    calls: Counter[str] = field(default_factory=Counter)
    write_units: float = 0.0
    sqs_requests: int = 0
    cpu_s: float = 0.0
    """All CPU of the handlers."""
    sdk_cpu_s: float = 0.0
    """The part of it that botocore took."""
    invocations: int = 0
    reads: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def read_units(self, plain: Any) -> float:
        """The read units of all reads, from the sizes of the rows they met, by AWS's rules.

        The reads are made again with a client of their own, as whole rows: a projection
        saves bytes on the wire, not units.
        """
        return sum(_units(plain, operation, dict(asked)) for operation, asked in self.reads)

    def dollars(self, plain: Any, *, api_requests: int) -> float:
        """What all this costs at list prices."""
        return (
            self.write_units * prices.WRITE_UNIT
            + self.read_units(plain) * prices.READ_UNIT
            + self.sqs_requests * prices.SQS_FIFO_REQUEST
            + self.invocations * prices.LAMBDA_REQUEST
            + self.cpu_s * prices.CORE_GB * prices.LAMBDA_ARM_GB_SECOND
            + self.calls["PutEvents"] * prices.EVENT
            + api_requests * prices.REST_API_REQUEST
        )


_current: Meter | None = None
_inside = False


@contextmanager
def metered() -> Iterator[Meter]:
    """Count everything that happens in the block."""
    global _current  # noqa: PLW0603 (hooks are process-wide, and so is what they count into)
    _current = Meter()
    try:
        yield _current
    finally:
        _current = None


@contextmanager
def cpu(meter: Meter) -> Iterator[None]:
    """Count the block's CPU as one invocation of a function."""
    meter.invocations += 1
    global _inside  # noqa: PLW0603 (as above)
    began, _inside = time.process_time(), True
    try:
        yield
    finally:
        meter.cpu_s += time.process_time() - began
        _inside = False


def install() -> None:
    """Hook into the gateway's clients. Once per process."""
    events = aws.session().get_component("event_emitter")
    events.register("provide-client-params.dynamodb.*", _ask_for_units)
    events.register("after-call.*.*", _count)
    original = botocore.client.BaseClient._make_api_call  # noqa: SLF001 (no hook is around it all)

    def timed(self: Any, operation: str, parameters: Any) -> Any:
        began = time.process_time()
        try:
            return original(self, operation, parameters)
        finally:
            if _current is not None and _inside:
                _current.sdk_cpu_s += time.process_time() - began

    botocore.client.BaseClient._make_api_call = timed  # noqa: SLF001 (as above)


def _ask_for_units(params: dict[str, Any], model: Any, **_: Any) -> None:
    if _current is not None:
        if model.name in {"Query", "BatchGetItem", "GetItem"}:
            _current.reads.append((model.name, dict(params)))
        else:
            params["ReturnConsumedCapacity"] = "TOTAL"


def _count(model: Any, parsed: dict[str, Any], **_: Any) -> None:
    if _current is None:
        return
    _current.calls[model.name] += 1
    consumed = parsed.get("ConsumedCapacity", [])
    for one in consumed if isinstance(consumed, list) else [consumed]:
        _current.write_units += one["CapacityUnits"]
    if model.name.startswith("SendMessage"):
        _current.sqs_requests += 1


def _units(plain: Any, operation: str, asked: dict[str, Any]) -> float:
    asked.pop("ProjectionExpression", None)
    if operation == "Query":
        rows = plain.query(**asked)["Items"]
        share = 1.0 if asked.get("ConsistentRead") else 0.5
        return max(1, math.ceil(sum(map(_size, rows)) / READ_UNIT_BYTES)) * share
    (table, wanted), *_ = asked["RequestItems"].items()
    wanted = {name: value for name, value in wanted.items() if name != "ProjectionExpression"}
    rows = plain.batch_get_item(RequestItems={table: wanted})["Responses"][table]
    absent = len(wanted["Keys"]) - len(rows)
    return absent + sum(max(1, math.ceil(_size(row) / READ_UNIT_BYTES)) for row in rows)


def _size(row: dict[str, Any]) -> int:
    """A row's size as DynamoDB bills it: names and values in bytes, numbers by their digits."""
    return sum(len(name.encode()) + _value(value) for name, value in row.items())


def _value(attribute: dict[str, Any]) -> int:
    (kind, value), *_ = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return math.ceil(len(value.lstrip("-")) / 2) + 1
        case "B":
            return len(value)
        case "M":
            return 3 + sum(len(name) + 1 + _value(inner) for name, inner in value.items())
        case _:
            return 1
