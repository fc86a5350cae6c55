"""EventBridge: what others can listen to."""

from dataclasses import asdict

import orjson

from batchgate import aws
from batchgate.errors import Busy
from batchgate.model import Standing

SOURCE = "batchgate"
COMPLETED = "batch completed"


class Events:
    """The event bus of this deployment."""

    def __init__(self, bus: str) -> None:
        """Put events on this bus."""
        self._bus = bus

    def completed(self, standing: Standing) -> None:
        """Announce that a batch is completed; an announcement may come twice.

        Raises:
            Busy: it was not announced.
        """
        detail = {
            **asdict(standing.batch),
            "method": standing.method,
            "rows": standing.accepted,
            **asdict(standing.tally),
            "removed": standing.removed,
        }
        with aws.busy():
            answer = aws.client("events").put_events(
                Entries=[
                    {
                        "EventBusName": self._bus,
                        "Source": SOURCE,
                        "DetailType": COMPLETED,
                        "Detail": orjson.dumps(detail).decode(),
                    }
                ]
            )
        if answer["FailedEntryCount"]:
            raise Busy(answer["Entries"][0]["ErrorCode"])
