"""Slices that come twice, too late, or after a crash, and slices that cannot be worked."""

from dataclasses import replace

import pytest

from batchgate import engine, wiring
from batchgate.errors import Busy, DataLost
from batchgate.model import Fate, Item, Tally
from tests.engine.calls import answering, refusal, seen
from tests.engine.making import (
    INSERT,
    REMOVE,
    UPDATE,
    admit,
    apply,
    batch,
    desk,
    fates,
    item,
    letters,
    stored,
)
from tests.gateway import Gateway

THROTTLED = refusal("ThrottlingException")


def test_a_slice_delivered_twice_is_counted_once(gateway: Gateway) -> None:
    """SQS may hand the worker one message twice; the batch still adds up."""
    (work,) = admit(item("FPT"))

    assert desk().work(work) == Tally(inserted=1)
    assert desk().work(work) is None
    assert desk().work(work, received=2) is None
    assert desk().work(replace(work, again=1)) is None

    standing = wiring.lookups().standing(batch())
    assert standing is not None
    assert standing.tally == Tally(inserted=1)


@pytest.mark.parametrize("received", [1, 2])
def test_a_slice_worked_again_after_a_crash_before_closing_counts_the_same(
    gateway: Gateway, received: int
) -> None:
    """Its records are written, its outcomes are not: it reports what it did the first time."""
    apply(item("old", "1"), item("gone", "1"), name="before")
    items = [
        item("new", "1", INSERT),
        item("old", "2", UPDATE),
        item("gone", "1", REMOVE),
        item("brief", "1", INSERT),
        item("brief", "2", UPDATE),
        item("brief", "2", REMOVE),
    ]
    (work,) = admit(*items)
    with answering("TransactWriteItems", THROTTLED), pytest.raises(Busy):
        desk().work(work)

    with seen() as calls:
        tally = desk().work(work, received=received)

    assert letters(batch()) == "iuriur"
    assert tally == Tally(inserted=2, updated=2, removed=2)
    assert calls.of("BatchWriteItem") == []


def test_a_slice_half_written_goes_on_where_it_was(gateway: Gateway) -> None:
    """One of two chunks of records was written when the function died."""
    (work,) = admit(*[item(f"k{at:02}") for at in range(40)])
    with answering("BatchWriteItem", None, THROTTLED), pytest.raises(Busy):
        desk().work(work)

    with seen() as calls:
        tally = desk().work(work, received=2)

    assert tally == Tally(inserted=40)
    (write,) = calls.of("BatchWriteItem")
    assert len(write["RequestItems"]["RecordsTable"]) == 15


def test_a_number_once_written_is_the_one_reported(gateway: Gateway) -> None:
    """A redo draws new numbers only for records that have none yet."""
    (work,) = admit(*[item(f"k{at:02}") for at in range(30)], numbered=True)
    with answering("BatchWriteItem", None, THROTTLED), pytest.raises(Busy):
        desk().work(work)

    desk().work(work, received=2)

    results = wiring.lookups().results(batch())
    assert results is not None
    records = stored([f"k{at:02}" for at in range(30)], work)
    assert [outcome and outcome.number for _, outcome in results.items] == [
        records[one.key].number for one, _ in results.items
    ]
    assert len({one.number for one in records.values()}) == 30


def test_the_first_message_coming_last_does_not_undo_what_is_newer(gateway: Gateway) -> None:
    """A submit hangs before it sends; its retry is worked, then a newer batch, then it."""
    (work,) = admit(item("FPT", "old"), item("VNM", "old"))
    retried = admit(item("FPT", "old"), item("VNM", "old"))[0]
    assert desk().work(retried) == Tally(inserted=2)
    gateway.clock.move(ms=5)
    apply(item("FPT", "new"), item("VNM", "", REMOVE), name="b2")

    assert desk().work(work) is None

    records = stored(["FPT", "VNM"], work)
    assert records["FPT"].how == "u"
    assert records["VNM"].removed


def test_a_first_message_that_was_overtaken_is_worked(gateway: Gateway) -> None:
    """Clocks differ a little: in the queue, its order is the truth, and nobody had this one."""
    (work,) = admit(item("FPT", "old"))
    gateway.clock.move(ms=5)
    apply(item("FPT", "new"), name="b2")

    assert desk().work(work) == Tally(updated=1)


def test_a_first_message_sent_late_does_not_do_what_its_repetition_failed_to(
    gateway: Gateway,
) -> None:
    """A submit hangs before it sends; its retry is given up, and told as failed."""
    (work,) = admit(item("FPT"))
    (retried,) = admit(item("FPT"))
    assert engine.give_up(retried, wiring.batches()) == Tally(failed=1)

    assert desk().work(work, sent_us=work.accepted_us + 600_000) is None

    assert letters(batch()) == "g"
    assert stored(["FPT"], work) == {}


def test_a_message_sent_in_time_costs_no_look(gateway: Gateway) -> None:
    """A look at what was never worked is a query more for every slice there is."""
    (work,) = admit(item("FPT"))

    with seen() as calls:
        assert desk().work(work, sent_us=work.accepted_us + 500_000) == Tally(inserted=1)

    assert len(calls.of("Query")) == 2


@pytest.mark.parametrize(
    ("newer", "removed"), [(item("FPT", "new"), False), (item("FPT", "", REMOVE), True)]
)
def test_an_older_part_sent_again_late_changes_nothing(
    gateway: Gateway, newer: Item, *, removed: bool
) -> None:
    """Its function died before it sent, and a newer part came first."""
    apply(item("FPT", "first"), name="b0")
    gateway.clock.move(seconds=1)
    admit(item("FPT", "old"), item("VNM", "old"), name="b1")
    gateway.clock.move(seconds=1)
    apply(newer, name="b2")
    gateway.clock.move(seconds=200)
    (late,) = wiring.batches().unworked(batch("b1"))

    assert desk().work(late) == Tally(inserted=1, unchanged=1)
    assert stored(["FPT"], late)["FPT"].removed is removed
    assert stored(["FPT"], late)["FPT"].accepted_us == 1_760_000_002_000_000


def test_a_slice_that_keeps_failing_is_given_up_at_its_fifth_delivery(gateway: Gateway) -> None:
    """Those behind it are handed out with it: they must not run out of their own tries."""
    (work,) = admit(item("FPT"), item("VNM"))
    lost = replace(work, chunks=2)
    for received in (1, 2, 3, 4):
        with pytest.raises(DataLost):
            desk().work(lost, received=received)

    assert desk().work(lost, received=5) == Tally(failed=2)
    assert fates(batch()) == [Fate.GIVEN_UP, Fate.GIVEN_UP]


def test_a_slice_that_only_waited_behind_another_still_gets_its_tries(gateway: Gateway) -> None:
    """It was handed out five times, but nobody ever began it."""
    (work,) = admit(item("FPT"))

    assert desk().work(work, received=5) == Tally(inserted=1)


def test_the_slice_behind_one_that_was_given_up_half_written_sees_what_was(
    gateway: Gateway,
) -> None:
    """They share what was read before either began: by that none of the records is there."""
    first = admit(*[item(f"k{at:02}") for at in range(40)], name="b1")[0]
    second = admit(item("k00", "2", INSERT), item("k39", "2", INSERT), name="b2")[0]
    shared = desk()
    shared.expect([first, second])
    with answering("BatchWriteItem", None, refusal("AccessDeniedException")):
        assert shared.work(first, received=5) == Tally(failed=40)

    assert shared.work(second) == Tally(inserted=1, failed=1)
    assert fates(batch("b2")) == [Fate.EXISTS, Fate.INSERTED]
