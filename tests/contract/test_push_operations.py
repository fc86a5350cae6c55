"""What a call does to its rows, and what it is answered: `0`, `E00V00`, `E00W00`, `E00M00`."""

import json
from typing import Any

import pytest

from tests.cloudformation import ROOT
from tests.contract.push_calls import SUCCESS, row, sequence, told, verified
from tests.pushing import ROWS, Maker, at_work

EXISTS, MISSING = "unique constraint violation", "record not found"
KEYS = {"LENOVO_PN": "P1", "PLANT": "H121"}
SAMPLE: dict[str, Any] = json.loads((ROOT / "tests/data/push_sample.json").read_text())


def kept(quantity: str, part: str = "P1") -> dict[str, Any]:
    """A data set that has just this row."""
    return {f"{part}|H121": {"LENOVO_PN": part, "PLANT": "H121", "QTY": quantity}}


def not_written(given: Any, kind: str) -> tuple[int, Any]:
    """What a sequence is answered whose one row could not be written."""
    fault = {"type": kind, "fields": "LENOVO_PN,PLANT"}
    result = [{"row": given, "verify": [fault]}]
    return 200, {"code": "E00W00", "msg": "write exception", "result": result}


def test_the_published_sample_is_answered_as_published(maker: Maker) -> None:
    """Twice the same row in one call is one row; the call sent again was consumed."""
    data_set = SAMPLE["path"].removeprefix("/v1.0/scc/data/sync/")

    first = maker.push(SAMPLE["method"], SAMPLE["request"], data_set)
    again = maker.push(SAMPLE["method"], SAMPLE["request"], data_set)

    assert told(first) == (200, SAMPLE["answer"])
    assert first.text == '{"code":"0","msg":"request success"}'
    assert (again.status, again.body["code"]) == (200, SAMPLE["answer_when_sent_again"]["code"])
    assert list(maker.records()) == ["SD10W87241|H121"]


@pytest.mark.parametrize(
    ("method", "given", "counted", "after"),
    [
        ("POST", row(QTY="1.50"), "unchanged", kept("1.5")),
        ("PUT", row(QTY=1.5), "unchanged", kept("1.5")),
        ("PUT", row(QTY=2), "updated", kept("2")),
        ("DELETE", KEYS, "removed", {}),
        ("DELETE", row(QTY=9), "removed", {}),
        ("PATCH", row(QTY="1.500"), "unchanged", kept("1.5")),
        ("PATCH", row(QTY="-2"), "updated", kept("-2")),
    ],
)
def test_a_call_on_a_row_that_is_there(
    maker: Maker, method: str, given: Any, counted: str, after: Any
) -> None:
    """The published meanings: add, modify, delete, full coverage."""
    maker.push("POST", sequence(row(QTY=1.5), batch="B0"))
    maker.gateway.clock.move(ms=1)

    assert told(maker.push(method, sequence(given))) == SUCCESS

    maker.gateway.drain()
    assert maker.records() == after
    status = maker.standing()
    assert [name for name in COUNTERS if status[name]] == [counted]


COUNTERS = ["inserted", "updated", "unchanged", "removed", "failed", "pending"]


@pytest.mark.parametrize(
    ("method", "given", "counted", "after"),
    [
        ("POST", row(QTY=1), "inserted", kept("1")),
        ("DELETE", KEYS, "unchanged", {}),
        ("PATCH", row(QTY=1), "inserted", kept("1")),
    ],
)
@pytest.mark.parametrize("removed", [False, True], ids=["never there", "removed before"])
def test_a_call_on_a_row_that_is_not_there(
    maker: Maker, method: str, given: Any, counted: str, after: Any, removed: bool
) -> None:
    """A row that was removed is as one that never was."""
    if removed:
        maker.push("POST", sequence(row(QTY=1), batch="A0"))
        maker.push("DELETE", sequence(KEYS, batch="A1"))

    assert told(maker.push(method, sequence(given))) == SUCCESS

    assert maker.records() == after
    status = maker.standing()
    assert [name for name in COUNTERS if status[name]] == [counted]


def test_to_add_what_is_there_with_other_content_is_a_violation(maker: Maker) -> None:
    """The record stays as it was."""
    maker.push("POST", sequence(row(QTY=1), batch="B0"))

    answer = maker.push("POST", sequence(row(QTY=2)))

    assert told(answer) == not_written(row(QTY=2), EXISTS)
    assert maker.records() == kept("1")
    assert maker.standing()["failed"] == 1


@pytest.mark.parametrize("removed", [False, True], ids=["never there", "removed before"])
def test_to_modify_what_is_not_there_finds_no_record(maker: Maker, removed: bool) -> None:
    """It is not added instead."""
    if removed:
        maker.push("POST", sequence(row(QTY=2), batch="A0"))
        maker.push("DELETE", sequence(KEYS, batch="A1"))

    assert told(maker.push("PUT", sequence(row(QTY=2)))) == not_written(row(QTY=2), MISSING)
    assert maker.records() == {}


def test_the_same_row_twice_in_a_call_is_applied_in_order(maker: Maker) -> None:
    """Each meets what the one before it left behind."""
    added = maker.push("POST", sequence(row(QTY=1), row(QTY=2), row(QTY=1)))
    assert told(added) == not_written(row(QTY=2), EXISTS)
    assert maker.records() == kept("1")

    changed = sequence(row(QTY=5), row(QTY=5), row(QTY=4), batch="B2")
    assert told(maker.push("PUT", changed)) == SUCCESS
    assert maker.records() == kept("4")
    status = maker.standing("B2")
    assert (status["updated"], status["unchanged"]) == (2, 1)

    assert told(maker.push("DELETE", sequence(KEYS, KEYS, batch="B3"))) == SUCCESS
    status = maker.standing("B3")
    assert (status["removed"], status["unchanged"]) == (1, 1)
    assert maker.records() == {}


def test_good_rows_are_applied_beside_bad_ones(maker: Maker) -> None:
    """Rows are independent, whatever is wrong with their neighbours."""
    rows = [row("P1"), row("P2", QTY="x"), 7, row("P4"), row("P5", NO=1)]

    answer = maker.push("POST", sequence(*rows))

    assert told(answer) == verified(
        (row("P2", QTY="x"), [("value type mismatch", "QTY")]),
        (7, [("value type mismatch", "")]),
        (row("P5", NO=1), [("field unknown", "NO")]),
    )
    assert sorted(maker.records()) == ["P1|H121", "P4|H121"]
    status = maker.standing()
    assert (status["inserted"], status["failed"]) == (2, 3)


def test_a_bad_row_between_two_good_ones_of_its_key_changes_nothing(maker: Maker) -> None:
    """The good ones take effect in their order."""
    rows = [row(QTY=1), row(QTY="x"), row(QTY=3)]

    answer = maker.push("PATCH", sequence(*rows))

    assert told(answer) == verified((rows[1], [("value type mismatch", "QTY")]))
    assert maker.records() == kept("3")


def test_both_kinds_of_faults_are_answered_nested(maker: Maker) -> None:
    """One entry a kind, verification first; names and order as published."""
    maker.push("POST", sequence(row("P1", QTY=1), batch="B0"))
    rows = [row("P1", QTY=2), row("P2", QTY="x"), row("P3"), row("P1", QTY=3), {"PLANT": "H1"}]

    answer = maker.push("POST", sequence(*rows))

    assert answer.status == 200
    violated = '"verify":[{"type":"unique constraint violation","fields":"LENOVO_PN,PLANT"}]}'
    assert answer.text == (
        '{"code":"E00M00","msg":"multiple exceptions","result":['
        '{"code":"E00V00","msg":"data verification failed!","result":['
        '{"row":{"LENOVO_PN": "P2", "PLANT": "H121", "QTY": "x"},'
        '"verify":[{"type":"value type mismatch","fields":"QTY"}]},'
        '{"row":{"PLANT": "H1"},"verify":[{"type":"value required","fields":"LENOVO_PN"},'
        '{"type":"value required","fields":"QTY"}]}]},'
        '{"code":"E00W00","msg":"write exception","result":['
        f'{{"row":{{"LENOVO_PN": "P1", "PLANT": "H121", "QTY": 2}},{violated},'
        f'{{"row":{{"LENOVO_PN": "P1", "PLANT": "H121", "QTY": 3}},{violated}]}}]}}'
    )
    assert sorted(maker.records()) == ["P1|H121", "P3|H121"]


def test_calls_of_one_key_take_effect_in_the_order_of_their_acceptance(maker: Maker) -> None:
    """However late the worker gets to them."""
    for method, quantity in (("POST", 1), ("PUT", 2), ("PUT", 3)):
        maker.gateway.clock.move(ms=1)
        assert (
            told(maker.push(method, sequence(row(QTY=quantity), batch=f"B{quantity}"))) == SUCCESS
        )
    assert maker.records() == kept("3")

    maker.push("DELETE", sequence(KEYS, batch="B4"))
    assert maker.records() == {}


def test_what_stands_in_the_query_of_a_push_is_ignored(maker: Maker) -> None:
    """The source names no parameter there; a client's own must not cost it its rows."""
    with at_work(maker.gateway, "worker"):
        body = json.dumps(sequence(row())).encode()
        answer = maker.call(ROWS, "POST", body=body, query={"batch_id": "B2", "x": ""})

    assert told(answer) == SUCCESS
    assert maker.standing("B1")["inserted"] == 1
