"""A replay while something else goes on in its batch: it is done whole, once, or not at all."""

from dataclasses import replace
from typing import Any

import pytest

from batchgate import engine, wiring
from batchgate.engine import replay
from batchgate.model import Tally
from tests.engine.calls import on
from tests.engine.making import (
    admit,
    apply,
    batch,
    desk,
    item,
    letters,
    part,
)
from tests.engine.replaying import give_up, plan, put_back, settle, standing
from tests.gateway import Gateway


def test_a_correction_and_a_replay_at_once_count_each_row_once(gateway: Gateway) -> None:
    """The partner sends its sequence corrected while the operator puts it back."""
    give_up(item("FPT", "1"), declared=1)
    given = part(item("FPT", "2"))
    receipt = wiring.batches().admit(given, wiring.clock())
    assert receipt.repeated
    put_back(plan(batch()))

    assert wiring.batches().correct(given, receipt, Tally(failed=1), wiring.clock()) is None
    gateway.drain()

    assert standing(batch()).tally == Tally(inserted=1)


def test_a_replay_that_was_planned_before_a_correction_does_nothing(gateway: Gateway) -> None:
    """The other order."""
    give_up(item("FPT", "1"), declared=1)
    planned = plan(batch())
    given = part(item("FPT", "2"))
    receipt = wiring.batches().admit(given, wiring.clock())
    corrected = wiring.batches().correct(given, receipt, Tally(failed=1), wiring.clock())
    assert corrected is not None

    assert put_back(planned) == []
    assert desk().work(corrected.slices[0]) == Tally(inserted=1)

    assert standing(batch()).tally == Tally(inserted=1)


def two_slices(parts: int) -> None:
    """A batch of two slices that were given up: of one part, or of a part each."""
    keys = [["FPT", "VNM"]] if parts == 1 else [["FPT"], ["VNM"]]
    for name, of in enumerate(keys):
        one = part(*map(item, of), declared=2, shards=3 - parts)
        for work in wiring.batches().admit(replace(one, name=str(name)), wiring.clock()).slices:
            engine.give_up(work, wiring.batches())
    settle(batch())


@pytest.mark.parametrize("parts", [1, 2])
def test_what_ended_anew_while_its_batch_is_put_back_is_left_alone(
    gateway: Gateway, parts: int
) -> None:
    """Another operator put it back meanwhile; what it ended as since must not be taken back
    as what it had ended as before."""
    two_slices(parts)
    planned, taken = plan(batch()), [0]

    def others(model: Any, **_: Any) -> None:
        taken[0] += model.name == "TransactWriteItems"
        if taken == [2]:
            taken[0] = 3
            put_back(plan(batch()))
            gateway.drain()

    with on("before-call", others):
        back = put_back(planned)

    assert len(back) == 1
    gateway.drain()
    assert letters(batch()) == "ii"
    assert standing(batch()).tally == Tally(inserted=2)


def test_all_slices_of_a_part_are_put_back_together(gateway: Gateway) -> None:
    """Each tells its part's row that it was, and the next one knows."""
    give_up(*[item(f"k{at}") for at in range(40)], shards=6)

    assert len(put_back(plan(batch()))) == 6


def test_whoever_was_about_to_complete_a_batch_does_not_complete_a_replayed_one(
    gateway: Gateway,
) -> None:
    """Its tally is older than the replay; it would be the batch's for ever."""
    (work,) = admit(item("FPT"))
    engine.give_up(work, wiring.batches())
    seen = standing(batch())
    put_back(plan(batch()))

    assert not wiring.batches().complete(batch(), seen.tally, wiring.clock(), seen.replays)

    gateway.drain()
    (told,) = gateway.announced()
    assert (told["inserted"], told["failed"]) == (1, 0)


def test_it_is_told_how_many_batches_a_replay_reads(gateway: Gateway) -> None:
    """Each costs: those of the feed, from a day before the oldest that is put back."""
    apply(item("FPT"), name="of two days ago")
    gateway.clock.move(seconds=2 * 86_400)
    apply(item("FPT"), name="before")
    apply(item("FPT"), name="b", batch=batch("of another feed", feed="card"))
    give_up(item("VNM"), name="b1")
    give_up(item("ACB"), name="b2")
    plans = [plan(batch("b1")), plan(batch("b2"))]

    assert replay.looks_into(plans, wiring.batches()) == 3
    assert replay.looks_into([plan(batch("before"))], wiring.batches()) == 0


def test_it_is_told_how_many_batches_a_replay_of_two_feeds_reads(gateway: Gateway) -> None:
    """Those of both."""
    cards = batch(feed="card")
    give_up(item("FPT"), name="b1")
    give_up(item("1"), batch=cards)

    assert replay.looks_into([plan(batch("b1")), plan(cards)], wiring.batches()) == 2
