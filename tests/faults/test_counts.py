"""Counts always close: accepted = inserted + updated + unchanged + removed + failed + pending."""

from dataclasses import replace
from typing import Any

import pytest

from batchgate import engine, wiring
from batchgate.model import BatchId, Tally
from tests.engine.calls import on
from tests.engine.making import item, part
from tests.faults.dying import dies
from tests.faults.world import ITEMS, TALLY, accept, begun, check, counts, submit
from tests.gateway import Gateway, Partner

ID = "8c8974a0-e516-4a6c-92b3-000000000001"


def adds_up(batch: BatchId) -> Tally | None:
    """What a batch's counters say, after comparing them with its rows, one by one."""
    results = wiring.lookups().results(batch)
    if results is None:
        return None
    standing = results.standing
    ended = [outcome for _, outcome in results.items if outcome is not None]
    assert standing.tally == Tally.of(ended)
    assert standing.pending == len(results.items) - len(ended)
    assert standing.accepted == standing.tally.ended + standing.pending == len(results.items)
    return standing.tally


class Watch:
    """Looks at a batch after every call that anybody makes to AWS."""

    def __init__(self, batch: BatchId) -> None:
        self.batch = batch
        self.seen: list[int] = []
        self._looking = False

    def __call__(self, **_: Any) -> None:
        if self._looking:
            return
        self._looking = True
        tally = adds_up(self.batch)
        self.seen.append(-1 if tally is None else tally.ended)
        self._looking = False


def test_counts_close_after_every_call(gateway: Gateway) -> None:
    """From the first row stored to the last slice closed, whoever looks."""
    batch = BatchId("acme", "stock", "all")
    watch = Watch(batch)
    with on("after-call", watch):
        accept(batch, *ITEMS)
        gateway.drain()

    assert watch.seen[0] == -1
    assert sorted(set(watch.seen)) == [-1, 0, 12, 15]
    assert watch.seen == sorted(watch.seen)


@pytest.mark.parametrize("at", [4, 5, 6, 7, 8])
def test_counts_close_when_the_worker_dies(gateway: Gateway, at: int) -> None:
    """After a death around each write, and after every call of the one that works it again."""
    batch = begun(gateway, "stock")
    watch = Watch(batch)
    with on("after-call", watch):
        dies(at, lambda: gateway.deliver(gateway.queue, "worker"))
        gateway.drain()

    assert watch.seen == sorted(watch.seen)
    assert adds_up(batch) == TALLY
    check(batch)


def test_the_status_closes_from_the_instant_that_submit_answered(
    gateway: Gateway, acme: Partner
) -> None:
    """What the partner sees while its batch is worked, slice by slice."""
    submit(gateway, acme, 1)
    told = [counts(gateway.status(acme, batchId=ID))]
    while gateway.deliver(gateway.queue, "worker", most=1):
        told.append(counts(gateway.status(acme, batchId=ID)))

    assert told[0] == (7, 0, 0, 7)
    assert told[-1] == (7, 5, 2, 0)
    assert len(told) == 3
    assert all(total == good + bad + pending for total, good, bad, pending in told)


def test_a_batch_in_parts_closes_while_parts_come_and_go(gateway: Gateway) -> None:
    """Accepted grows with each part; ended never runs ahead of it."""
    batch = BatchId("acme", "stock", "parts")
    watch = Watch(batch)
    with on("after-call", watch):
        for name in ("0", "1", "2"):
            items = [item(f"k{at}", name) for at in range(4)]
            one = replace(part(*items, batch=batch, shards=2, declared=12), name=name)
            engine.accept(one, wiring.batches(), wiring.queue(), wiring.clock)
            gateway.drain()

    assert adds_up(batch) == Tally(inserted=4, updated=8)
    assert watch.seen[-1] == 12
