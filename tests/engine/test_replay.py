"""What an operator puts back: items that failed through our fault are worked, others are not."""

from dataclasses import replace

import pytest

from batchgate import engine, wiring
from batchgate.engine import replay
from batchgate.errors import DataLost
from batchgate.model import Fate, Tally
from tests.engine.calls import answering, refusal
from tests.engine.making import (
    INSERT,
    REMOVE,
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


def test_a_slice_that_was_given_up_is_worked_and_its_batch_completed_anew(
    gateway: Gateway,
) -> None:
    """The partner sees the true outcome, and whoever listens hears the true counts."""
    give_up(item("FPT"), item("VNM", fault="no"))
    assert letters(batch()) == "gg"
    assert [told["failed"] for told in gateway.announced()] == [2]

    (back,) = put_back(plan(batch()))

    assert letters(batch()) == "--"
    assert standing(batch()).state == "open"
    gateway.drain()
    assert letters(batch()) == "ix"
    assert standing(batch()).tally == Tally(inserted=1, failed=1)
    (told,) = gateway.announced()
    assert (told["inserted"], told["failed"]) == (1, 1)
    (listed,) = wiring.lookups().recent("acme", "stock")
    assert listed.tally == Tally(inserted=1, failed=1)
    assert stored(["FPT"], back)["FPT"].how == "i"


def test_only_items_that_failed_through_our_fault_are_worked_again(gateway: Gateway) -> None:
    """What was refused, met another content or was applied keeps its outcome."""
    apply(item("met", "1"), name="b0")
    broken = item("k" * 1_100, "1")
    (work,) = accept(
        item("new", "1"), item("met", "2", INSERT), item("bad", fault="no"), broken, item("gone")
    )
    gateway.drain()
    assert letters(batch()) == "iexbi"
    gateway.clock.move(seconds=1)
    # All of these would end otherwise, were they worked again.
    apply(item("new", "9"), item("met", "", REMOVE), item("gone", "", REMOVE), name="b2")

    put_back(plan(batch()))
    gateway.drain()

    assert letters(batch()) == "iexbi"
    assert standing(batch()).tally == Tally(inserted=2, failed=3)
    records = stored(["new", "met", "gone"], work)
    assert {key: one.how for key, one in records.items()} == {"new": "u", "met": "r", "gone": "r"}


def test_a_broken_item_is_applied_once_the_fault_is_gone(gateway: Gateway) -> None:
    """Rows that DynamoDB would not take, and takes now."""
    accept(item("FPT"), item("VNM"), item("FPT", "2"), numbered=True)
    with answering("BatchWriteItem", *[refusal("ValidationException")] * 3):
        gateway.drain()
    assert letters(batch()) == "bbb"

    put_back(plan(batch()))
    gateway.drain()

    assert letters(batch()) == "iiu"
    assert standing(batch()).tally == Tally(inserted=2, updated=1)


def test_replayed_twice_is_replayed_once(gateway: Gateway) -> None:
    """Two operators, or one who is not sure."""
    give_up(item("FPT"), item("VNM"), shards=2)
    planned = plan(batch())

    first, second, third = put_back(planned), put_back(planned), put_back(plan(batch()))

    assert (len(first), len(second), len(third)) == (2, 0, 0)
    assert standing(batch()).pending == 2
    gateway.drain()
    assert standing(batch()).tally == Tally(inserted=2)
    assert put_back(plan(batch())) == []
    assert letters(batch()) == "ii"


def test_a_plan_changes_nothing(gateway: Gateway) -> None:
    """It is what `--dry-run` shows."""
    give_up(item("FPT"), item("VNM"))
    before = gateway.rows("BatchesTable")

    planned = plan(batch())

    assert [(one.work.shard, one.replayable) for one in planned.dead] == [(0, 2)]
    assert gateway.rows("BatchesTable") == before


def test_what_is_given_up_again_keeps_what_had_ended_before(gateway: Gateway) -> None:
    """A replay that fails must not turn good outcomes into failures."""
    accept(item("FPT"), item("k" * 1_100), item("bad", fault="no"))
    gateway.drain()
    assert letters(batch()) == "ibx"
    (back,) = put_back(plan(batch()))

    engine.give_up(back, wiring.batches())
    settle(batch())

    assert letters(batch()) == "igx"
    assert standing(batch()).tally == Tally(inserted=1, failed=2)
    assert [one.replays for one in plan(batch()).dead] == [1]


def test_a_replay_that_fails_has_all_its_tries_again(gateway: Gateway) -> None:
    """The tries of the first time are not counted against it."""
    (work,) = admit(item("FPT"))
    lost = replace(work, chunks=2)
    for received in (1, 2, 3, 4):
        with pytest.raises(DataLost):
            desk().work(lost, received=received)
    assert desk().work(lost, received=5) == Tally(failed=1)
    settle(batch())
    (back,) = put_back(plan(batch()))

    for received in (3, 4):
        with pytest.raises(DataLost):
            desk().work(replace(back, chunks=2), received=received)

    assert letters(batch()) == "-"


def test_a_batch_that_still_has_work_left_is_replayed_too(gateway: Gateway) -> None:
    """A slice of it was given up; others are not worked yet."""
    first, second = admit(*[item(f"k{at}") for at in range(6)], shards=2)
    engine.give_up(first, wiring.batches())

    (back,) = put_back(plan(batch()))
    assert standing(batch()).pending == 6
    wiring.queue().send([second])
    gateway.drain()

    assert back.shard == first.shard
    assert standing(batch()).tally == Tally(inserted=6)
    assert len(gateway.announced()) == 1


def test_stuck_slices_are_sent_again(gateway: Gateway) -> None:
    """Whoever stored them died before sending, and no sweep ran."""
    admit(item("FPT"))
    assert put_back(plan(batch())) == []
    gateway.clock.move(seconds=130)

    assert len(put_back(plan(batch()))) == 1
    gateway.drain()

    assert letters(batch()) == "i"


def test_a_slice_whose_content_is_lost_is_left_alone(gateway: Gateway) -> None:
    """It would only be given up again; others of its batch are replayed."""
    give_up(item("FPT"), declared=2)
    second = replace(part(item("VNM"), declared=2), name="1")
    (work,) = engine.accept(second, wiring.batches(), wiring.queue(), wiring.clock).slices
    engine.give_up(work, wiring.batches())
    lost = [row for row in gateway.rows("BatchesTable") if row["sk"]["S"].startswith("p/0/")]
    for row in lost:
        gateway.dynamodb.delete_item(
            TableName="BatchesTable", Key={"pk": row["pk"], "sk": row["sk"]}
        )
    wiring.batches.cache_clear()

    (back,) = put_back(plan(batch()))
    gateway.drain()

    assert back.part == "1"
    assert letters(batch()) == "gi"


def test_a_plan_names_only_what_is_asked_for(gateway: Gateway) -> None:
    """Given up and broken have different causes, and one may be mended before the other."""
    give_up(item("FPT"))
    accept(item("k" * 1_100), name="b2")
    gateway.drain()

    def dead(name: str, fate: Fate) -> int:
        return len(plan(batch(name), fates={fate}).dead)

    assert (dead("b1", Fate.GIVEN_UP), dead("b1", Fate.BROKEN)) == (1, 0)
    assert (dead("b2", Fate.GIVEN_UP), dead("b2", Fate.BROKEN)) == (0, 1)
    assert replay.plan(batch("b3"), wiring.batches(), wiring.clock) is None
