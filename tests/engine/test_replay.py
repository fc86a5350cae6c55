"""What an operator puts back: items that failed through our fault are worked, others are not."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from batchgate import engine, wiring
from batchgate.engine import replay
from batchgate.errors import DataLost
from batchgate.model import BatchId, Fate, Item, Slice, Standing, Tally, digest
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
from tests.gateway import Gateway


def accept(*items: Item, name: str = "b1", **fields: Any) -> Sequence[Slice]:
    """Accept a batch of one part; its slices are sent."""
    one = part(*items, name=name, **fields)
    return engine.accept(one, wiring.batches(), wiring.queue(), wiring.clock).slices


def give_up(*items: Item, name: str = "b1", **fields: Any) -> None:
    """A completed batch whose slices were all given up."""
    for work in admit(*items, name=name, **fields):
        engine.give_up(work, wiring.batches())
    settle(batch(name))


def settle(of: BatchId) -> None:
    """Complete a batch if it is done."""
    engine.settle(of, wiring.batches(), wiring.queue(), wiring.events(), wiring.clock)


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
    with answering("TransactWriteItems", refusal("InternalFailure", 500)), pytest.raises(Exception):  # noqa: B017, PT011 (whatever it is: the records are written and nothing is closed)
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
