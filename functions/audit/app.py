"""Every hour: count batches anew, and ring for those whose counts do not close."""

from typing import Any

from batchgate import engine, telemetry, wiring


def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Answer with how many batches do not add up."""
    with telemetry.invocation():
        off = engine.audit(wiring.batches(), wiring.clock)
    return {"do_not_close": off}
