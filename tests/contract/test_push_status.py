"""The status of a pushed batch: its totals, its sequences, its failures page by page."""

import json
from typing import Any

import pytest

from batchgate.contracts.push import status
from tests.contract.push_calls import NO_BATCH, SUCCESS, failed, row, sequence, told
from tests.engine.calls import seen
from tests.gateway import Answer
from tests.pushing import Maker

EXISTS = [("unique constraint violation", "LENOVO_PN,PLANT")]
MISMATCH = [("value type mismatch", "QTY")]


def bad(part: int) -> dict[str, Any]:
    """A row that is told its quantity."""
    return row(f"P{part:03}", QTY="x")


def refused(answer: Answer) -> str:
    """What a wrong query is told."""
    assert answer.status == 400
    assert list(answer.body) == ["code", "msg"]
    assert answer.body["code"] == "E00V00"
    return str(answer.body["msg"])


def pages(maker: Maker, limit: int) -> list[list[str]]:
    """The parts of all failures, page by page."""
    found: list[list[str]] = []
    query: dict[str, str] = {}
    while True:
        result = maker.status(limit=str(limit), **query).body["result"]
        found.append([one["row"]["LENOVO_PN"] for one in result["failures"]])
        if "nextCursor" not in result:
            return found
        query = {"cursor": result["nextCursor"]}


def test_names_nesting_and_order_are_the_published_ones(maker: Maker) -> None:
    """A client may read the answer as text."""
    maker.push("POST", sequence(row("P1"), batch="OLD"))
    rows = [row("P1", QTY="2"), row("P2"), {"QTY": 1.50, "LENOVO_PN": "P3", "PLANT": "TOO LONG"}]
    maker.push("POST", sequence(*rows, seq="2", size="7"))

    answer = maker.status()

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.dumps(answer.body) == (
        '{"code": "0", "msg": "request success", "result": {"batch_id": "B1", "method": "POST", '
        '"state": "receiving", "batch_size": 7, "received": 3, "sequences": ["2"], '
        '"missing": ["1"], "inserted": 1, "updated": 0, "unchanged": 0, "removed": 0, '
        '"failed": 2, "pending": 0, "failures": ['
        '{"seq_id": "2", "row": {"LENOVO_PN": "P1", "PLANT": "H121", "QTY": "2"}, '
        '"verify": [{"type": "unique constraint violation", "fields": "LENOVO_PN,PLANT"}]}, '
        '{"seq_id": "2", "row": {"QTY": 1.5, "LENOVO_PN": "P3", "PLANT": "TOO LONG"}, '
        '"verify": [{"type": "value length exceed", "fields": "PLANT"}]}]}}'
    )
    assert '"row":{"QTY": 1.5, ' in answer.text


@pytest.mark.parametrize(
    ("method", "ended"),
    [
        ("POST", {"inserted": 3, "unchanged": 3, "failed": 4}),
        ("PUT", {"updated": 2, "unchanged": 3, "failed": 5}),
        ("DELETE", {"removed": 5, "unchanged": 3, "failed": 2}),
        ("PATCH", {"inserted": 3, "updated": 2, "unchanged": 3, "failed": 2}),
    ],
)
def test_totals_add_up_at_every_step(maker: Maker, method: str, ended: dict[str, int]) -> None:
    """From the first sequence to the last, whatever becomes of its rows."""
    maker.push("POST", sequence(*[row(f"P{at}", QTY=1) for at in range(5)], batch="OLD"))
    maker.gateway.clock.move(ms=1)
    unchanged = [row(f"P{at}", QTY="1.0") for at in range(3)]
    changed = [row(f"P{at}", QTY=2) for at in (3, 4)]
    new = [row(f"N{at}", QTY=1) for at in range(3)]
    seen = []
    for seq, rows in (("1", unchanged), ("2", [*changed, bad(1)]), ("3", [*new, bad(2)])):
        maker.push(method, sequence(*rows, seq=seq, size=10))
        seen.append(maker.standing())
    maker.gateway.drain()

    last = maker.standing()
    assert [one["received"] for one in seen] == [3, 6, 10]
    assert [one["state"] for one in seen[:2]] == ["receiving", "receiving"]
    assert last["state"] == "completed"
    names = ("inserted", "updated", "unchanged", "removed", "failed", "pending")
    counted = {name: last[name] for name in names if last[name]}
    assert counted == ended


@pytest.mark.parametrize(
    ("sequences", "came", "missing"),
    [
        (["1"], ["1"], []),
        (["3"], ["3"], ["1", "2"]),
        (["3", "1"], ["1", "3"], ["2"]),
        (["10", "9", "2"], ["2", "9", "10"], ["1", "3", "4", "5", "6", "7", "8"]),
        (["0", "2"], ["0", "2"], ["1"]),
        (["a", "c"], ["a", "c"], []),
        (["1", "x", "3"], ["1", "x", "3"], []),
        (["1.0", "3"], ["1.0", "3"], []),
    ],
)
def test_gaps_between_whole_numbers_are_missing(
    maker: Maker, sequences: list[str], came: list[str], missing: list[str]
) -> None:
    """A sender sees which call got lost; where it names its sequences, nobody can tell."""
    for at, seq in enumerate(sequences):
        maker.gateway.clock.move(ms=1)
        maker.push("POST", sequence(row(f"P{at}"), seq=seq, size=20))

    status = maker.standing()
    assert (status["sequences"], status["missing"]) == (came, missing)


def test_failures_come_by_sequence_with_their_faults(maker: Maker) -> None:
    """Rows in their order, however they are spread over shards."""
    maker.push("POST", sequence(row("OLD"), batch="B0"))
    for seq in ("1", "2"):
        maker.gateway.clock.move(ms=1)
        rows = [bad(int(seq)), row("OLD", QTY=int(seq)), row(f"N{seq}"), None]
        maker.push("POST", sequence(*rows, seq=seq, size=8))

    assert maker.standing()["failures"] == [
        {"seq_id": seq} | one
        for seq in ("1", "2")
        for one in (
            failed(bad(int(seq)), MISMATCH),
            failed(row("OLD", QTY=seq), EXISTS),
            failed(None, [("value type mismatch", "")]),
        )
    ]


@pytest.mark.parametrize(
    ("limit", "sizes"), [(1, [1] * 12), (5, [5, 5, 2]), (6, [6, 6]), (11, [11, 1]), (12, [12])]
)
def test_pages_together_hold_every_failure_once(maker: Maker, limit: int, sizes: list[int]) -> None:
    """In their order, across sequences; the last page names no further one."""
    for seq in range(4):
        rows = [bad(10 * seq + at) for at in range(3)]
        maker.push("POST", sequence(row(f"G{seq}"), *rows, seq=str(seq + 1), size=16))
        maker.gateway.clock.move(ms=1)

    found = pages(maker, limit)

    assert [len(page) for page in found] == sizes
    expected = [f"P{10 * seq + at:03}" for seq in range(4) for at in range(3)]
    assert [part for page in found for part in page] == expected


def test_a_page_ends_in_time_also_where_sequences_have_long_names(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda answers with 6 MB at most, with all that stands in the answer."""
    monkeypatch.setattr(status, "PAGE_BYTES", 2_000)
    names = [f"{seq:064}" for seq in range(1, 11)]
    for seq, name in enumerate(names):
        maker.push("POST", sequence(bad(seq), seq=name, size=10))
        maker.gateway.clock.move(ms=1)

    listed: list[str] = []
    query: dict[str, str] | None = {}
    while query is not None:
        answer = maker.status(**query)
        result = answer.body["result"]
        assert result["sequences"] == names
        assert len(json.dumps(answer.text)) < 2_400
        listed += [one["seq_id"] for one in result["failures"]]
        query = {"cursor": result["nextCursor"]} if "nextCursor" in result else None

    assert listed == names


def test_a_sequence_corrected_between_two_pages_hides_no_other_failure(maker: Maker) -> None:
    """A sender mends the first page's rows before it turns to the second."""
    for seq in ("1", "2", "3"):
        maker.push("POST", sequence(bad(int(seq)), seq=seq, size=3))
        maker.gateway.clock.move(ms=1)
    first = maker.status(limit="1").body["result"]
    assert [one["seq_id"] for one in first["failures"]] == ["1"]

    assert told(maker.push("POST", sequence(row("P001"), seq="1", size=3))) == SUCCESS
    rest = maker.status(cursor=first["nextCursor"]).body["result"]

    assert [one["seq_id"] for one in rest["failures"]] == ["2", "3"]


def test_a_row_that_failed_through_our_fault_is_told_so(maker: Maker) -> None:
    """Nothing is wrong with it: its sequence may be sent again."""
    maker.push("POST", sequence(row()), by="give_up")

    (failure,) = maker.status().body["result"]["failures"]

    assert failure == {"seq_id": "1"} | failed(row(), [("system error", "LENOVO_PN,PLANT")])


@pytest.mark.parametrize("pn", ["P1", "\x1f", "\x1ea", "\x1e\x1f\x1e", "a\x1e"])
def test_a_row_that_was_not_removed_is_told_by_its_key(maker: Maker, pn: str) -> None:
    """Of a `DELETE` nothing else is kept; without it nobody knew which row is left."""
    maker.push("DELETE", sequence({"LENOVO_PN": pn, "PLANT": "H\x1f", "QTY": 1}), by="give_up")

    (failure,) = maker.status().body["result"]["failures"]

    gone = {"LENOVO_PN": pn, "PLANT": "H\x1f"}
    assert failure == {"seq_id": "1"} | failed(gone, [("system error", "LENOVO_PN,PLANT")])


def test_the_longest_batch_id_is_looked_up(maker: Maker) -> None:
    """Every batch that can be pushed has a status; it is asked for all failures that it may be."""
    longest = "B" * 16
    maker.push("POST", sequence(row(), batch=longest))

    assert maker.status(longest, limit="10000").body["result"]["batch_id"] == longest
    assert maker.push("POST", sequence(row(), batch=longest + "B")).body["code"] == "E00V00"


def test_a_batch_without_failures_has_one_empty_page(maker: Maker) -> None:
    """Nothing failed is an empty list, and no cursor."""
    maker.push("POST", sequence(row()))

    result = maker.status(limit="1").body["result"]

    assert result["failures"] == []
    assert "nextCursor" not in result


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": "0"}, "Invalid parameter: limit"),
        ({"limit": "10001"}, "Invalid parameter: limit"),
        ({"limit": "-1"}, "Invalid parameter: limit"),
        ({"limit": ""}, "Invalid parameter: limit"),
        ({"limit": "١"}, "Invalid parameter: limit"),
        ({"cursor": ""}, "Invalid parameter: cursor"),
        ({"cursor": "AAAA"}, "Invalid parameter: cursor"),
        ({"cursor": "中文"}, "Invalid parameter: cursor"),
        ({"cursor": "A" * 5_000}, "Invalid parameter: cursor"),
        ({"batchId": "B1"}, "Unknown parameter: batchId"),
    ],
)
def test_a_wrong_query_is_listedby_name(maker: Maker, query: dict[str, str], expected: str) -> None:
    """Rather than answered as if nobody had asked."""
    maker.push("POST", sequence(row()))

    assert refused(maker.status(**query)) == f"data verification failed! {expected}"


def test_a_batch_id_is_needed_and_no_parameter_comes_twice(maker: Maker) -> None:
    """There is no list of batches to show instead; the one that comes twice is named."""
    call = maker.gateway.call
    path = {"data_category": "odm", "biz_key": "master_data"}
    headers = {"Authorization": [maker.authorization]}
    for query, expected in (
        ([], "Missing parameter: batch_id"),
        ([("batch_id", "")], "Missing parameter: batch_id"),
        ([("batch_id", "B1"), ("batch_id", "B1")], "Repeated parameter: batch_id"),
        ([("batch_id", "B1"), ("limit", "1"), ("limit", "2")], "Repeated parameter: limit"),
        ([("limit", "1"), *[("cursor", "x")] * 3, ("batch_id", "")], "Repeated parameter: cursor"),
    ):
        answer = call("push_status", method="GET", path=path, headers=headers, query=query)
        assert refused(answer) == f"data verification failed! {expected}"


def test_a_cursor_is_good_for_its_batch_alone(maker: Maker, twin: Maker) -> None:
    """Of the same partner, and of nobody else."""
    for one, batch in ((maker, "B1"), (maker, "B2"), (twin, "B1")):
        one.push("POST", sequence(bad(1), bad(2), batch=batch))
    cursor = maker.status("B1", limit="1").body["result"]["nextCursor"]

    assert maker.status("B1", cursor=cursor).status == 200
    altered = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for answer in (
        maker.status("B2", cursor=cursor),
        twin.status("B1", cursor=cursor),
        maker.status("B1", cursor=altered),
    ):
        assert refused(answer) == "data verification failed! Invalid parameter: cursor"


@pytest.mark.parametrize("batch", ["never", "b1", " B1", "B1 ", "中文", "#", "B" * 3_000, "\x00"])
def test_a_batch_that_there_is_not_is_not_found(maker: Maker, batch: str) -> None:
    """Whatever its id; ids have a case."""
    maker.push("POST", sequence(row()))

    assert told(maker.status(batch)) == NO_BATCH


def test_an_id_that_no_batch_can_have_is_not_looked_up(maker: Maker) -> None:
    """DynamoDB refuses keys of more than 2,048 bytes, which would look like our fault."""
    maker.status("never")
    with seen() as calls:
        assert told(maker.status("B" * 2_100)) == NO_BATCH
        assert told(maker.status("汉" * 6)) == NO_BATCH

    assert calls.names == []
