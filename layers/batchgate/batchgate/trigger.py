"""SQS in: slices handed to the worker, and those that nobody could work."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from batchgate import engine, queue, telemetry, wiring
from batchgate.errors import Busy, DataLost
from batchgate.model import BatchId, Slice, Tally

Response = PartialItemFailureResponse


def work(event: dict[str, Any], context: Any) -> Response:
    """Work the slices of an SQS event; those that failed come again, with their groups."""
    desk = engine.Desk(wiring.batches(), wiring.records())
    desk.expect(filter(None, (_readable(record["body"]) for record in event["Records"])))
    drain = _Drain(lambda work, received: desk.work(work, received=received))
    response = drain(event, context)
    for record in event["Records"]:
        if {"itemIdentifier": record["messageId"]} in response["batchItemFailures"]:
            delay = drain.delays.get(record["attributes"]["MessageGroupId"], 0)
            wiring.queue().retry_in(record["receiptHandle"], delay)
    return response


def give_up(event: dict[str, Any], context: Any) -> Response:
    """End the items of slices that ended in the dead-letter queue as failed."""

    def end(work: Slice, _received: int) -> Tally | None:
        return engine.give_up(work, wiring.batches())

    readable = [record for record in event["Records"] if _readable(record["body"])]
    for record in event["Records"]:
        if record not in readable:
            # Nothing is lost with it: the sweep sends slices without outcomes again.
            telemetry.logger.error("unreadable message", extra={"message_id": record["messageId"]})
            telemetry.count(telemetry.UNREADABLE_MESSAGES)
    return _Drain(end)({"Records": readable}, context)


class _Drain:
    """Hands the slices of an event to a function, in order, then settles their batches."""

    def __init__(self, one: Callable[[Slice, int], Tally | None]) -> None:
        self._one = one
        self._batches: dict[BatchId, None] = {}
        self.delays: dict[str, int] = {}
        """Seconds until a group that failed is to be tried again."""

    def __call__(self, event: dict[str, Any], context: Any) -> Response:
        with telemetry.invocation():
            if not event["Records"]:
                return {"batchItemFailures": []}
            processor = SqsFifoPartialProcessor(skip_group_on_error=True)
            processor.raise_on_entire_batch_failure = False
            response: Response = process_partial_response(event, self._record, processor, context)
            for batch in self._batches:
                self._settle(batch)
        return response

    def _record(self, record: SQSRecord) -> None:
        received = int(record.attributes.approximate_receive_count)
        group = record.attributes.message_group_id or ""
        try:
            work = queue.read(record.body)
            telemetry.logger.append_keys(
                correlation_id=work.correlation_id,
                partner=work.batch.partner,
                batch=work.batch.batch,
                part=work.part,
            )
            tally = self._one(work, received)
        except Busy as busy:
            self.delays[group] = min(5 * 6 ** (received - 1), 900)
            telemetry.logger.warning("busy", extra={"reason": str(busy), "received": received})
            raise
        except Exception:
            self.delays[group] = 2**received - 1
            telemetry.logger.exception("slice failed", extra={"received": received})
            raise
        if tally is not None:
            telemetry.count(telemetry.ITEMS_ENDED, tally.ended)
            telemetry.count(telemetry.ITEMS_FAILED, tally.failed)
            telemetry.logger.info("slice ended", extra={"shard": work.shard, "items": tally.ended})
        self._batches[work.batch] = None

    def _settle(self, batch: BatchId) -> None:
        try:
            engine.settle(batch, wiring.batches(), wiring.events(), wiring.clock)
        except Busy as busy:  # the slices are safe; the sweep completes the batch
            telemetry.logger.warning("not settled", extra={"reason": str(busy)})


def _readable(body: str) -> Slice | None:
    try:
        return queue.read(body)
    except DataLost:
        return None
