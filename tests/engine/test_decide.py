"""What the items of a key do to its record: every cell of the table, redo and lateness."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import pytest

from batchgate.engine.decide import decide, settle
from batchgate.model import Fate, Item, Operation, Record, Slice, digest
from tests.engine.making import (
    DELETE,
    INSERT,
    MERGE,
    REMOVE,
    T0,
    UPDATE,
    UPSERT,
    item,
    record,
    work,
)


def fates_of(
    items: Sequence[Item], before: Record | None, of: Slice | None = None
) -> tuple[str, Record | None]:
    fates, after = decide(items, before, of or work(), count(7))
    return "".join(fates), after


@pytest.mark.parametrize(
    ("operation", "absent", "same", "other"),
    [
        (INSERT, Fate.INSERTED, Fate.UNCHANGED, Fate.EXISTS),
        (UPDATE, Fate.MISSING, Fate.UNCHANGED, Fate.UPDATED),
        (UPSERT, Fate.INSERTED, Fate.UNCHANGED, Fate.UPDATED),
        (REMOVE, Fate.UNCHANGED, Fate.REMOVED, Fate.REMOVED),
        (DELETE, Fate.MISSING, Fate.REMOVED, Fate.REMOVED),
        (MERGE, Fate.MISSING, Fate.UNCHANGED, Fate.UPDATED),
    ],
)
def test_every_operation_on_every_state_of_a_record(
    operation: Operation, absent: Fate, same: Fate, other: Fate
) -> None:
    """The whole table: operation x (no record, same content, other content)."""
    assert settle(operation, exists=False, same=False) is absent
    assert settle(operation, exists=True, same=True) is same
    assert settle(operation, exists=True, same=False) is other


@pytest.mark.parametrize(
    ("operation", "fate", "writes"),
    [
        (INSERT, "i", True),
        (UPDATE, "m", False),
        (UPSERT, "i", True),
        (REMOVE, "s", False),
        (DELETE, "m", False),
        (MERGE, "m", False),
    ],
)
def test_a_removed_record_is_as_good_as_none(
    operation: Operation, fate: str, *, writes: bool
) -> None:
    """A tombstone only remembers; to the partner the key is gone, whatever it held."""
    tombstone = record("FPT", removed=True)

    fates, after = fates_of([item("FPT", "1", operation)], tombstone)

    assert fates == fate
    assert (after is not None) is writes


@pytest.mark.parametrize(
    ("operations", "contents", "before", "fates", "content"),
    [
        ([INSERT, UPDATE, REMOVE], ["1", "2", "2"], None, "iur", None),
        ([REMOVE, INSERT], ["1", "3"], "1", "ri", "3"),
        ([INSERT, INSERT], ["1", "2"], None, "ie", "1"),
        ([UPDATE, INSERT, UPDATE], ["1", "1", "2"], None, "miu", "2"),
        ([UPSERT, UPSERT, UPSERT], ["2", "2", "1"], "1", "usu", "1"),
        ([REMOVE, REMOVE, UPDATE], ["1", "1", "1"], "1", "rsm", None),
    ],
)
def test_items_of_one_key_see_what_those_before_them_did(
    operations: list[Operation],
    contents: list[str],
    before: str | None,
    fates: str,
    content: str | None,
) -> None:
    """A slice may hold a key several times; it is one record and one write."""
    items = [item("FPT", c, operation) for operation, c in zip(operations, contents, strict=True)]

    got, after = fates_of(items, record("FPT", before) if before else None)

    assert got == fates
    assert after is not None
    assert after.removed is (content is None)
    assert after.content == (content or "").encode()
    assert after.digest == (digest(content.encode()) if content else b"")
    assert after.how == fates


def test_a_written_record_remembers_who_wrote_it_when_and_how() -> None:
    """What redo and lateness are decided by later."""
    mine = work(accepted_us=T0 + 5)

    _, after = fates_of([item("FPT", "2")], record("FPT", "1", number=843), mine)

    assert after == Record(
        key="FPT",
        content=b"2",
        digest=digest(b"2"),
        number=843,
        written_by=mine.mark,
        how="u",
        accepted_us=T0 + 5,
    )


def test_items_with_a_fault_are_refused_and_touch_nothing() -> None:
    """Refused is refused: between good items too, and a record's number stays unused."""
    items = [item("FPT", "1"), item("FPT", "2", fault="no"), item("FPT", "1")]

    assert fates_of(items[1:2], None) == ("x", None)
    fates, after = fates_of(items, None)

    assert fates == "ixs"
    assert after is not None
    assert after.content == b"1"


def test_nothing_is_written_where_nothing_changes() -> None:
    """A partner that sends its whole catalogue every night pays for what changed."""
    assert fates_of([item("FPT", "1")], record("FPT", "1")) == ("s", None)
    assert fates_of([item("FPT", "2", INSERT)], record("FPT", "1")) == ("e", None)


def test_an_unchanged_record_that_a_replacement_would_remove_is_written_anew() -> None:
    """It was pushed after the replacement began, so it stays; once is enough to save it."""
    mine = work(accepted_us=T0 + 9, replaced_us=T0)
    old = record("FPT", "1", number=843)

    fates, after = fates_of([item("FPT", "1")], old, mine)

    assert fates == "s"
    assert after == Record(
        key="FPT",
        content=b"1",
        digest=digest(b"1"),
        number=843,
        written_by=mine.mark,
        how="s",
        accepted_us=T0 + 9,
    )
    assert fates_of([item("FPT", "1")], after, mine) == ("s", None)
    assert fates_of([item("FPT", "1")], after, work(part="1", replaced_us=T0)) == ("s", None)
    assert fates_of([item("FPT", "2", INSERT)], old, mine) == ("e", None)
    assert fates_of([item("FPT", "1", fault="no")], old, mine) == ("x", None)
    gone = record("FPT", removed=True)
    assert fates_of([item("FPT", "", REMOVE)], gone, mine) == ("s", None)


def test_a_number_is_given_once_and_kept_through_removal() -> None:
    """A user's portfolio keeps its number for ever."""
    _, first = fates_of([item("1401", "1")], None)
    assert first is not None
    assert first.number == 7

    _, gone = fates_of([item("1401", "", REMOVE)], first, work(part="1"))
    assert gone is not None
    assert gone.number == 7

    _, back = fates_of([item("1401", "1")], gone, work(part="2"))
    assert back is not None
    assert back.number == 7


def test_a_record_of_a_feed_without_numbers_has_none() -> None:
    """Number 0 is nobody's: where a number is given out, it is never that one."""
    _, after = decide([item("FPT", "1")], None, work(), iter(()))

    assert after is not None
    assert after.number == 0


@pytest.mark.parametrize(
    ("items", "before", "fates"),
    [
        ([item("FPT", "1", INSERT)], None, "i"),
        ([item("FPT", "2", UPDATE)], record("FPT", "1"), "u"),
        ([item("FPT", "", REMOVE)], record("FPT", "1"), "r"),
        (
            [item("FPT", "1", INSERT), item("FPT", "2", UPDATE), item("FPT", "2", REMOVE)],
            None,
            "iur",
        ),
        ([item("FPT", "1", INSERT), item("FPT", "2", INSERT), item("FPT", fault="x")], None, "iex"),
    ],
)
def test_a_slice_worked_again_reports_what_it_did_the_first_time(
    items: list[Item], before: Record | None, fates: str
) -> None:
    """A crash between writing records and closing the slice must not change the counts."""
    first, after = fates_of(items, before)

    again = fates_of(items, after, work(again=3))

    assert first == fates
    assert again == (fates, None)


@pytest.mark.parametrize("operation", [INSERT, UPDATE, UPSERT, REMOVE, DELETE, MERGE])
@pytest.mark.parametrize("removed", [False, True])
def test_a_late_part_never_changes_what_a_newer_one_wrote(
    operation: Operation, *, removed: bool
) -> None:
    """Sent again by the sweep, or replayed: the newer part's content, or removal, stays."""
    newer = record("FPT", "new", accepted_us=T0 + 1, removed=removed)

    assert fates_of([item("FPT", "old", operation)], newer, work(again=1)) == ("s", None)
    assert fates_of([item("FPT", fault="no")], newer, work(again=1)) == ("x", None)


@pytest.mark.parametrize("earlier_us", [0, 1])
def test_a_part_sent_again_in_time_is_applied(earlier_us: int) -> None:
    """Only what newer parts wrote is safe from it: the sweep is there to have it applied."""
    older = record("FPT", "old", accepted_us=T0 - earlier_us)

    fates, after = fates_of([item("FPT", "new")], older, work(again=1))

    assert fates == "u"
    assert after is not None


def test_clocks_that_differ_a_little_do_not_make_a_part_late() -> None:
    """Two functions' clocks are never quite the same; in the queue, its order is the truth."""
    ahead = record("FPT", "old", accepted_us=T0 + 1_000)

    assert fates_of([item("FPT", "new")], ahead)[0] == "u"


def test_a_slice_has_a_name_of_its_own_whatever_partners_call_theirs() -> None:
    """Its name is its mark on records and its name in the queue: twins would get lost."""
    one = work(part="y#z")
    two = replace(one, batch=replace(one.batch, batch="b1#y"), part="z")

    assert one.name != two.name
    assert one.mark != two.mark
