"""Rows as they are read: their keys, what is kept of them, and faults that no shipped set shows."""

from typing import Any

import pytest

from batchgate.contracts.push import rows
from batchgate.contracts.push.datasets import DataSet, Field


def field(name: str, kind: str = "String", size: int = 1_000, **changes: Any) -> Field:
    options: dict[str, Any] = {"places": 0, "key": False, "required": False, "values": frozenset()}
    return Field(name=name, kind=kind, size=size, **(options | changes))


KEYED = DataSet(
    name="some/rows",
    rows=500,
    fields=[
        field("first", key=True, required=True),
        field("second", key=True, required=True),
        field("share", "Number", 3, places=3),
    ],
)
RIGHT = {"first": "a", "second": "b"}


def read(row: object, *, only_keys: bool = False) -> tuple[str, bytes, list[tuple[str, str]]]:
    """A row's key, its content, and its faults by kind and field."""
    found = rows.read(row, KEYED, only_keys=only_keys)
    return found.key, found.content, [(one["type"], one["fields"]) for one in found.faults]


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        ("a", "b", "a\x1fb"),
        ("a\x1fb", "c", "a\x1eab\x1fc"),
        ("a\x1e", "\x1f\x1e", "a\x1e\x1e\x1f\x1ea\x1e\x1e"),
    ],
)
def test_a_key_is_its_fields_with_separators_escaped(first: str, second: str, key: str) -> None:
    """Records lie by it for ever: written another way, every row would be a new one."""
    assert read({"first": first, "second": second})[0] == key


def test_a_key_is_as_long_as_storage_takes_and_no_longer() -> None:
    """Separators count twice; nobody could look the record up."""
    longest = {"first": "\x1f" * 511, "second": "b"}

    assert read(longest)[::2] == ("\x1ea" * 511 + "\x1fb", [])
    assert read(longest | {"second": "bc"})[::2] == ("", [("value length exceed", "first")])


@pytest.mark.parametrize("row", [{"first": "a"}, RIGHT | {"second": 1}, "row", None, [RIGHT]])
def test_a_row_whose_key_is_wrong_has_none(row: object) -> None:
    """It is worked by itself: it must not wait for, or hide, another row."""
    assert read(row)[0] == ""


@pytest.mark.parametrize("row", ["row", None, [RIGHT], 1])
def test_what_is_no_object_has_nothing_to_keep(row: object) -> None:
    """No field can be at fault."""
    assert read(row) == ("", b"", [("value type mismatch", "")])


def test_of_a_row_to_remove_nothing_but_its_key_is_kept() -> None:
    """Two removals of a row are the same one, whatever comes along."""
    assert read(RIGHT | {"share": "0.5"}, only_keys=True)[1] == b""


def test_unknown_fields_are_told_up_to_the_fiftieth() -> None:
    """A megabyte of them makes no answer."""
    told = read(RIGHT | {f"f{at}": at for at in range(51)})[2]

    assert told == [("field unknown", f"f{at}") for at in range(50)]


@pytest.mark.parametrize(
    ("share", "faults"),
    [
        ("0.125", []),
        ("-0.999", []),
        ("0", []),
        ("1", [("value length exceed", "share")]),
        ("-1.5", [("value length exceed", "share")]),
        ("0.1255", [("value length exceed", "share")]),
    ],
)
def test_a_number_that_is_all_places_has_a_zero_before_the_point(
    share: str, faults: list[tuple[str, str]]
) -> None:
    """As in SQL, `NUMERIC(3,3)` lies between -1 and 1."""
    assert read(RIGHT | {"share": share})[2] == faults
