"""Replays that die, hear no answer, or meet another: every item ends once, and adds up."""

from itertools import count, groupby

import pytest

from batchgate import engine, wiring
from batchgate.engine import replay
from batchgate.errors import Busy
from batchgate.model import BatchId, Tally
from tests.engine.calls import on
from tests.engine.making import letters
from tests.faults.dying import dies, overtaken, unheard
from tests.faults.test_counts import Watch, adds_up
from tests.faults.world import TALLY, begun, check, sweep, tally
from tests.gateway import Gateway

REPLAY = [
    *("Query", "Query", "Query"),  # where it stands, how its slices ended
    *("Query", "Query", "Query"),  # the items, and the feed's newer batches
    *("Query", "Query", "Query", "Query"),
    *("Query", "TransactWriteItems", "Query", "TransactWriteItems"),
    "SendMessageBatch",
]


def given_up(gateway: Gateway, feed: str) -> BatchId:
    """A completed batch given up in both shards; in one its records were written before."""
    batch = begun(gateway, feed)
    assert dies(5, lambda: gateway.deliver(gateway.queue, "worker")).hit == "TransactWriteItems"
    for work in wiring.batches().unworked(batch):
        engine.give_up(work, wiring.batches())
    gateway.drain()
    assert letters(batch) == "ggggggggggggggg"
    assert tally(batch) == Tally(failed=15)
    gateway.announced()
    return batch


def put_back(batch: BatchId) -> int:
    """Replay a batch; how many slices were put back."""
    planned = replay.plan(batch, wiring.batches(), wiring.clock)
    assert planned is not None
    return len(
        replay.put_back([planned], wiring.batches(), wiring.records(), wiring.queue(), wiring.clock)
    )


def test_counts_close_after_every_call_of_a_replay(gateway: Gateway) -> None:
    """Whoever looks: what is taken back is pending, and never counted twice."""
    batch = given_up(gateway, "stock")
    watch = Watch(batch)
    with on("after-call", watch):
        put_back(batch)
        gateway.drain()

    assert [seen for seen, _ in groupby(watch.seen)] == [15, 3, 0, 12, 15]
    check(batch)


def test_a_replay_that_dies_at_any_call_is_made_good_by_the_next(gateway: Gateway) -> None:
    """What it took back is worked without another; what it did not, waits for one."""
    for at in count(1):
        batch = given_up(gateway, f"f{at}")
        fault = dies(at, lambda batch=batch: put_back(batch))  # type: ignore[misc]
        assert adds_up(batch) is not None
        sweep(gateway)
        left = sum(1 for fate in letters(batch) if fate == "g")
        assert left == {0: 15, 1: 3, 2: 0}[fault.asked.count("TransactWriteItems")]
        put_back(batch)
        gateway.drain()

        check(batch)
        assert put_back(batch) == 0
        if not fault.hit:
            assert fault.asked == REPLAY
            break


def test_two_replays_at_once_are_one(gateway: Gateway) -> None:
    """One runs to its end, and its slices are worked, before any call of the other."""
    for at in count(1):
        batch = given_up(gateway, f"f{at}")

        def other(batch: BatchId = batch) -> None:
            put_back(batch)
            gateway.drain()

        with overtaken(at, other) as made:
            put_back(batch)
        gateway.drain()

        check(batch)
        assert adds_up(batch) == TALLY
        if len(made) < at:
            break


def test_a_worker_that_dies_on_a_replayed_slice_costs_nothing(gateway: Gateway) -> None:
    """Delivered again, it goes on; what had ended before stays as it was."""
    for at in count(1):
        batch = given_up(gateway, f"f{at}")
        put_back(batch)
        fault = dies(at, lambda: gateway.deliver(gateway.queue, "worker"))
        assert adds_up(batch) is not None
        gateway.drain()
        sweep(gateway)

        check(batch)
        if not fault.hit:
            break


def test_a_replay_that_hears_no_answer_is_made_good_by_the_next(gateway: Gateway) -> None:
    """A slice was taken back, and whoever did it does not know."""
    batch = given_up(gateway, "lost")
    with pytest.raises(Busy):
        unheard(12, lambda: put_back(batch))
    assert letters(batch).count("-") == 12
    sweep(gateway)
    put_back(batch)
    gateway.drain()

    check(batch)
