"""The logger, the metrics and their names.

Never in a log, metric or trace: a secret, a token, a signature or a partner's row. Logs name
partners, metrics never do: each set of dimensions that a metric is seen with costs $0.30 a month
(by the hour that it is seen in). With 15 endpoints and 12 feeds that is at most
15 x 4 + 12 x 3 + 16 = 112 sets, $34; what never happens, such as 5xx, costs nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

logger = Logger()

ANSWERS = {2: "Answers2xx", 4: "Answers4xx", 5: "Answers5xx"}
"""By the class of the status."""
REFUSED = "RequestsRefused"
"""Whatever the status: row push refuses with 200."""
BY_FUNCTION = frozenset({*ANSWERS.values(), REFUSED})
"""Metrics that have the dimension `function`: an endpoint, by its name in the template."""

ITEMS_ACCEPTED = "ItemsAccepted"
ITEMS_ENDED = "ItemsEnded"
ITEMS_FAILED = "ItemsFailed"
BY_FEED = frozenset({ITEMS_ACCEPTED, ITEMS_ENDED, ITEMS_FAILED})
"""Metrics that have the dimension `feed`, whoever's it is."""

ITEMS_BROKEN = "ItemsBroken"
SLICE_TIME = "SliceTime"
"""From the acceptance of a part to the outcomes of one of its slices."""
SLICES_FAILED = "SlicesFailed"
"""Tries at a slice that failed, for another reason than load."""
SLICES_GIVEN_UP = "SlicesGivenUp"
SLICES_SENT_AGAIN = "SlicesSentAgain"
UNREADABLE_MESSAGES = "UnreadableMessages"
OLDEST_PENDING = "OldestPending"
"""How long the oldest slice without outcomes waits, of the batches that the sweep looked at."""
RECORDS_CLEARED = "RecordsCleared"
REPLACEMENTS = "Replacements"
BATCHES_COMPLETED = "BatchesCompleted"
BATCH_TIME = "BatchTime"
BUSY = "Busy"
"""Calls and slices that were put off because a service of AWS refused for load."""
REFUSED_SIGNATURES = "RefusedSignatures"
"""Calls whose signature fits no live secret of their key, or is of another time; and sign-ins."""
SCHEDULE_LATE = "ScheduleLate"
"""From the moment that a batch was scheduled for to the one at which it began."""
BATCHES_COUNTED = "BatchesCounted"
COUNTS_OFF = "CountsDoNotClose"
TOTALS = frozenset(
    {
        ITEMS_BROKEN,
        SLICE_TIME,
        SLICES_FAILED,
        SLICES_GIVEN_UP,
        SLICES_SENT_AGAIN,
        UNREADABLE_MESSAGES,
        OLDEST_PENDING,
        RECORDS_CLEARED,
        REPLACEMENTS,
        BATCHES_COMPLETED,
        BATCH_TIME,
        BUSY,
        REFUSED_SIGNATURES,
        SCHEDULE_LATE,
        BATCHES_COUNTED,
        COUNTS_OFF,
    }
)
"""Metrics of the whole stack: like all others they have the dimension `service`, its name."""

_sets: dict[tuple[tuple[str, str], ...], EphemeralMetrics] = {}


def count(name: str, value: int = 1, **dimensions: str) -> None:
    """Add to a counter of this invocation."""
    _set(dimensions).add_metric(name=name, unit=MetricUnit.Count, value=value)


def seconds(name: str, value: float, **dimensions: str) -> None:
    """Record one length of time."""
    _set(dimensions).add_metric(name=name, unit=MetricUnit.Seconds, value=value)


@contextmanager
def invocation(**keys: str) -> Iterator[None]:
    """Log with these keys, and flush the metrics once, at the end: a line per dimensions."""
    logger.append_keys(**keys)
    try:
        yield
    finally:
        for metrics in _sets.values():
            if metrics.metric_set:  # without any it would warn, every idle minute
                metrics.flush_metrics()
        logger.clear_state()  # also of what its slices added: the next one is not theirs


def _set(dimensions: dict[str, str]) -> EphemeralMetrics:
    """The metrics with these dimensions: EMF gives all metrics of a line the same ones."""
    key = tuple(dimensions.items())
    if key not in _sets:
        _sets[key] = EphemeralMetrics()
        _sets[key].set_default_dimensions(**dimensions)
    return _sets[key]
