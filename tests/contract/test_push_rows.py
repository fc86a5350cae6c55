"""What a row takes: allowed values, empty fields, keys, and all of its faults at once."""

from typing import Any

import pytest

from tests.contract.push_calls import SUCCESS, faults, row, sequence, told, verified
from tests.pushing import Maker

LONG, REQUIRED, MISMATCH = "value length exceed", "value required", "value type mismatch"
NOT_ALLOWED, UNKNOWN = "value not allowed", "field unknown"

DOC: dict[str, Any] = {
    "odm": "LCFC",
    "bu": "ISG",
    "moving_track_number": "M",
    "odm_pn": "P",
    "odm_pn_desc": "D",
    "material_type": "DB",
    "qty": "1",
    "movement_date": "2025-01-01",
    "movement_type": "BTG",
    "commodity": "C",
    "version": "1",
}


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("material_type", "RB", None),
        ("material_type", "rb", NOT_ALLOWED),
        ("material_type", "FG", NOT_ALLOWED),
        ("material_type", "RB ", NOT_ALLOWED),
        ("material_type", "RB,DB", NOT_ALLOWED),
        ("material_type", "RBRBRBRBRBRB", LONG),
        ("material_type", 1, MISMATCH),
        ("material_type", "", REQUIRED),
        ("movement_type", "HUB OUT", None),
        ("movement_type", "HUB_OUT", NOT_ALLOWED),
        ("movement_type", "V_TSF_OUT", None),
    ],
)
def test_a_field_with_allowed_values_takes_only_those(
    maker: Maker, field: str, value: Any, kind: str | None
) -> None:
    """To the letter: `DB`, not `db`. One fault a field, the first that there is."""
    given = DOC | {field: value}

    answer = maker.push("POST", sequence(given), "odm/material_doc")

    assert told(answer) == (verified((given, [(kind, field)])) if kind else SUCCESS)


def test_an_optional_field_may_be_left_out_empty_or_null(maker: Maker) -> None:
    """A dump has empty columns; the three are one content, also where values are listed."""
    inventory = {"bu": "I", "odm": "L", "odm_pn": "P", "location": "H", "po": 1}
    inventory |= {"odm_qty": 1, "version": "1"}
    empty = {"uid": "", "material_type": "", "odm_hub_qty": ""}
    null = {"uid": None, "material_type": None, "odm_hub_qty": None}

    rows = [inventory, inventory | empty, inventory | null]
    assert told(maker.push("POST", sequence(*rows), "odm/inventory")) == SUCCESS

    told_of = maker.standing(data_set="odm/inventory")
    assert (told_of["inserted"], told_of["unchanged"]) == (1, 2)
    (kept,) = maker.records("odm/inventory").values()
    assert not {"uid", "material_type", "odm_hub_qty"} & set(kept)


def test_all_faults_of_a_row_are_told_in_the_order_of_its_data_set(maker: Maker) -> None:
    """Then unknown fields, in the order in which they came: one correction mends all."""
    wrong = {"zz": 1, "QTY": "1.2345", "LENOVO_PN": "汉汉汉汉汉汉汉", "aa": None}
    known = DOC | {"qty": [], "material_type": "X", "movement_date": "2025-02-30", "version": None}
    known |= {"comment1": "c" * 101, "UID": "1"}

    assert faults(maker.push("POST", sequence(wrong))) == [
        (LONG, "LENOVO_PN"),
        (REQUIRED, "PLANT"),
        (LONG, "QTY"),
        (UNKNOWN, "zz"),
        (UNKNOWN, "aa"),
    ]
    assert faults(maker.push("POST", sequence(known), "odm/material_doc")) == [
        (NOT_ALLOWED, "material_type"),
        (MISMATCH, "qty"),
        (MISMATCH, "movement_date"),
        (REQUIRED, "version"),
        (LONG, "comment1"),
        (UNKNOWN, "UID"),
    ]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_row_without_its_keys_is_told_each_of_them(maker: Maker, method: str) -> None:
    """Nobody could say which record it is about."""
    no_part, empty, null = row(), row(PLANT=""), row(PLANT=None)
    del no_part["LENOVO_PN"]

    assert told(maker.push(method, sequence(no_part, empty, null))) == verified(
        (no_part, [(REQUIRED, "LENOVO_PN")]),
        (empty, [(REQUIRED, "PLANT")]),
        (null, [(REQUIRED, "PLANT")]),
    )


def test_to_delete_key_fields_are_enough_and_all_others_are_verified(maker: Maker) -> None:
    """Other fields may come along, as a dump has them; wrong ones are told."""
    keys = {"LENOVO_PN": "P1", "PLANT": "H121"}
    maker.push("POST", sequence(row("P1"), row("P2"), row("P3")))

    wrong, unknown = row("P3", QTY="x"), keys | {"LENOVO_PN": "P3", "qty": 1}
    answer = maker.push("DELETE", sequence(keys, row("P2"), wrong, unknown, batch="B2"))

    assert told(answer) == verified((wrong, [(MISMATCH, "QTY")]), (unknown, [(UNKNOWN, "qty")]))
    assert sorted(maker.records()) == ["P3|H121"]


def test_keys_that_hold_separators_are_kept_apart(maker: Maker) -> None:
    """Whatever letters a part's number has, it is that part's alone."""
    odd = ["a\x1f", "a", "a\x1e", "a\x1ea", "a#b", "a|b", "%2F", "é", "e\u0301", "\x00"]
    rows = [row(part, PLANT=plant) for part in odd for plant in ("b", "\x1fb", "\x1eab")]

    assert told(maker.push("POST", sequence(*rows))) == SUCCESS
    assert maker.standing()["inserted"] == 30
    assert told(maker.push("POST", sequence(*rows, batch="B2"))) == SUCCESS
    assert maker.standing("B2")["unchanged"] == 30
