"""SQS: work slices in the order of their groups."""

from typing import Any

from batchgate import trigger


def handler(event: dict[str, Any], context: Any) -> trigger.Response:
    """Answer with the messages that are to come again."""
    return trigger.work(event, context)
