"""`PATCH`: the data set becomes the batch, without a gap that anybody could see."""

from typing import Any

import pytest

from tests.contract.push_calls import SUCCESS, row, sequence, told, verified
from tests.engine.calls import seen
from tests.pushing import Maker


def parts(first: int, last: int, quantity: Any = 1) -> list[dict[str, Any]]:
    """Rows of these parts, the last one included."""
    return [row(f"P{at:03}", QTY=quantity) for at in range(first, last + 1)]


def filled(maker: Maker, first: int, last: int, batch: str = "OLD") -> None:
    """Rows that are there before the replacement, a millisecond ago."""
    assert told(maker.push("POST", sequence(*parts(first, last), batch=batch))) == SUCCESS
    maker.gateway.clock.move(ms=1)


def names(maker: Maker) -> list[str]:
    return sorted(key.partition("|")[0] for key in maker.records())


def quantities(maker: Maker) -> dict[str, str]:
    return {key.partition("|")[0]: kept["QTY"] for key, kept in maker.records().items()}


def test_a_data_set_becomes_exactly_the_batch(maker: Maker) -> None:
    """140 rows over 200 with 90 in common: 110 go, and each row counts once."""
    filled(maker, 1, 200)
    for seq, first in (("1", 111), ("2", 161), ("3", 211)):
        rows = parts(first, min(first + 49, 250), quantity=1 if first < 200 else 7)
        assert told(maker.push("PATCH", sequence(*rows, seq=seq, size=140))) == SUCCESS
    maker.gateway.drain()

    assert names(maker) == [f"P{at:03}" for at in range(111, 251)]
    status = maker.standing()
    assert (status["received"], status["inserted"], status["unchanged"]) == (140, 50, 90)
    assert (status["removed"], status["failed"], status["state"]) == (110, 0, "completed")


def test_nothing_is_removed_before_the_last_row_is_applied(maker: Maker) -> None:
    """At every message a reader finds every row: the old ones, the new ones, or both."""
    filled(maker, 1, 20)
    assert told(maker.push("PATCH", sequence(*parts(11, 15, 5), size=15))) == SUCCESS
    maker.gateway.drain()
    assert names(maker) == [f"P{at:03}" for at in range(1, 21)]
    assert told(maker.push("PATCH", sequence(*parts(16, 20, 5), seq="2", size=15))) == SUCCESS
    maker.gateway.drain()
    assert names(maker) == [f"P{at:03}" for at in range(1, 21)]

    assert told(maker.push("PATCH", sequence(*parts(21, 25, 5), seq="3", size=15))) == SUCCESS
    assert names(maker) == [f"P{at:03}" for at in range(1, 26)]
    assert maker.standing()["state"] == "processing"

    steps = 0
    while maker.gateway.deliver(maker.gateway.queue, "worker", most=1):
        steps += 1
        assert set(names(maker)) >= {f"P{at:03}" for at in range(11, 26)}
    assert steps == 2
    assert quantities(maker) == {f"P{at:03}": "5" for at in range(11, 26)}
    assert (maker.standing()["removed"], maker.standing()["state"]) == (10, "completed")


@pytest.mark.parametrize("order", ["123", "321", "231"])
def test_the_last_sequence_is_the_one_that_comes_last(maker: Maker, order: str) -> None:
    """Sequences come in any order; their numbers are no sign of completeness."""
    filled(maker, 1, 9)
    for at, seq in enumerate(order):
        assert len(names(maker)) == 9 + at
        first = 100 * int(seq)
        assert told(maker.push("PATCH", sequence(*parts(first, first), seq=seq, size=3))) == SUCCESS
    maker.gateway.drain()

    assert names(maker) == ["P100", "P200", "P300"]


def test_a_batch_that_stops_removes_nothing(maker: Maker) -> None:
    """Two of three sequences, however long ago, and however often the sweep looks."""
    filled(maker, 1, 9)
    for seq, first in (("1", 5), ("2", 7)):
        given = sequence(*parts(first, first + 1, 5), seq=seq, size=6)
        assert told(maker.push("PATCH", given)) == SUCCESS
    for _ in range(3):
        maker.gateway.drain()
        maker.gateway.clock.move(seconds=200)
        maker.gateway.handler("sweep")({}, None)

    assert names(maker) == [f"P{at:03}" for at in range(1, 10)]
    assert maker.gateway.receive(maker.gateway.queue) == []


def test_a_bad_row_keeps_its_old_record(maker: Maker) -> None:
    """It is named, if badly; a row that nobody names is removed."""
    filled(maker, 1, 4)
    bad, nameless = row("P002", QTY="x"), {"PLANT": "H121", "QTY": 1}

    answer = maker.push("PATCH", sequence(row("P001", QTY=5), bad, nameless))
    maker.gateway.drain()

    assert told(answer) == verified(
        (bad, [("value type mismatch", "QTY")]), (nameless, [("value required", "LENOVO_PN")])
    )
    assert quantities(maker) == {"P001": "5", "P002": "1"}
    assert (maker.standing()["removed"], maker.standing()["failed"]) == (2, 2)


def test_a_bad_row_is_corrected_after_the_clearing(maker: Maker) -> None:
    """Nothing is cleared a second time: what was pushed since stays."""
    filled(maker, 1, 4)
    maker.push("PATCH", sequence(row("P001"), row("P002", QTY="x")))
    maker.gateway.drain()
    maker.gateway.clock.move(ms=1)
    filled(maker, 9, 9, batch="NEW")

    assert told(maker.push("PATCH", sequence(row("P001"), row("P002", QTY=3)))) == SUCCESS
    maker.gateway.drain()

    assert quantities(maker) == {"P001": "1000", "P002": "3", "P009": "1"}
    status = maker.standing()
    assert (status["removed"], status["failed"], status["state"]) == (2, 0, "completed")


def test_a_correction_before_the_clearing_decides_what_is_named(maker: Maker) -> None:
    """A row that only the wrong content named is no row of the batch."""
    filled(maker, 1, 4)
    maker.push("PATCH", sequence(row("P001"), row("P002", QTY="x"), size=3))
    assert told(maker.push("PATCH", sequence(row("P001"), row("P003"), size=3))) == SUCCESS
    assert told(maker.push("PATCH", sequence(row("P004"), seq="2", size=3))) == SUCCESS
    maker.gateway.drain()

    assert names(maker) == ["P001", "P003", "P004"]
    assert maker.standing()["removed"] == 1


@pytest.mark.parametrize(("method", "part"), [("POST", "P009"), ("PUT", "P004"), ("PATCH", "P004")])
def test_a_row_that_another_batch_pushed_meanwhile_is_kept(
    maker: Maker, method: str, part: str
) -> None:
    """It is newer than the replacement's beginning; clearing it would lose it."""
    filled(maker, 1, 4)
    maker.push("PATCH", sequence(row("P001"), size=2))
    maker.gateway.clock.move(ms=1)
    assert told(maker.push(method, sequence(row(part, QTY=8), batch="M", size=2))) == SUCCESS
    maker.gateway.clock.move(ms=1)
    maker.push("PATCH", sequence(row("P002"), seq="2", size=2))
    maker.gateway.drain()

    assert names(maker) == ["P001", "P002", part]
    assert quantities(maker)[part] == "8"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_row_that_another_batch_found_unchanged_meanwhile_is_kept(
    maker: Maker, method: str
) -> None:
    """It was pushed, if not changed; its sender was told that it is there."""
    filled(maker, 1, 4)
    maker.push("PATCH", sequence(row("P001"), size=2))
    maker.gateway.clock.move(ms=1)
    same = sequence(row("P004", QTY="1.0"), batch="M", size=2)
    assert told(maker.push(method, same)) == SUCCESS
    assert maker.standing("M")["unchanged"] == 1
    maker.push("PATCH", sequence(row("P002"), seq="2", size=2))
    maker.gateway.drain()

    assert names(maker) == ["P001", "P002", "P004"]


def test_a_replacement_that_ends_within_another_takes_none_of_its_rows(maker: Maker) -> None:
    """One that stalled yesterday is finished today, in the middle of today's."""
    filled(maker, 1, 6)
    for given in (
        sequence(*parts(1, 1), batch="A", seq="1", size=2),
        sequence(*parts(3, 4), batch="B", seq="1", size=4),
        sequence(*parts(2, 2), batch="A", seq="2", size=2),
        sequence(*parts(5, 6), batch="B", seq="2", size=4),
    ):
        assert told(maker.push("PATCH", given)) == SUCCESS
        maker.gateway.drain()
        maker.gateway.clock.move(ms=1)

    assert names(maker) == ["P002", "P003", "P004", "P005", "P006"]
    assert [maker.standing(batch)["state"] for batch in "AB"] == ["completed", "completed"]


def test_a_replacement_that_repeats_the_data_set_writes_no_record(maker: Maker) -> None:
    """A partner that sends everything every night pays for what changed."""
    filled(maker, 1, 60)

    with seen() as calls:
        assert told(maker.push("PATCH", sequence(*parts(1, 60)))) == SUCCESS
        maker.gateway.drain()

    writing = ("BatchWriteItem", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
    written = [given for name, given in calls.made if name in writing]
    assert len(written) > 3
    assert [given for given in written if "RecordsTable" in str(given)] == []
    status = maker.standing()
    assert (status["unchanged"], status["removed"], status["state"]) == (60, 0, "completed")


def test_a_data_set_is_replaced_again_and_again(maker: Maker) -> None:
    """What was removed may come back, and go again."""
    for batch, (first, last) in {"A": (1, 4), "B": (3, 6), "C": (1, 2)}.items():
        maker.gateway.clock.move(ms=1)
        assert told(maker.push("PATCH", sequence(*parts(first, last), batch=batch))) == SUCCESS
        maker.gateway.drain()
        assert names(maker) == [f"P{at:03}" for at in range(first, last + 1)]

    assert [maker.standing(batch)["removed"] for batch in "ABC"] == [0, 2, 4]
    assert [maker.standing(batch)["inserted"] for batch in "ABC"] == [4, 2, 2]
