"""What others hear of: a batch that is completed."""

from collections.abc import Mapping

import pytest

from local.listener import Listener
from local.stack import Stack
from tests.stack.broker import Broker, batch, until

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("troubles")]


def test_a_completed_batch_is_announced_exactly_once(
    stack: Stack, brokers: Mapping[str, Broker], listener: Listener
) -> None:
    """Both its slices see it done, and the sweep looks at it: one of them says so."""
    broker = brokers["announcer"]
    first = batch(*[f"investor-{at}" for at in range(20)])
    first["portfolios"][3]["holding"][0]["costPrice"] = None
    second = batch("investor-1", totalQty=7)

    broker.submit(first)
    heard = until(lambda: listener.of(first["batchId"]))
    stack.client("lambda").invoke(FunctionName=stack.outputs["Sweep"], Payload=b"{}")
    broker.submit(first)  # once more: its slices are queued again
    broker.submit(second)
    until(lambda: listener.of(second["batchId"]))

    assert heard == [
        {
            "partner": "announcer",
            "feed": "portfolio",
            "batch": first["batchId"],
            "method": "sync",
            "rows": 20,
            "inserted": 19,
            "updated": 0,
            "unchanged": 0,
            "removed": 0,
            "failed": 1,
        }
    ]
    assert listener.of(first["batchId"]) == heard
