"""Full replacement: readers see no gap, and what the batch does not name goes once, at its end."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from random import Random
from threading import Event

import pytest

from local.listener import Listener
from local.stack import Stack
from tests.stack.broker import until
from tests.stack.maker import CONSUMED, DATA_SET, SUCCESS, Maker, names, row, sequence, sequences

pytestmark = pytest.mark.stack


def fill(maker: Maker, parts: range) -> None:
    """Have these parts in the data set, ten of each."""
    for one in sequences("FILL", [row(part) for part in parts]).values():
        assert maker.push("POST", DATA_SET, one).text == SUCCESS
    maker.done("FILL")


def settle(maker: Maker) -> None:
    """Return when all is worked that was in the queue: this comes behind it, in every group."""
    rows = [{"LENOVO_PN": f"NONE{at}", "PLANT": "H121"} for at in range(8)]
    assert maker.push("DELETE", DATA_SET, sequence("SETTLE", rows)).text == SUCCESS


@contextmanager
def reader(maker: Maker) -> Iterator[list[set[str]]]:
    """Look at the data set again and again; the part numbers that each look saw."""
    looks: list[set[str]] = [set(maker.rows())]
    over = Event()

    def look() -> None:
        while not over.wait(0.02):
            looks.append(set(maker.rows()))

    with ThreadPoolExecutor(1) as one:
        reading = one.submit(look)
        try:
            yield looks
        finally:
            over.set()
            reading.result()
    looks.append(set(maker.rows()))


def test_readers_see_no_gap_while_a_data_set_is_replaced(
    stack: Stack, makers: Mapping[str, Maker], listener: Listener
) -> None:
    """2,000 rows become 1,400, of which 900 were there and 450 of these change."""
    maker = makers["replacer"]
    fill(maker, range(2_000))
    others, common, new = (
        names(range(1_100)),
        names(range(1_100, 2_000)),
        names(range(2_000, 2_500)),
    )
    rows = [row(part, "20" if part % 2 else "10") for part in range(1_100, 2_500)]
    Random(7).shuffle(rows)
    batch = sequences("REPLACE", rows)

    with reader(maker) as looks:
        for seq_id, received in (("2", 500), ("3", 900)):
            assert maker.push("PATCH", DATA_SET, batch[seq_id]).text == SUCCESS
            told = maker.standing("REPLACE")
            assert (told["state"], told["received"]) == ("receiving", received)
            assert told["removed"] == 0
        looks.append(set(maker.rows()))
        before_last = len(looks)
        assert maker.push("PATCH", DATA_SET, batch["1"]).text == SUCCESS
        told = maker.done("REPLACE")

    assert (told["inserted"], told["updated"], told["unchanged"]) == (500, 450, 450)
    assert (told["received"], told["removed"], told["failed"]) == (1_400, 1_100, 0)
    assert all(look >= others for look in looks[:before_last])
    assert all(look >= common for look in looks)
    for earlier, later in pairwise(looks):
        assert earlier & new <= later
        assert later & others <= earlier
    assert looks[-1] == common | new
    kept = [one["c"]["B"] for one in maker.rows().values()]
    assert sum(b'"QTY":"20"' in content for content in kept) == 700

    stack.client("lambda").invoke(FunctionName=stack.outputs["Sweep"], Payload=b"{}")
    assert maker.push("PATCH", DATA_SET, batch["1"]).text == CONSUMED
    settle(maker)
    assert maker.standing("REPLACE") == told
    (heard,) = until(lambda: listener.of("REPLACE"))
    assert (heard["method"], heard["rows"], heard["removed"]) == ("PATCH", 1_400, 1_100)
    assert set(maker.rows()) == common | new


def test_a_replacement_that_stops_before_its_last_sequence_removes_nothing(
    stack: Stack, makers: Mapping[str, Maker]
) -> None:
    """Half a dump is no reason to lose the other half."""
    maker = makers["stopper"]
    fill(maker, range(20))

    for at in (1, 2):
        sent = sequence("STOPPED", [row(30 + at)], of=3, seq_id=str(at))
        assert maker.push("PATCH", DATA_SET, sent).text == SUCCESS
    stack.client("lambda").invoke(FunctionName=stack.outputs["Sweep"], Payload=b"{}")
    settle(maker)

    told = maker.standing("STOPPED")
    assert (told["state"], told["sequences"], told["removed"]) == ("receiving", ["1", "2"], 0)
    assert set(maker.rows()) == names([*range(20), 31, 32])


def test_a_bad_row_of_a_replacement_keeps_its_old_record(makers: Mapping[str, Maker]) -> None:
    """The batch names it, if wrongly: what was there is better than nothing."""
    maker = makers["careless"]
    fill(maker, range(20))
    before = maker.rows()
    bad = [row(at, "ten") for at in range(4)]

    answer = maker.push("PATCH", DATA_SET, sequence("BAD", [*bad, row(4, "20"), row(5)]))

    assert answer.json()["code"] == "E00V00"
    assert len(answer.json()["result"]) == 4
    told = maker.done("BAD")
    assert (told["failed"], told["updated"], told["unchanged"]) == (4, 1, 1)
    assert told["removed"] == 14
    after = maker.rows()
    assert set(after) == names(range(6))
    for part in names([0, 1, 2, 3, 5]):
        assert after[part] == before[part]


def test_rows_that_another_batch_pushes_meanwhile_are_kept(makers: Mapping[str, Maker]) -> None:
    """They are newer than the replacement: added or changed, they stay."""
    maker = makers["keeper"]
    fill(maker, range(20))

    first = maker.push("PATCH", DATA_SET, sequence("KEEP", [row(0)], of=2, seq_id="1"))
    added = maker.push("POST", DATA_SET, sequence("ADDED", [row(50), row(51)]))
    changed = maker.push("PUT", DATA_SET, sequence("CHANGED", [row(7, "20"), row(8, "20")]))
    last = maker.push("PATCH", DATA_SET, sequence("KEEP", [row(1)], of=2, seq_id="2"))

    assert [one.text for one in (first, added, changed, last)] == [SUCCESS] * 4
    assert maker.done("KEEP")["removed"] == 16
    assert set(maker.rows()) == names([0, 1, 7, 8, 50, 51])


def test_a_row_that_another_batch_repeats_meanwhile_is_kept(makers: Mapping[str, Maker]) -> None:
    """It was pushed after the replacement began, and its sender was told that it is there."""
    maker = makers["insister"]
    fill(maker, range(20))
    before = maker.rows()

    first = maker.push("PATCH", DATA_SET, sequence("KEEP", [row(0)], of=2, seq_id="1"))
    added = maker.push("POST", DATA_SET, sequence("ADDED", [row(11), row(12)]))
    changed = maker.push("PUT", DATA_SET, sequence("CHANGED", [row(13), row(14)]))
    last = maker.push("PATCH", DATA_SET, sequence("KEEP", [row(1)], of=2, seq_id="2"))
    told = maker.done("KEEP")
    after = maker.rows()
    later = maker.push("PUT", DATA_SET, sequence("LATER", [row(0), row(11)]))

    assert [one.text for one in (first, added, changed, last, later)] == [SUCCESS] * 5
    assert maker.done("ADDED")["unchanged"] == 2
    assert told["removed"] == 14
    assert set(after) == names([0, 1, 11, 12, 13, 14])
    assert [after[part]["c"] for part in after] == [before[part]["c"] for part in after]
    assert maker.rows() == after


def test_a_replacement_that_repeats_the_data_set_writes_no_record(
    makers: Mapping[str, Maker],
) -> None:
    """A nightly dump costs what changed: in another order, with other text for equal numbers."""
    maker = makers["mirror"]
    fill(maker, range(1_400))
    before = maker.rows()
    rows = [row(part, "10.000") for part in range(1_400)]
    Random(7).shuffle(rows)

    for one in sequences("REPEAT", rows).values():
        assert maker.push("PATCH", DATA_SET, one).text == SUCCESS

    told = maker.done("REPEAT")
    assert (told["received"], told["unchanged"], told["removed"]) == (1_400, 1_400, 0)
    assert maker.rows() == before
    assert len(before) == 1_400
