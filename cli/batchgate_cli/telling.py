"""Batches in words and in JSON."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from batchgate import wiring
from batchgate.engine.lifecycle import PATIENCE_US
from batchgate.model import BatchId, Fate, Standing

FATES = {
    Fate.INSERTED: "inserted",
    Fate.UPDATED: "updated",
    Fate.UNCHANGED: "unchanged",
    Fate.REMOVED: "removed",
    Fate.REFUSED: "refused",
    Fate.EXISTS: "exists",
    Fate.MISSING: "missing",
    Fate.DENIED: "denied",
    Fate.DISORDERED: "disordered",
    Fate.BROKEN: "broken",
    Fate.GIVEN_UP: "given up",
}
"""How items ended, in a word each."""

COUNTERS = ("accepted", "inserted", "updated", "unchanged", "removed", "failed", "pending")


def time(us: int) -> str:
    """A time (UTC, µs) as people and machines read it."""
    return datetime.fromtimestamp(us // 1_000_000, UTC).isoformat().replace("+00:00", "Z")


def age(us: int) -> str:
    """A length of time in its largest unit."""
    for name, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if us >= size * 1_000_000:
            return f"{us // (size * 1_000_000)}{name}"
    return f"{max(us, 0) // 1_000_000}s"


def standing(told: Standing) -> Mapping[str, Any]:
    """Where a batch stands. Its counters add up: accepted is all others but `cleared`."""
    tally = told.tally
    return {
        **named(told.batch),
        "method": told.method,
        "state": told.phase,
        "accepted_at": time(told.accepted_us),
        "age_s": (wiring.clock() - told.accepted_us) // 1_000_000,
        "declared": told.declared,
        "accepted": told.accepted,
        "inserted": tally.inserted,
        "updated": tally.updated,
        "unchanged": tally.unchanged,
        "removed": tally.removed,
        "failed": tally.failed,
        "pending": told.pending,
        "cleared": told.cleared,
    }


def named(batch: BatchId) -> Mapping[str, str]:
    """A batch's name."""
    return {"partner": batch.partner, "feed": batch.feed, "batch": batch.batch}


def stuck(told: Standing) -> bool:
    """Whether a batch has slices that wait longer than the sweep lets any wait."""
    since = wiring.clock() - PATIENCE_US
    return told.pending > 0 and bool(wiring.batches().stuck(told.batch, since))


def fates(counted: Counter[Fate]) -> Mapping[str, int]:
    """How many items ended how, in the order of `FATES`."""
    return {word: counted[fate] for fate, word in FATES.items() if counted[fate]}
