"""Every minute: look after batches whose work should be done by now."""

from typing import Any

from batchgate import engine, telemetry, wiring


def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Answer with how many slices were sent again."""
    with telemetry.invocation():
        resent = engine.sweep(wiring.batches(), wiring.queue(), wiring.events(), wiring.clock)
    return {"sent_again": resent}
