"""A replay among all else that is written: what is newer stays, and each item counts once."""

from dataclasses import replace

import pytest

from batchgate import engine, wiring
from batchgate.engine import replay
from batchgate.errors import Busy
from batchgate.model import Fate, Outcome, Tally, digest
from tests.engine.calls import answering, refusal
from tests.engine.making import (
    INSERT,
    REMOVE,
    UPDATE,
    admit,
    apply,
    batch,
    desk,
    item,
    letters,
    part,
    stored,
)
from tests.engine.replaying import accept, give_up, plan, put_back, settle, standing
from tests.gateway import Gateway


@pytest.mark.parametrize(
    ("newer", "how"), [("2", "u"), ("1", "i")], ids=["written by the newer", "unchanged by it"]
)
def test_an_older_part_that_is_replayed_never_overwrites_a_newer_one(
    gateway: Gateway, newer: str, how: str
) -> None:
    """Also where the newer one found the record as it wants it, and wrote nothing."""
    apply(item("FPT", "1"), name="b0")
    gateway.clock.move(seconds=1)
    give_up(item("FPT", "old"), item("VNM", "old"))
    gateway.clock.move(seconds=1)
    apply(item("FPT", newer), name="b2")

    (back,) = put_back(plan(batch()))
    gateway.drain()

    assert letters(batch()) == "si"
    record = stored(["FPT"], back)["FPT"]
    assert (record.how, record.accepted_us < back.accepted_us) == (how, how == "i")


def test_the_first_message_of_a_replayed_slice_coming_last_undoes_nothing(
    gateway: Gateway,
) -> None:
    """A submit hung before it sent; its slice was given up and replayed meanwhile."""
    (work,) = admit(item("FPT", "old"))
    engine.give_up(work, wiring.batches())
    gateway.clock.move(seconds=1)
    apply(item("FPT", "new"), name="b2")
    (back,) = put_back(plan(batch()))

    assert desk().work(work) is None
    gateway.drain()

    assert letters(batch()) == "s"
    assert stored(["FPT"], back)["FPT"].accepted_us > work.accepted_us


def test_a_first_message_that_comes_again_leaves_a_replayed_slice_to_its_new_one(
    gateway: Gateway,
) -> None:
    """Its worker died; meanwhile the slice was given up and replayed, and what a newer part
    named has no record that would tell it."""
    (work,) = admit(item("FPT", "old"))
    engine.give_up(work, wiring.batches())
    gateway.clock.move(seconds=1)
    apply(item("FPT", "", REMOVE), name="b2")
    (back,) = put_back(plan(batch()))

    assert desk().work(work, received=2) is None
    gateway.drain()

    assert letters(batch()) == "s"
    assert stored(["FPT"], back) == {}


def test_batches_that_are_replayed_together_take_effect_in_their_order(
    gateway: Gateway,
) -> None:
    """Whoever plans them in whatever order: the newest content stays."""
    for name in ("b1", "b2"):
        give_up(item("FPT", name), name=name)
        gateway.clock.move(seconds=1)
    plans = [plan(batch("b2")), plan(batch("b1"))]

    back = replay.put_back(plans, wiring.batches(), wiring.records(), wiring.queue(), wiring.clock)
    gateway.drain()

    assert [work.batch.batch for work in back] == ["b1", "b2"]
    assert (letters(batch("b1")), letters(batch("b2"))) == ("i", "u")
    assert stored(["FPT"], back[0])["FPT"].digest == digest(b"b2")


def test_batches_of_several_feeds_are_replayed_together(gateway: Gateway) -> None:
    """What was put back is told of all of them."""
    for feed in ("stock", "price"):
        give_up(item("FPT"), batch=batch(feed=feed))
    plans = [plan(batch(feed=feed)) for feed in ("stock", "price")]

    back = replay.put_back(plans, wiring.batches(), wiring.records(), wiring.queue(), wiring.clock)

    assert [work.batch.feed for work in back] == ["stock", "price"]


def test_what_comes_too_late_shows_the_number_of_what_is_there(gateway: Gateway) -> None:
    """As if it had been worked in its order and changed nothing: 0 where there is no record."""
    apply(item("FPT", "1"), name="b0", numbered=True)
    give_up(item("FPT", "old"), item("VNM", "old"), numbered=True)
    gateway.clock.move(seconds=1)
    apply(item("FPT", "new"), item("VNM", "", REMOVE), name="b2")

    put_back(plan(batch()))
    gateway.drain()

    results = wiring.lookups().results(batch())
    assert results is not None
    assert [outcome for _, outcome in results.items] == [
        Outcome(Fate.UNCHANGED, 1),
        Outcome(Fate.UNCHANGED, 0),
    ]


@pytest.mark.parametrize("method", ["execute", "revert"])
def test_what_a_plan_set_too_late_is_told_to_have_been_kept_from(
    gateway: Gateway, method: str
) -> None:
    """A plan names the keys that it did not change; `unchanged` would say that it had."""
    give_up(item("FPT", "old"), item("VNM", "old"), name="7.execute.1", method=method)
    gateway.clock.move(seconds=1)
    apply(item("FPT", "new"), name="b2")

    put_back(plan(batch("7.execute.1")))
    gateway.drain()

    assert letters(batch("7.execute.1")) == "di"


def test_a_newer_part_that_failed_stands_in_nobodys_way(gateway: Gateway) -> None:
    """It says nothing of what the record should be."""
    apply(item("FPT", "1"), name="b0")
    gateway.clock.move(seconds=1)
    give_up(item("FPT", "old"))
    gateway.clock.move(seconds=1)
    apply(item("FPT", "2", INSERT), item("VNM", "1", UPDATE), name="b2")

    (back,) = put_back(plan(batch()))
    gateway.drain()

    assert letters(batch("b2")) == "em"
    assert letters(batch()) == "u"
    assert stored(["FPT"], back)["FPT"].written_by == back.mark


def test_a_newer_sequence_of_the_same_batch_counts_as_newer(gateway: Gateway) -> None:
    """Sequences of one batch are parts like those of different ones."""
    (first,) = admit(item("FPT", "old"), declared=2)
    engine.give_up(first, wiring.batches())
    gateway.clock.move(seconds=1)
    apply(item("FPT", "1"), name="b0")
    gateway.clock.move(seconds=1)
    second = replace(part(item("FPT", "1"), declared=2), name="1")
    (work,) = engine.accept(second, wiring.batches(), wiring.queue(), wiring.clock).slices
    desk().work(work)
    settle(batch())
    assert letters(batch()) == "gs"

    put_back(plan(batch()))
    gateway.drain()

    assert letters(batch()) == "ss"


def test_what_a_newer_replacement_left_out_is_not_brought_back(gateway: Gateway) -> None:
    """There was no record to leave a tombstone of."""
    give_up(item("FPT"))
    gateway.clock.move(seconds=1)
    accept(item("VNM"), name="b2", replaces=True)
    gateway.drain()

    (back,) = put_back(plan(batch()))
    gateway.drain()

    assert letters(batch()) == "s"
    assert stored(["FPT"], back) == {}


def test_what_a_slice_wrote_before_it_was_given_up_is_told(gateway: Gateway) -> None:
    """Its record remembers it, though a newer part found nothing to change."""
    (work,) = admit(item("FPT"))
    with answering("TransactWriteItems", refusal("InternalFailure", 500)), pytest.raises(Busy):
        desk().work(work)
    engine.give_up(work, wiring.batches())
    settle(batch())
    gateway.clock.move(seconds=1)
    apply(item("FPT"), name="b2")

    put_back(plan(batch()))
    gateway.drain()

    assert letters(batch("b2")) == "s"
    assert letters(batch()) == "i"


def test_a_replayed_part_of_a_replacement_removes_nothing_anew(gateway: Gateway) -> None:
    """What others pushed since stays, and the removals are counted once."""
    apply(item("old"), name="b0")
    gateway.clock.move(seconds=1)
    give_up(item("FPT"), replaces=True)
    gateway.drain()
    assert standing(batch()).completed
    gateway.clock.move(seconds=1)
    apply(item("later"), name="b2")

    (back,) = put_back(plan(batch()))
    assert standing(batch()).state == "clearing"
    gateway.drain()

    told = standing(batch())
    assert (told.state, told.removed, told.tally) == ("completed", 1, Tally(inserted=1))
    kept = stored(["old", "later", "FPT"], back)
    assert {key: one.removed for key, one in kept.items()} == {
        "old": True,
        "later": False,
        "FPT": False,
    }
