"""Changing the fields given, deleting what must be there, and what guards a record."""

from collections.abc import Sequence
from itertools import count

import pytest

from batchgate import wiring
from batchgate.engine.decide import decide, guarded, merge
from batchgate.model import Fate, Item, Operation, Record, Tally, digest
from tests.engine.making import (
    DELETE,
    INSERT,
    MERGE,
    T0,
    admit,
    apply,
    batch,
    desk,
    item,
    letters,
    record,
    work,
)
from tests.gateway import Gateway

HELD = '{"a":1,"b":"x"}'
SECRET = '{"equal":{"b":"x"}}'
WRONG = '{"equal":{"b":"y"}}'
ORDER = '{"order":["a","c"]}'


def fates_of(items: Sequence[Item], before: Record | None) -> tuple[str, Record | None]:
    fates, after = decide(items, before, work(), count(7))
    return "".join(fates), after


def guard(rules: str, content: str = "", operation: Operation = MERGE) -> Item:
    """An item with a guard."""
    return Item("FPT", operation, content.encode(), guard=rules)


@pytest.mark.parametrize(
    ("held", "given", "merged"),
    [
        (HELD, "{}", HELD),
        (HELD, '{"a":2}', '{"a":2,"b":"x"}'),
        (HELD, '{"c":3}', '{"a":1,"b":"x","c":3}'),
        (HELD, '{"a":null}', '{"b":"x"}'),
        (HELD, '{"c":null}', HELD),
        (HELD, '{"b":"x","a":1}', HELD),
        (HELD, '{"a":null,"b":null}', "{}"),
        (HELD, '{"a":0,"b":""}', '{"a":0,"b":""}'),
        ("{}", '{"z":1,"a":2}', '{"a":2,"z":1}'),
    ],
)
def test_fields_given_are_changed_and_null_takes_them_away(
    held: str, given: str, merged: str
) -> None:
    """Others stay; what comes out is written one way, so that equal contents are equal bytes."""
    assert merge(held.encode(), given.encode()).decode() == merged


@pytest.mark.parametrize(
    ("given", "fate", "content"),
    [
        ('{"a":2}', "u", '{"a":2,"b":"x"}'),
        ('{"a":null}', "u", '{"b":"x"}'),
        ('{"a":1}', "s", None),
        ("{}", "s", None),
    ],
)
def test_a_merge_updates_what_differs(given: str, fate: str, content: str | None) -> None:
    """What changes nothing writes nothing."""
    fates, after = fates_of([item("FPT", given, MERGE)], record("FPT", HELD))

    assert fates == fate
    assert (after.content.decode() if after else None) == content
    assert after is None or after.digest == digest(after.content)


def test_merges_of_one_key_see_what_those_before_them_did() -> None:
    """Inserted, changed twice, changed to what it is, removed and missed, in one slice."""
    items = [
        item("FPT", '{"a":1}', MERGE),
        item("FPT", HELD, INSERT),
        item("FPT", '{"a":2}', MERGE),
        item("FPT", '{"c":3}', MERGE),
        item("FPT", '{"a":2,"c":3}', MERGE),
    ]

    fates, after = fates_of(items, None)
    gone = fates_of([*items, item("FPT", "", DELETE), item("FPT", "", DELETE)], None)

    assert fates == "miuus"
    assert after is not None
    assert after.content == b'{"a":2,"b":"x","c":3}'
    assert gone[0] == "miuusrm"
    assert gone[1] is not None
    assert (gone[1].removed, gone[1].content) == (True, b"")


def test_nothing_of_a_removed_record_is_merged() -> None:
    """Inserted anew, it has only what the insertion gave it."""
    items = [
        item("FPT", "", DELETE),
        item("FPT", '{"c":1}', INSERT),
        item("FPT", '{"d":2}', MERGE),
    ]

    fates, after = fates_of(items, record("FPT", HELD))

    assert fates == "riu"
    assert after is not None
    assert after.content == b'{"c":1,"d":2}'


@pytest.mark.parametrize(
    ("rules", "before", "after", "fate"),
    [
        (SECRET, HELD, HELD, None),
        (WRONG, HELD, HELD, Fate.DENIED),
        (WRONG, "{}", HELD, None),
        ('{"equal":{"b":null}}', HELD, HELD, Fate.DENIED),
        ('{"equal":{"b":null}}', '{"a":1}', HELD, None),
        ('{"equal":{"a":1,"b":"y"}}', HELD, HELD, Fate.DENIED),
        (WRONG, HELD, "", Fate.DENIED),
        (SECRET, HELD, "", None),
        (ORDER, "{}", '{"a":"1","c":"2"}', None),
        (ORDER, "{}", '{"a":"2","c":"2"}', None),
        (ORDER, "{}", '{"a":"3","c":"2"}', Fate.DISORDERED),
        (ORDER, "{}", '{"a":"3"}', None),
        (ORDER, '{"a":"3","c":"2"}', '{"c":"2"}', None),
        (ORDER, HELD, "", None),
        ('{"equal":{"b":"y"},"order":["a","c"]}', HELD, '{"a":"3","c":"2"}', Fate.DENIED),
        ("{}", HELD, HELD, None),
    ],
)
def test_a_guard_looks_at_the_record_before_and_after(
    rules: str, before: str, after: str, fate: Fate | None
) -> None:
    """Equal to what was there, where it is there; in order in what would be there."""
    assert guarded(rules, before.encode(), after.encode()) is fate


@pytest.mark.parametrize(
    ("one", "fate"),
    [
        (guard(WRONG, '{"a":2}'), "d"),
        (guard(SECRET, '{"a":2}'), "u"),
        (guard(WRONG, '{"a":1}'), "d"),
        (guard(WRONG, operation=DELETE), "d"),
        (guard(SECRET, operation=DELETE), "r"),
        (guard(ORDER, '{"c":0}'), "o"),
        (guard(ORDER, '{"c":1}'), "u"),
        (guard(ORDER, '{"a":5}'), "u"),
    ],
)
def test_an_item_that_its_guard_keeps_away_writes_nothing(one: Item, fate: str) -> None:
    """Not even one that would change nothing is told that it is welcome."""
    fates, after = fates_of([one], record("FPT", HELD))

    assert fates == fate
    assert (after is not None) is (fate in "ur")


@pytest.mark.parametrize("operation", [MERGE, DELETE])
def test_what_is_missing_is_told_as_missing_whatever_its_guard(operation: Operation) -> None:
    """There is nothing to guard."""
    one = guard(WRONG, "{}", operation)

    assert fates_of([one], None) == ("m", None)
    assert fates_of([one], record("FPT", "", removed=True)) == ("m", None)


@pytest.mark.parametrize(
    ("one", "fate"),
    [
        (guard(WRONG, HELD, INSERT), "i"),
        (guard(ORDER, '{"a":1,"c":2}', INSERT), "i"),
        (guard(ORDER, '{"a":3,"c":2}', INSERT), "o"),
    ],
)
@pytest.mark.parametrize("removed", [False, True])
def test_an_insertion_is_guarded_by_what_it_brings_alone(
    one: Item, fate: str, *, removed: bool
) -> None:
    """Nothing is there that could be another's; what a tombstone held is gone."""
    before = record("FPT", "", removed=True) if removed else None

    fates, after = fates_of([one], before)

    assert fates == fate
    assert (after is not None) is (fate == "i")


def test_a_guard_sees_what_items_before_it_did() -> None:
    """A value set in the same slice counts, and so does one that was taken away."""
    items = [
        item("FPT", '{"a":1}', INSERT),
        guard(WRONG, '{"b":"x"}'),
        guard(WRONG, '{"a":2}'),
        guard(SECRET, '{"b":null}'),
        guard(WRONG, '{"a":3}'),
    ]

    fates, after = fates_of(items, None)

    assert fates == "iuduu"
    assert after is not None
    assert after.content == b'{"a":3}'


def test_a_slice_of_merges_worked_again_reports_what_it_did_the_first_time() -> None:
    """Failures too: the record that it wrote would now answer otherwise."""
    items = [
        guard(SECRET, '{"b":"y"}'),
        guard(SECRET, '{"a":2}'),
        guard(ORDER, '{"c":0}'),
    ]
    fates, after = fates_of(items, record("FPT", HELD))

    assert fates == "udo"
    assert fates_of(items, after) == ("udo", None)


def test_merges_are_decided_on_what_is_stored(gateway: Gateway) -> None:
    """From the table, in a later batch and in the same invocation."""
    apply(item("FPT", HELD, INSERT), name="before", contents=True)
    first = admit(guard(SECRET, '{"a":2}'), name="b1", contents=True)[0]
    second = admit(guard(SECRET, '{"c":3}'), guard(WRONG, "{}"), name="b2", contents=True)[0]
    shared = desk()
    shared.expect([first, second])

    tallies = [shared.work(first), shared.work(second)]

    assert tallies == [Tally(updated=1), Tally(updated=1, failed=1)]
    stored = wiring.records().read(first, ["FPT"], contents=True)["FPT"]
    assert stored.content == b'{"a":2,"b":"x","c":3}'
    assert stored.accepted_us == T0


def test_a_merge_behind_a_slice_that_needed_no_contents_sees_them(gateway: Gateway) -> None:
    """What is shared at a desk was read without contents for the first of the two."""
    apply(item("FPT", HELD, INSERT), item("VNM", HELD, INSERT), name="before")
    first = admit(item("FPT", HELD), name="b1")[0]
    second = admit(guard(SECRET, '{"a":2}'), guard(WRONG, "{}"), name="b2", contents=True)[0]
    shared = desk()
    shared.expect([first, second])

    tallies = [shared.work(first), shared.work(second)]

    assert tallies == [Tally(unchanged=1), Tally(updated=1, failed=1)]
    assert letters(batch("b2")) == "ud"


def test_a_merge_that_changes_nothing_keeps_all_fields_within_a_replacement() -> None:
    """Written anew, so that the replacement does not remove it, it is still all that it was."""
    mine = work(accepted_us=T0 + 9, replaced_us=T0)

    fates, after = decide([item("FPT", '{"a":1}', MERGE)], record("FPT", HELD), mine, count(7))

    assert fates == ["s"]
    assert after is not None
    assert (after.content, after.digest) == (HELD.encode(), digest(HELD.encode()))


def test_a_guard_is_kept_with_its_item(gateway: Gateway) -> None:
    """The worker, not the call, has to look at the record."""
    apply(item("FPT", HELD, INSERT), name="before", contents=True)

    apply(
        guard(WRONG, '{"a":2}'),
        item("VNM", "1"),
        guard(SECRET, '{"a":2}'),
        guard(ORDER, '{"c":1}'),
        name="b1",
        contents=True,
    )

    assert letters(batch()) == "diuo"
