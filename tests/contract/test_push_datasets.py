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


@pytest.mark.parametrize(
    ("line", "wrong", "at", "name"),
    [
        ("rows = 250", "rows = 0", 2, "rows"),
        ("rows = 250", "rows = 501", 2, "rows"),
        ("rows = 250", 'rows = "250"', 2, "rows"),
        ("rows = 250", "rows = true", 2, "rows"),
        ("rows = 250", "most = 250", 2, "most"),
        ("rows = 250", "rows = 250\nrows = 250", 3, ""),
        ("[fields]", "[field]", 4, "field"),
        ("[fields]", "[fields", 4, ""),
        ('until = { type = "Date" }', 'until = "Date"', 8, "until"),
        ('until = { type = "Date" }', "until = {}", 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "Time" }', 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "Date(8)" }', 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "date" }', 8, "until"),
        ('until = { type = "Date" }', "until = { type = 8 }", 8, "until"),
        ('until = { type = "Date" }', 'until = { kind = "Date" }', 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "Date", keys = true }', 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "Date", key = 1 }', 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "Date", required = "no" }', 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "Date", key = true }', 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "Date", values = ["A"] }', 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "Date"', 8, ""),
        ('until = { type = "Date" }', 'qty = { type = "Date" }', 8, ""),
        ('until = { type = "Date" }', 'until = { type = "String" }', 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "String(0)" }', 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "String(-1)" }', 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "Integer(1,1)" }', 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "Number(13)" }', 8, "until"),
        ('until = { type = "Date" }', 'until = { type = "Number(3,4)" }', 8, "until"),
        ('until = { type = "Date" }', '"until" = { type = "Time" }', 8, "until"),
        ('until = { type = "Date" }', 'until.type = "Time"', 8, "until"),
        ('until = { type = "Date" }', '[fields.until]\ntype = "Time"', 8, "until"),
        ('["A", "B"]', '["A", 1]', 9, "kind"),
        ('["A", "B"]', '"A"', 9, "kind"),
        ('["A", "B"]', '["A", "BBB"]', 9, "kind"),
    ],
)
def test_a_wrong_file_is_told_by_name_and_line(
    tmp_path: Path, line: str, wrong: str, at: int, name: str
) -> None:
    """Whoever adds a data set finds the fault without reading code."""
    assert line in RIGHT

    with pytest.raises(datasets.BadDataSet) as told:
        loaded(tmp_path, RIGHT.replace(line, wrong))

    assert "stock.toml" in str(told.value)
    assert f"line {at}" in str(told.value)
    assert name in str(told.value)


@pytest.mark.parametrize(
    ("text", "at", "why"),
    [
        ("", 1, "fields: there are none"),
        ("rows = 1\n", 1, "fields: there are none"),
        ("rows = 1\n[fields]\n", 2, "fields: there are none"),
        ('rows = 1\n\nfields = "part"\n', 3, "fields: there are none"),
        ('[fields]\npart = { type = "Date", required = true }\n', 1, "fields: none is a key"),
        (
            '# Long.\n[fields]\npart = { type = "String(1001)", key = true, required = true }\n',
            2,
            "fields: the key fields may have 1000 bytes in all",
        ),
        (b'# Stock.\n[fields]\n# \xff\npart = { type = "Date" }\n', 3, "not UTF-8"),
    ],
)
def test_a_file_that_declares_nothing_usable_is_told_why(
    tmp_path: Path, text: str | bytes, at: int, why: str
) -> None:
    """Without a key, rows could not be told apart; too long a one, storage would not take."""
    with pytest.raises(datasets.BadDataSet) as told:
        loaded(tmp_path, text)

    assert "stock.toml" in str(told.value)
    assert f"line {at}" in str(told.value)
    assert why in str(told.value)


@pytest.mark.parametrize("name", ["odm/Stock", "odm/my-stock", "ODM/stock", "o d m/stock"])
def test_a_file_that_no_path_could_name_is_wrong(tmp_path: Path, name: str) -> None:
    """It would be there and answer 404."""
    with pytest.raises(datasets.BadDataSet) as told:
        loaded(tmp_path, RIGHT, name)

    assert f"{name.rpartition('/')[2]}.toml" in str(told.value)


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
