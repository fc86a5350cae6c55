"""The logger, the metrics and their names.

Never in a log, metric or trace: a secret, a token, a signature or a partner's row.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
_metrics = Metrics()

REQUESTS = "Requests"
REFUSED = "RequestsRefused"
FAULTS = "RequestsFailed"
ITEMS_ACCEPTED = "ItemsAccepted"
ITEMS_ENDED = "ItemsEnded"
ITEMS_FAILED = "ItemsFailed"
ITEMS_BROKEN = "ItemsBroken"
SLICES_GIVEN_UP = "SlicesGivenUp"
SLICES_SENT_AGAIN = "SlicesSentAgain"
UNREADABLE_MESSAGES = "UnreadableMessages"
RECORDS_CLEARED = "RecordsCleared"
BATCHES_COMPLETED = "BatchesCompleted"
BATCH_TIME = "BatchTime"
SCHEDULE_LATE = "ScheduleLate"


def count(name: str, value: int = 1) -> None:
    """Add to a counter of this invocation."""
    _metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def seconds(name: str, value: float) -> None:
    """Record one length of time."""
    _metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=value)


@contextmanager
def invocation(**keys: str) -> Iterator[None]:
    """Log with these keys, and flush the metrics once, at the end."""
    logger.append_keys(**keys)
    try:
        yield
    finally:
        if _metrics.metric_set:  # without any it would warn, every idle minute
            _metrics.flush_metrics()
        logger.clear_state()  # also of what its slices added: the next one is not theirs
