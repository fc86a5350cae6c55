"""Batches that were given up, and their replay."""

from collections.abc import Sequence
from typing import Any

from batchgate import engine, wiring
from batchgate.engine import replay
from batchgate.model import BatchId, Item, Slice, Standing, Tally
from tests.engine.making import admit, batch, part


def accept(*items: Item, name: str = "b1", **fields: Any) -> Sequence[Slice]:
    """Accept a batch of one part; its slices are sent."""
    one = part(*items, name=name, **fields)
    return engine.accept(one, wiring.batches(), wiring.queue(), wiring.clock).slices


def give_up(*items: Item, name: str = "b1", **fields: Any) -> None:
    """A completed batch whose slices were all given up."""
    for work in admit(*items, name=name, **fields):
        engine.give_up(work, wiring.batches())
    settle(fields.get("batch", batch(name)))


def settle(of: BatchId) -> bool:
    """Complete a batch if it is done; whether this call did."""
    return engine.settle(
        of, wiring.batches(), wiring.plans(), wiring.queue(), wiring.events(), wiring.clock
    )


def plan(of: BatchId, **how: Any) -> replay.Plan:
    """What a replay of a batch would put back."""
    planned = replay.plan(of, wiring.batches(), wiring.clock, **how)
    assert planned is not None
    return planned


def put_back(planned: replay.Plan) -> Sequence[Slice]:
    """Replay what is planned."""
    return replay.put_back(
        [planned], wiring.batches(), wiring.records(), wiring.queue(), wiring.clock
    )


def standing(of: BatchId) -> Standing:
    """Where a batch stands, its counters closed."""
    found = wiring.lookups().results(of)
    assert found is not None
    told = found.standing
    assert told.tally == Tally.of(outcome for _, outcome in found.items if outcome)
    assert told.pending == sum(1 for _, outcome in found.items if outcome is None)
    return told
