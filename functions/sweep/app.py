"""Every minute: look after batches and plans whose work should be done by now."""

from typing import Any

from batchgate import engine, telemetry, wiring


def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Answer with how many slices were sent again, and how many phases of plans were woken."""
    with telemetry.invocation():
        try:
            woken = engine.wake_overdue(wiring.plans(), wiring.queue(), wiring.clock)
        finally:  # trouble with plans is not the batches' trouble
            resent = engine.sweep(
                wiring.batches(), wiring.plans(), wiring.queue(), wiring.events(), wiring.clock
            )
    return {"sent_again": resent, "woken": woken}
