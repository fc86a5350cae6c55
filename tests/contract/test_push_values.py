"""What a field takes: types, lengths in bytes, precision, dates that exist."""

from typing import Any

from tests.contract.push_calls import SUCCESS, sequence_text, told, written
from tests.pushing import Maker

LONG, REQUIRED, MISMATCH = "value length exceed", "value required", "value type mismatch"

BOM: dict[str, Any] = {
    "bu": "ISG",
    "odm": "LCFC",
    "odm_father_item": "F1",
    "father_item": "F",
    "odm_child_item": "C",
    "quantity_per": "1",
    "effective_start_date": "2025-01-01",
    "effective_end_date": "9999-12-31",
    "priority": 1,
    "alternative_code": "A",
    "version": "1",
}
GOOD: list[tuple[str, str, str]] = [
    ("quantity_per", '"1"', "1"),
    ("quantity_per", "1", "1"),
    ("quantity_per", '"1.500000"', "1.5"),
    ("quantity_per", "1.50", "1.5"),
    ("quantity_per", '"1.5000000000"', "1.5"),
    ("quantity_per", '"0001.5"', "1.5"),
    ("quantity_per", '"-9999.999999"', "-9999.999999"),
    ("quantity_per", "9999.999999", "9999.999999"),
    ("quantity_per", "0.000001", "0.000001"),
    ("quantity_per", "1e-6", "0.000001"),
    ("quantity_per", "1E2", "100"),
    ("quantity_per", "0", "0"),
    ("quantity_per", "-0", "0"),
    ("quantity_per", '"-0.00"', "0"),
    ("quantity_per", "0e9999", "0"),
    ("split", "9.99", "9.99"),
    ("split", '"-0.01"', "-0.01"),
    ("priority", "1", "1"),
    ("priority", '"1"', "1"),
    ("priority", '"0007"', "7"),
    ("priority", "999", "999"),
    ("priority", '"-999"', "-999"),
    ("priority", "0", "0"),
    ("priority", '"-0"', "0"),
    ("effective_start_date", '"2024-02-29"', "2024-02-29"),
    ("effective_start_date", '"2000-02-29"', "2000-02-29"),
    ("effective_start_date", '"0001-01-01"', "0001-01-01"),
    ("effective_start_date", '"2025-12-31"', "2025-12-31"),
    ("version", '"12345678901234"', "12345678901234"),
    ("version", '"汉汉汉汉12"', "汉汉汉汉12"),
    ("version", '"😀😀😀12"', "😀😀😀12"),
    ("version", '"\\u6c49\\u6c49\\u6c49\\u6c4912"', "汉汉汉汉12"),
    ("version", '" "', " "),
    ("version", '"\\u0000\\n\\""', '\0\n"'),
]
BAD: list[tuple[str, str, str]] = [
    ("quantity_per", '"10000"', LONG),
    ("quantity_per", "10000", LONG),
    ("quantity_per", "-10000", LONG),
    ("quantity_per", "0.0000001", LONG),
    ("quantity_per", '"1.0000001"', LONG),
    ("quantity_per", "99999999999", LONG),
    ("quantity_per", "9" * 4_300, LONG),
    ("quantity_per", "1e10", LONG),
    ("quantity_per", "1e999999", LONG),
    ("quantity_per", "1e-999999", LONG),
    ("quantity_per", '"1E2"', MISMATCH),
    ("quantity_per", '"1,5"', MISMATCH),
    ("quantity_per", '"+1"', MISMATCH),
    ("quantity_per", '" 1"', MISMATCH),
    ("quantity_per", '"1\\n"', MISMATCH),
    ("quantity_per", '"1."', MISMATCH),
    ("quantity_per", '".5"', MISMATCH),
    ("quantity_per", '"-"', MISMATCH),
    ("quantity_per", '"NaN"', MISMATCH),
    ("quantity_per", '"Infinity"', MISMATCH),
    ("quantity_per", '"１"', MISMATCH),
    ("quantity_per", '"1_0"', MISMATCH),
    ("quantity_per", "true", MISMATCH),
    ("quantity_per", "[1]", MISMATCH),
    ("quantity_per", '{"a":1}', MISMATCH),
    ("quantity_per", '""', REQUIRED),
    ("quantity_per", "null", REQUIRED),
    ("split", "10", LONG),
    ("split", "0.001", LONG),
    ("split", "false", MISMATCH),
    ("priority", "1000", LONG),
    ("priority", '"1000"', LONG),
    ("priority", "-1000", LONG),
    ("priority", '"' + "9" * 5_000 + '"', LONG),
    ("priority", "1.5", MISMATCH),
    ("priority", "1e0", MISMATCH),
    ("priority", '"1.0"', MISMATCH),
    ("priority", '"+1"', MISMATCH),
    ("priority", '"--1"', MISMATCH),
    ("priority", '"١"', MISMATCH),
    ("priority", "true", MISMATCH),
    ("priority", "[]", MISMATCH),
    ("priority", '""', REQUIRED),
    ("effective_start_date", '"2023-02-29"', MISMATCH),
    ("effective_start_date", '"1900-02-29"', MISMATCH),
    ("effective_start_date", '"2025-04-31"', MISMATCH),
    ("effective_start_date", '"2025-13-01"', MISMATCH),
    ("effective_start_date", '"2025-00-01"', MISMATCH),
    ("effective_start_date", '"0000-01-01"', MISMATCH),
    ("effective_start_date", '"20250401"', MISMATCH),
    ("effective_start_date", '"2025-4-1"', MISMATCH),
    ("effective_start_date", '"2025-W14-2"', MISMATCH),
    ("effective_start_date", '"2025-04-01T00:00:00Z"', MISMATCH),
    ("effective_start_date", "20250401", MISMATCH),
    ("effective_start_date", "null", REQUIRED),
    ("version", '"123456789012345"', LONG),
    ("version", '"汉汉汉汉123"', LONG),
    ("version", '"汉汉汉汉汉"', LONG),
    ("version", '"😀😀😀😀"', LONG),
    ("version", "1", MISMATCH),
    ("version", "true", MISMATCH),
    ("version", '["1"]', MISMATCH),
    ("version", '""', REQUIRED),
]


def bom(at: int, field: str, text: str) -> str:
    """A row of `odm/bom` with a key of its own, and this text as the value of a field."""
    return written(BOM | {"odm_child_item": f"C{at}"}, field, text)


def test_right_values_are_taken_and_kept_in_their_shortest_form(maker: Maker) -> None:
    """Numbers quoted or not, equal ones alike; texts by their bytes, not their letters."""
    rows = [bom(at, field, text) for at, (field, text, _) in enumerate(GOOD)]

    assert told(maker.push("POST", sequence_text(rows), "odm/bom")) == SUCCESS

    kept = maker.records("odm/bom")
    assert {
        (field, text): kept[f"ISG|LCFC|F1|C{at}|A"][field]
        for at, (field, text, _) in enumerate(GOOD)
    } == {(field, text): stored for field, text, stored in GOOD}


def test_wrong_values_are_told_by_field_and_kind(maker: Maker) -> None:
    """Each alone in a row that is right otherwise; nothing of such a row is kept."""
    rows = [bom(at, field, text) for at, (field, text, _) in enumerate(BAD)]

    answer = maker.push("POST", sequence_text(rows), "odm/bom")

    assert (answer.status, answer.body["code"]) == (200, "E00V00")
    assert {
        (field, text): [(one["type"], one["fields"]) for one in result["verify"]]
        for (field, text, _), result in zip(BAD, answer.body["result"], strict=True)
    } == {(field, text): [(kind, field)] for field, text, kind in BAD}
    assert maker.records("odm/bom") == {}
