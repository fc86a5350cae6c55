"""SQS in: work handed to the worker, and what nobody could work."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import (
    SQSRecord,
    SQSRecordAttributes,
)

from batchgate import engine, queue, telemetry, wiring
from batchgate.errors import Busy, DataLost, TooEarly
from batchgate.model import BatchId, Due, Slice, Tally

Response = PartialItemFailureResponse


def work(event: dict[str, Any], context: Any) -> Response:
    """Do the work of an SQS event; what failed comes again, with its group.

    An unreadable message comes again, too, until it is a dead letter; those behind it in
    its group do not wait for it. If it was a slice, the sweep sends that again.
    """
    slices, unreadable = _sorted(event)
    desk = engine.Desk(wiring.batches(), wiring.records())
    until = wiring.clock() + engine.CLEAR_US
    # What may have killed its worker twice is read alone, once its try is counted.
    given = [queue.read(one["body"]) for one in slices if _received(one) < engine.TRIES]
    desk.expect(work for work in given if isinstance(work, Slice))

    def one(work: Slice | Due, handed: SQSRecordAttributes) -> Tally | None:
        if isinstance(work, Due):
            engine.fire(work, wiring.plans(), wiring.batches(), wiring.queue(), wiring.clock)
            return None
        received = int(handed.approximate_receive_count)
        if work.clearing is None:
            return desk.work(work, received=received, sent_us=int(handed.sent_timestamp) * 1_000)
        desk.clear(work, wiring.queue(), wiring.clock, until, received=received)
        return None

    drain = _Drain(one)
    response = drain({"Records": slices}, context)
    response["batchItemFailures"] += [
        {"itemIdentifier": record["messageId"]} for record in unreadable
    ]
    for record in event["Records"]:
        if {"itemIdentifier": record["messageId"]} in response["batchItemFailures"]:
            received = _received(record)
            group = record["attributes"]["MessageGroupId"]
            delay = drain.delays.get(group, _pause(received))
            wiring.queue().retry_in(record["receiptHandle"], delay)
    return response


def give_up(event: dict[str, Any], context: Any) -> Response:
    """End the items of slices that ended in the dead-letter queue as failed."""

    def end(work: Slice | Due, _handed: SQSRecordAttributes) -> Tally | None:
        if isinstance(work, Due):  # the sweep wakes a plan again that has not acted
            telemetry.logger.error("wake-up given up", extra={"plan": work.name})
            telemetry.count(telemetry.SLICES_GIVEN_UP)
            return None
        if work.clearing is None:
            return engine.give_up(work, wiring.batches())
        engine.leave(work, wiring.batches())
        return None

    slices, unreadable = _sorted(event)
    if unreadable:  # nothing is lost: the sweep sends slices without outcomes again
        telemetry.count(telemetry.UNREADABLE_MESSAGES, len(unreadable))
    return _Drain(end)({"Records": slices}, context)


class _Drain:
    """Hands the slices of an event to a function, in order, then settles their batches."""

    def __init__(self, one: Callable[[Slice | Due, SQSRecordAttributes], Tally | None]) -> None:
        self._one = one
        self._batches: dict[BatchId, Slice] = {}
        self.delays: dict[str, int] = {}
        """Seconds until a group that failed is to be tried again."""

    def __call__(self, event: dict[str, Any], context: Any) -> Response:
        with telemetry.invocation():
            if not event["Records"]:
                return {"batchItemFailures": []}
            processor = SqsFifoPartialProcessor(skip_group_on_error=True)
            processor.raise_on_entire_batch_failure = False
            response: Response = process_partial_response(event, self._record, processor, context)
            for batch, last in self._batches.items():
                _log_as(last)
                self._settle(batch)
        return response

    def _record(self, record: SQSRecord) -> None:
        received = int(record.attributes.approximate_receive_count)
        group = record.attributes.message_group_id or ""
        try:
            work = queue.read(record.body)
            _log_as(work)
            tally = self._one(work, record.attributes)
        except TooEarly as early:
            self.delays[group] = early.seconds
            raise
        except Busy as busy:
            self.delays[group] = min(5 * 6 ** (received - 1), 900)
            telemetry.count(telemetry.BUSY)
            telemetry.logger.warning("busy", extra={"reason": str(busy), "received": received})
            raise
        except Exception:
            self.delays[group] = _pause(received)
            telemetry.count(telemetry.SLICES_FAILED)
            telemetry.logger.exception("slice failed", extra={"received": received})
            raise
        if isinstance(work, Due):
            return
        if tally is not None:
            _ended(work, tally)
        self._batches[work.batch] = work

    def _settle(self, batch: BatchId) -> None:
        try:
            engine.settle(
                batch,
                wiring.batches(),
                wiring.plans(),
                wiring.queue(),
                wiring.events(),
                wiring.clock,
            )
        except Exception as error:  # noqa: BLE001 (the slices are closed; the sweep does the rest)
            log = (
                telemetry.logger.warning if isinstance(error, Busy) else telemetry.logger.exception
            )
            log(
                "not settled",
                extra={"partner": batch.partner, "batch": batch.batch, "reason": str(error)},
            )


def _log_as(work: Slice | Due) -> None:
    """Name this work in whatever is logged from here on."""
    if isinstance(work, Due):
        plan = work.plan
        telemetry.logger.append_keys(
            partner=plan.partner, feed=plan.feed, batch=str(plan.number), part=str(work.phase)
        )
        return
    telemetry.logger.append_keys(
        correlation_id=work.correlation_id,
        partner=work.batch.partner,
        feed=work.batch.feed,
        batch=work.batch.batch,
        part=work.part,
    )


def _ended(work: Slice, tally: Tally) -> None:
    taken = (wiring.clock() - work.accepted_us) / 1e6
    telemetry.count(telemetry.ITEMS_ENDED, tally.ended, feed=work.batch.feed)
    telemetry.count(telemetry.ITEMS_FAILED, tally.failed, feed=work.batch.feed)
    telemetry.seconds(telemetry.SLICE_TIME, taken)
    telemetry.logger.info(
        "slice ended",
        extra={
            "shard": work.shard,
            "items": tally.ended,
            "failed": tally.failed,
            "seconds": round(taken, 3),
        },
    )


def _received(record: dict[str, Any]) -> int:
    """How often the queue has handed a message out."""
    return int(record["attributes"]["ApproximateReceiveCount"])


def _pause(received: int) -> int:
    """Seconds until what failed without being busy is tried again."""
    return (1 << received) - 1


def _sorted(event: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """An event's records: those that are work, and those that can't be read."""
    slices, unreadable = [], []
    for record in event["Records"]:
        try:
            queue.read(record["body"])
        except DataLost:
            telemetry.logger.error("unreadable message", extra={"message_id": record["messageId"]})
            unreadable.append(record)
        else:
            slices.append(record)
    return slices, unreadable
