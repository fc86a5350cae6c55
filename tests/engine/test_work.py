"""Working slices at one desk: outcomes, shared reads, and what one bad item may cost."""

import random
from dataclasses import replace

import pytest

from batchgate import engine, wiring
from batchgate.errors import DataLost
from batchgate.model import Clearing, Fate, Item, Outcome, Record, Slice, Tally
from batchgate.store.packing import unpack_outcomes
from tests.engine.calls import refusal, seen
from tests.engine.making import (
    INSERT,
    REMOVE,
    UPDATE,
    UPSERT,
    admit,
    apply,
    batch,
    desk,
    fates,
    item,
    letters,
    stored,
)
from tests.engine.telling import told
from tests.gateway import Gateway

THROTTLED = refusal("ThrottlingException")


def test_outcomes_lie_in_the_order_of_the_items(gateway: Gateway) -> None:
    """Keys are worked together, but a partner reads its rows in its own order."""
    apply(item("b", "1"), item("c", "1"), name="before")

    tally = apply(
        item("a", "1"),
        item("b", "2"),
        item("a", "1"),
        item("c", "1", REMOVE),
        item("", fault="no key"),
        item("b", "3", INSERT),
        item("d", "1", UPDATE),
        name="b1",
    )

    assert letters(batch()) == "iusrxem"
    assert tally == Tally(inserted=1, updated=1, unchanged=1, removed=1, failed=3)


def test_a_batch_in_two_shards_is_told_in_its_own_order(gateway: Gateway) -> None:
    """Each slice has its own outcomes; together they are the batch's rows."""
    items = [item(f"k{at}", operation=UPDATE if at % 3 == 0 else UPSERT) for at in range(12)]
    one, two = admit(*items, shards=2)

    desk().work(two)
    half = fates(batch())
    desk().work(one)

    assert half.count(None) == one.size
    assert letters(batch()) == "miimiimiimii"


def test_slices_of_one_shard_share_what_is_read(gateway: Gateway) -> None:
    """Three parts of a dump in one invocation: one read, not three, whatever else comes along."""
    slices = [
        *admit(*[item(f"k{at}") for at in range(5)], name="b1"),
        *admit(*[item(f"k{at}") for at in range(3, 8)], name="b2"),
        *admit(*[item(f"k{at}", "2") for at in range(2)], name="b3"),
    ]
    clearing = replace(slices[0], part="", clearing=Clearing(step=0, after=""))
    lost = replace(slices[0], batch=batch("lost"))
    shared = desk()

    with seen() as calls:
        shared.expect([clearing, lost, *slices])
        tallies = [shared.work(one) for one in slices]

    reads = [one for one in calls.of("Query") if one["TableName"] == "RecordsTable"]
    assert len(reads) == 1
    assert tallies == [
        Tally(inserted=5),
        Tally(inserted=3, unchanged=2),
        Tally(updated=2),
    ]
    records = stored([f"k{at}" for at in range(8)], slices[0])
    assert "".join(records[key].how for key in sorted(records)) == "uuiiiiii"


def test_shards_and_partners_at_one_desk_share_nothing(gateway: Gateway) -> None:
    """The same key twice in one invocation, of two partners: two records."""
    mine = admit(item("FPT"), batch=batch(partner="acme"))
    theirs = admit(item("FPT"), batch=batch(partner="other"))
    shared = desk()
    shared.expect([*mine, *theirs])

    assert shared.work(mine[0]) == Tally(inserted=1)
    assert shared.work(theirs[0]) == Tally(inserted=1)


@pytest.mark.parametrize(
    "poison", [item("k" * 1_025, "1"), item("large", "x" * 410_000)], ids=["key", "content"]
)
def test_an_item_that_dynamodb_cannot_hold_costs_itself(
    gateway: Gateway, poison: Item, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its neighbours are written and reported; the batch ends. It rings: it is our fault."""
    told(capsys)

    tally = apply(item("a"), poison, poison, item("z"), name="b1", numbered=True)

    assert tally == Tally(inserted=2, failed=2)
    assert told(capsys) == {"ItemsBroken": [2.0]}
    assert letters(batch()) == "ibbi"


def test_an_item_that_was_not_stored_shows_no_number_of_its_own(gateway: Gateway) -> None:
    """A number that no record has would be another one after the next try."""
    apply(item("had", "1"), name="before", numbered=True)

    apply(item("had", "x" * 410_000), item("new", "x" * 410_000), name="b1", numbered=True)

    results = wiring.lookups().results(batch())
    assert results is not None
    assert [outcome for _, outcome in results.items] == [
        Outcome(Fate.BROKEN, 1),
        Outcome(Fate.BROKEN, 0),
    ]


def test_only_as_many_numbers_are_drawn_as_are_given(gateway: Gateway) -> None:
    """What is drawn and not given is gone for ever, and partners see the gap."""
    apply(item("had"), name="before", numbered=True)
    apply(item("had", "2"), item("bad", fault="no"), item("new"), name="b1", numbered=True)
    apply(item("newer"), name="b2", numbered=True)

    with seen() as calls:
        apply(item("had", "3"), name="b3", numbered=True)
    assert [one for one in calls.of("UpdateItem") if one["TableName"] == "RecordsTable"] == []
    (like,) = admit(item("any"), name="b4")
    records = stored(["had", "new", "newer"], like)
    assert {key: one.number for key, one in records.items()} == {"had": 1, "new": 2, "newer": 3}


def test_an_item_that_met_no_record_shows_no_number(gateway: Gateway) -> None:
    """Number 1 is somebody's."""
    apply(item("missing", "1", UPDATE), name="b1", numbered=True)

    results = wiring.lookups().results(batch())
    assert results is not None
    assert [outcome for _, outcome in results.items] == [Outcome(Fate.MISSING, 0)]


def test_an_item_without_a_key_is_looked_up_nowhere(gateway: Gateway) -> None:
    """DynamoDB refuses an empty key, and with it all that is asked for beside it."""
    (alone,) = admit(item("", fault="no key"), name="b1")
    (beside,) = admit(item("", fault="no key"), item("a"), item("b"), name="b2")

    with seen() as calls:
        assert desk().work(alone) == Tally(failed=1)
        assert desk().work(beside) == Tally(inserted=2, failed=1)

    (read,) = [one for one in calls.of("Query") if one["TableName"] == "RecordsTable"]
    assert read["ExpressionAttributeValues"][":first"] == {"S": "a"}


def spoil(key: str, like: Slice) -> None:
    """Have a record that makes no sense to us."""
    nonsense = Record(
        key=key,
        content=b"",
        digest=bytes(16),
        number=0,
        written_by=like.mark,
        how="?",
        accepted_us=0,
    )
    wiring.records().write(like, [nonsense])


def test_an_item_that_breaks_the_rules_costs_one_item(gateway: Gateway) -> None:
    """A record that makes no sense to us: its item fails, the slice goes on."""
    (work,) = admit(item("a"), item("odd"), item("z"))
    spoil("odd", work)

    assert desk().work(work) == Tally(inserted=2, failed=1)
    assert letters(batch()) == "ibi"


def test_each_item_that_breaks_is_counted(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of one key break together, and each is a row of its partner's."""
    (work,) = admit(item("odd"), item("a"), item("odd", "2"), item("odd", "3"))
    spoil("odd", work)
    told(capsys)

    assert desk().work(work) == Tally(inserted=1, failed=3)

    assert told(capsys) == {"ItemsBroken": [3.0]}
    assert letters(batch()) == "bibb"


def test_each_slice_that_is_given_up_is_counted(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """An alarm asks for it: somebody has to replay it."""
    (work,) = admit(item("FPT"), item("VNM"))
    told(capsys)

    assert engine.give_up(work, wiring.batches()) == Tally(failed=2)
    assert engine.give_up(work, wiring.batches()) is None

    assert told(capsys) == {"SlicesGivenUp": [1.0]}


def test_the_next_slice_sees_nothing_of_an_item_that_was_not_stored(gateway: Gateway) -> None:
    """What one desk remembers is what the table holds."""
    first = admit(item("FPT", "x" * 410_000), name="b1")[0]
    second = admit(item("FPT", "1", UPDATE), name="b2")[0]
    shared = desk()
    shared.expect([first, second])

    assert shared.work(first) == Tally(failed=1)
    assert shared.work(second) == Tally(failed=1)
    assert fates(batch("b2")) == [Fate.MISSING]


def test_a_slice_is_not_taken_for_ended_because_another_shard_is(gateway: Gateway) -> None:
    """With more than ten shards, `o/0/1` is how `o/0/10` begins."""
    slices = {one.shard: one for one in admit(*[item(f"k{at}") for at in range(60)], shards=12)}
    desk().work(slices[10])
    desk().work(slices[11])

    tally = desk().work(slices[1], received=2)

    assert tally is not None
    assert tally.inserted == slices[1].size


def test_a_part_that_is_not_there_is_told_so_and_not_taken_for_empty(gateway: Gateway) -> None:
    """Lost data rings. Other slices that are expected with it are still read."""
    lost, kept = admit(item("FPT"), name="b1")[0], admit(item("VNM"), name="b2")[0]
    lost = replace(lost, chunks=2)
    shared = desk()
    shared.expect([lost, kept])

    with pytest.raises(DataLost, match="a part's rows are missing"):
        shared.work(lost)
    assert shared.work(kept) == Tally(inserted=1)


def test_outcomes_cost_one_small_row_and_closing_one_transaction(gateway: Gateway) -> None:
    """A slice of 250 unchanged items: no record is written, and two rows of the batch."""
    apply(*[item(f"k{at}") for at in range(250)], name="b0")
    (work,) = admit(*[item(f"k{at}") for at in range(250)])

    with seen() as calls:
        desk().work(work)

    assert calls.names == ["Query", "Query", "TransactWriteItems"]
    put, _ = calls.of("TransactWriteItems")[0]["TransactItems"]
    assert unpack_outcomes(put["Put"]["Item"]["o"]["B"]) == [Outcome(Fate.UNCHANGED)] * 250


def test_a_part_of_several_rows_is_read_back_whole(gateway: Gateway) -> None:
    """600 KB that nothing can compress further: two rows, and every content as it was."""
    noise = random.Random(1)
    contents = [noise.randbytes(180_000).hex() for _ in range(3)]
    items = [item(f"k{at}", content) for at, content in enumerate(contents)]

    assert apply(*items, name="b1") == Tally(inserted=3)

    results = wiring.lookups().results(batch())
    assert results is not None
    assert [one.content for one, _ in results.items] == [one.encode() for one in contents]
    sizes = [len(row["c"]["B"]) for row in gateway.rows("BatchesTable") if "c" in row]
    assert len(sizes) == 2
    assert max(sizes) == 350_000
