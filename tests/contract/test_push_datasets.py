"""Data sets are files: the seven that ship, and what a wrong one is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from batchgate.contracts.push import datasets
from tests.cloudformation import ROOT

PUBLISHED: dict[str, Any] = json.loads((ROOT / "tests/data/push_datasets.json").read_text())

RIGHT = """\
# Stock by plant.
rows = 250

[fields]
part = { type = "String(20)", key = true, required = true }
plant = { type = "Integer(4)", key = true, required = true }
qty = { type = "Number(13,3)", required = true }
until = { type = "Date" }
kind = { type = "String(2)", values = ["A", "B"] }
"""


def published_type(field: datasets.Field) -> str:
    return {
        "String": f"String({field.size})",
        "Integer": f"Integer({field.size})",
        "Number": f"Number({field.size},{field.places})",
        "Date": "Date",
    }[field.kind]


def field(
    name: str,
    kind: str,
    size: int,
    *,
    places: int = 0,
    key: bool = False,
    required: bool = False,
    values: frozenset[str] = frozenset(),
) -> datasets.Field:
    """A field; what is not said of it is 0, false or none."""
    return datasets.Field(
        name=name,
        kind=kind,
        size=size,
        places=places,
        key=key,
        required=required,
        values=values,
    )


def loaded(tmp_path: Path, text: str | bytes, name: str = "odm/stock") -> datasets.DataSet:
    file = tmp_path / f"{name}.toml"
    file.parent.mkdir(parents=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return datasets.load(file, name)


def test_seven_data_sets_ship() -> None:
    """Those of the published sample, by their paths."""
    assert datasets.declared() == [
        "cpsp/ba_mapping",
        "odm/bom",
        "odm/inventory",
        "odm/master_data",
        "odm/master_data_pool",
        "odm/material_doc",
        "t1/inventory",
    ]


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_a_data_set_has_the_published_fields(name: str) -> None:
    """Names in their order, types with their sizes, keys, what is required, allowed values."""
    category, _, key = name.partition("/")

    found = datasets.find(category, key)

    assert found is not None
    assert found.rows == 500
    assert [
        (
            field.name,
            published_type(field),
            field.key,
            field.required,
            field.values,
        )
        for field in found.fields
    ] == [
        (
            field["name"],
            field["type"],
            field.get("key", False),
            field.get("required", False),
            frozenset(field.get("values", [])),
        )
        for field in PUBLISHED[name]
    ]


def test_all_data_sets_that_ship_are_checked_by_the_build(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A wrong one must not get as far as a partner."""
    assert datasets.check() == 0
    assert capsys.readouterr().err == ""


def test_a_new_data_set_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No code, no list of names to add it to."""
    loaded(tmp_path, RIGHT)
    monkeypatch.setattr(datasets, "FOLDER", tmp_path)

    assert datasets.declared() == ["odm/stock"]
    found = datasets.find("odm", "stock")
    assert found is not None
    assert (found.name, found.rows, found.keys) == ("odm/stock", 250, ["part", "plant"])
    assert [field.name for field in found.fields] == ["part", "plant", "qty", "until", "kind"]


def test_what_a_file_declares_is_what_rows_are_held_against(tmp_path: Path) -> None:
    """A `Date` has the ten bytes of YYYY-MM-DD; only a `Number` has digits after its point."""
    assert loaded(tmp_path, RIGHT) == datasets.DataSet(
        name="odm/stock",
        rows=250,
        fields=[
            field("part", "String", 20, key=True, required=True),
            field("plant", "Integer", 4, key=True, required=True),
            field("qty", "Number", 13, places=3, required=True),
            field("until", "Date", 10),
            field("kind", "String", 2, values=frozenset({"A", "B"})),
        ],
    )


def test_a_declaration_may_go_up_to_its_limits(tmp_path: Path) -> None:
    """500 rows, 1,000 bytes of keys with a separator each, only places, values that fill a field.

    What is left out is 500 rows, no key, not required, any value.
    """
    text = """
    [fields]
    part = { type = "String(499)", key = true, required = true }
    plant = { type = "Integer(499)", key = true, required = true }
    rate = { type = "Number(3,3)" }
    kind = { type = "String(2)", values = ["A", "BB", "é"] }
    """

    assert loaded(tmp_path, text) == datasets.DataSet(
        name="odm/stock",
        rows=500,
        fields=[
            field("part", "String", 499, key=True, required=True),
            field("plant", "Integer", 499, key=True, required=True),
            field("rate", "Number", 3, places=3),
            field("kind", "String", 2, values=frozenset({"A", "BB", "é"})),
        ],
    )


@pytest.mark.parametrize(
    ("category", "key"),
    [("odm", "../t1/inventory"), ("odm/../t1", "inventory"), ("odm/..", "../t1/inventory")],
)
def test_a_data_set_has_no_other_names(category: str, key: str) -> None:
    """What a file system takes for the same is another name to a partner's rights."""
    assert datasets.find("t1", "inventory") is not None
    assert datasets.find(category, key) is None


ROWS = "rows: must be 1 to 500"
UNTIL = 'until = { type = "Date" }'
KIND = 'kind = { type = "String(2)", values = ["A", "B"] }'
TYPE = "until: type must be String(n), Integer(n), Number(p,s) or Date"
FLAGS = "until: key and required must be true or false"


@pytest.mark.parametrize(
    ("line", "wrong", "at", "why"),
    [
        ("rows = 250", "rows = 0", 2, ROWS),
        ("rows = 250", "rows = 501", 2, ROWS),
        ("rows = 250", 'rows = "250"', 2, ROWS),
        ("rows = 250", "rows = true", 2, ROWS),
        ("rows = 250", "most = 250", 2, "most: unknown option 'most'"),
        ("[fields]", "[field]", 4, "field: unknown option 'field'"),
        (UNTIL, 'until = "Date"', 8, 'until: must be a table such as { type = "String(20)" }'),
        (UNTIL, "until = {}", 8, TYPE),
        (UNTIL, 'until = { type = "Time" }', 8, TYPE),
        (UNTIL, 'until = { type = "Date(8)" }', 8, TYPE),
        (UNTIL, 'until = { type = "date" }', 8, TYPE),
        (UNTIL, "until = { type = 8 }", 8, TYPE),
        (UNTIL, 'until = { kind = "Date" }', 8, "until: unknown option 'kind'"),
        (UNTIL, 'until = { type = "Date", keys = true }', 8, "until: unknown option 'keys'"),
        (UNTIL, 'until = { type = "Date", key = 1 }', 8, FLAGS),
        (UNTIL, 'until = { type = "Date", required = "no" }', 8, FLAGS),
        (UNTIL, 'until = { type = "Date", key = true }', 8, "until: a key field must be required"),
        (UNTIL, 'until = { type = "Date", values = ["A"] }', 8, "until: only a String has values"),
        (UNTIL, 'until = { type = "String" }', 8, TYPE),
        (UNTIL, 'until = { type = "String(0)" }', 8, TYPE),
        (UNTIL, 'until = { type = "String(-1)" }', 8, TYPE),
        (UNTIL, 'until = { type = "Integer(1,1)" }', 8, TYPE),
        (UNTIL, 'until = { type = "Number(13)" }', 8, TYPE),
        (UNTIL, 'until = { type = "Number(3,4)" }', 8, "until: more places than digits"),
        (UNTIL, '"until" = { type = "Time" }', 8, TYPE),
        (UNTIL, 'until.type = "Time"', 8, TYPE),
        (KIND, '[fields.kind]\ntype = "String"', 9, TYPE.replace("until", "kind")),
        ('["A", "B"]', '["A", 1]', 9, "kind: values must be a list of strings"),
        ('["A", "B"]', '"A"', 9, "kind: values must be a list of strings"),
        ('["A", "B"]', '["A", "BBB"]', 9, "kind: a value is longer than the field"),
        ('["A", "B"]', '["A", "Bé"]', 9, "kind: a value is longer than the field"),
    ],
)
def test_a_wrong_file_is_told_by_name_and_line(
    tmp_path: Path, line: str, wrong: str, at: int, why: str
) -> None:
    """Whoever adds a data set finds the fault without reading code."""
    assert line in RIGHT

    with pytest.raises(datasets.BadDataSet) as told:
        loaded(tmp_path, RIGHT.replace(line, wrong))

    assert str(told.value) == f"stock.toml, line {at}: {why}"


@pytest.mark.parametrize(
    ("line", "wrong", "at"),
    [
        ("rows = 250", "rows = 250\nrows = 250", 3),
        ("[fields]", "[fields", 4),
        (UNTIL, 'until = { type = "Date"', 8),
        (UNTIL, 'qty = { type = "Date" }', 8),
    ],
)
def test_a_file_that_is_not_toml_is_told_by_name_and_line(
    tmp_path: Path, line: str, wrong: str, at: int
) -> None:
    """What is wrong with it, Python's own reader says."""
    assert line in RIGHT

    with pytest.raises(
        datasets.BadDataSet, match=rf"^stock\.toml: .*\(at line {at}, column \d+\)$"
    ):
        loaded(tmp_path, RIGHT.replace(line, wrong))


TWO_KEYS = """\
[fields]
part = { type = "String(499)", key = true, required = true }
plant = { type = "Integer(500)", key = true, required = true }
"""
KEY_BYTES = "fields: the key fields may have 1000 bytes in all"


@pytest.mark.parametrize(
    ("text", "at", "why"),
    [
        ("", 1, "fields: there are none"),
        ("rows = 1\n", 1, "fields: there are none"),
        ("rows = 1\n[fields]\n", 2, "fields: there are none"),
        ('rows = 1\n\nfields = "part"\n', 3, "fields: there are none"),
        ('[fields]\npart = { type = "Date", required = true }\n', 1, "fields: none is a key"),
        (
            '# Long.\n[fields]\npart = { type = "String(1000)", key = true, required = true }\n',
            2,
            KEY_BYTES,
        ),
        (TWO_KEYS, 1, KEY_BYTES),
    ],
)
def test_a_file_that_declares_nothing_usable_is_told_why(
    tmp_path: Path, text: str, at: int, why: str
) -> None:
    """Without a key, rows could not be told apart; too long a one, storage would not take."""
    with pytest.raises(datasets.BadDataSet) as told:
        loaded(tmp_path, text)

    assert str(told.value) == f"stock.toml, line {at}: {why}"


@pytest.mark.parametrize(
    ("text", "at"), [(b"\xff\n[fields]\n", 1), (b'\n\n# \xff\npart = { type = "Date" }\n\n\n', 3)]
)
def test_a_file_that_is_not_utf_8_is_told_where(tmp_path: Path, text: bytes, at: int) -> None:
    """An editor shows such a character as something else, or not at all."""
    with pytest.raises(datasets.BadDataSet) as told:
        loaded(tmp_path, text)

    assert str(told.value) == f"stock.toml, line {at}: not UTF-8"


LONGEST = "a_40_characters_long_name_0123456789_abc"


def test_a_category_and_a_key_have_up_to_40_characters(tmp_path: Path) -> None:
    """Of a to z, 0 to 9 and _."""
    name = f"{LONGEST}/{LONGEST}"

    assert loaded(tmp_path, RIGHT, name).name == name


@pytest.mark.parametrize(
    "name",
    ["odm/Stock", "odm/my-stock", "ODM/stock", "o d m/stock", f"odm/{LONGEST}d", f"{LONGEST}d/bom"],
)
def test_a_file_that_no_path_could_name_is_wrong(tmp_path: Path, name: str) -> None:
    """It would be there and answer 404."""
    with pytest.raises(datasets.BadDataSet) as told:
        loaded(tmp_path, RIGHT, name)

    file = name.rpartition("/")[2]
    assert str(told.value) == (f"{file}.toml: no path can name {name!r}: use a to z, 0 to 9 and _")


def test_the_build_fails_and_says_which_data_set_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a command, for `make` and the layer's build."""
    loaded(tmp_path, RIGHT)
    (tmp_path / "odm/wrong.toml").write_text(RIGHT.replace("250", "1000"))
    monkeypatch.setattr(datasets, "FOLDER", tmp_path)

    assert datasets.check() == 1
    assert capsys.readouterr().err == (
        "data set odm/wrong: wrong.toml, line 2: rows: must be 1 to 500\n"
    )
