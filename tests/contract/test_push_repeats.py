"""A sequence that comes again: consumed, corrected, given up, or of another batch."""

from typing import Any

import pytest

from tests.contract.push_calls import (
    CONSUMED,
    LIMIT,
    NOT_APPLIED,
    SUCCESS,
    SYSTEM_ERROR,
    faults,
    row,
    sequence,
    told,
    verified,
)
from tests.engine.calls import answering, refusal
from tests.pushing import Maker

WRONG = row("P2", QTY="x")
TOLD = verified((WRONG, [("value type mismatch", "QTY")]))


def counts(maker: Maker, batch: str = "B1") -> tuple[int, ...]:
    """Received, inserted, updated, unchanged, failed."""
    status = maker.standing(batch)
    names = ("received", "inserted", "updated", "unchanged", "failed")
    return tuple(status[name] for name in names)


def test_a_sequence_that_ended_well_is_consumed(maker: Maker) -> None:
    """Sent again it is not applied again, though others have changed its rows since."""
    given = sequence(row(QTY=1), row("P2"), size=3)
    assert told(maker.push("POST", given)) == SUCCESS
    maker.push("PUT", sequence(row(QTY=9), batch="B2"))

    assert [told(maker.push("POST", given)) for _ in range(3)] == [CONSUMED] * 3

    assert maker.records()["P1|H121"]["QTY"] == "9"
    assert counts(maker) == (2, 2, 0, 0, 0)


@pytest.mark.parametrize(
    "other",
    [
        sequence(row(QTY=1.0), row("P2", QTY="1000.0")),
        dict(reversed(sequence(row(QTY=1), row("P2")).items())),
        sequence({"QTY": "01", "PLANT": "H121", "LENOVO_PN": "P1"}, row("P2")),
        sequence(row(QTY=1), row("P2"), appName="other"),
    ],
)
def test_the_same_content_in_other_words_is_the_same_content(maker: Maker, other: Any) -> None:
    """A sender that builds its JSON anew has not changed its mind."""
    maker.push("POST", sequence(row(QTY=1), row("P2")))

    assert told(maker.push("POST", other)) == CONSUMED


@pytest.mark.parametrize(
    "other",
    [
        [row(QTY=2), row("P2")],
        [row("P2"), row(QTY=1)],
        [row(QTY=1), row("P3")],
        [row(QTY=1)],
        [row(QTY=1), WRONG],
    ],
)
def test_other_content_under_a_consumed_sequence_is_not_applied(maker: Maker, other: Any) -> None:
    """And the message says so, for the sender believes it was."""
    maker.push("POST", sequence(row(QTY=1), row("P2")))

    assert told(maker.push("POST", sequence(*other, size=2))) == NOT_APPLIED

    assert {key: kept["QTY"] for key, kept in maker.records().items()} == {
        "P1|H121": "1",
        "P2|H121": "1000",
    }
    assert counts(maker) == (2, 2, 0, 0, 0)


def test_a_corrected_sequence_is_taken_under_its_own_id(maker: Maker) -> None:
    """Rows that were applied are unchanged then, not violations; each row counts once."""
    assert told(maker.push("POST", sequence(row(), WRONG, row("P3"), size=4))) == TOLD
    assert counts(maker) == (3, 2, 0, 0, 1)

    right = sequence(row(), row("P2", QTY=1), row("P3"), size=4)
    assert told(maker.push("POST", right)) == SUCCESS

    assert counts(maker) == (3, 1, 0, 2, 0)
    assert maker.standing()["failures"] == []
    assert sorted(maker.records()) == ["P1|H121", "P2|H121", "P3|H121"]
    assert told(maker.push("POST", right)) == CONSUMED
    assert told(maker.push("POST", sequence(row("P4"), seq="2", size=4))) == SUCCESS
    assert counts(maker) == (4, 2, 0, 2, 0)
    assert maker.standing()["state"] == "completed"


def test_a_sequence_is_corrected_after_its_batch_is_completed(maker: Maker) -> None:
    """All rows have ended, one of them badly: that is when a sender looks."""
    assert told(maker.push("POST", sequence(row(), WRONG))) == TOLD
    assert maker.standing()["state"] == "completed"

    assert told(maker.push("POST", sequence(row(), row("P2")))) == SUCCESS

    assert maker.standing()["state"] == "completed"
    assert counts(maker) == (2, 1, 0, 1, 0)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_correction_that_is_wrong_as_well_is_told_its_own_faults(
    maker: Maker, method: str
) -> None:
    """Not those of the content before it."""
    maker.push("POST", sequence(row("P1"), row("P2"), batch="B0"))
    maker.push(method, sequence(row("P1"), WRONG))
    worse = row("P2", QTY="x", NO=1)

    answer = maker.push(method, sequence(row("P1"), worse))

    assert told(answer) == verified(
        (worse, [("value type mismatch", "QTY"), ("field unknown", "NO")])
    )
    assert counts(maker) == (2, 0, 0, 1, 1)


@pytest.mark.parametrize("rows", [1, 2, 3, 4])
def test_a_correction_may_have_other_rows_within_its_batch(maker: Maker, rows: int) -> None:
    """Fewer or more, up to the size that the batch declared."""
    maker.push("POST", sequence(row("P1"), WRONG, size=3))
    corrected = sequence(*[row(f"P{at}") for at in range(1, rows + 1)], size=3)

    answer = maker.push("POST", corrected)

    if rows == 4:
        assert faults(answer) == [("batch size exceed", "batch_size")]
        assert counts(maker) == (2, 1, 0, 0, 1)
    else:
        assert told(answer) == SUCCESS
        assert counts(maker) == (rows, rows - 1, 0, 1, 0)


def test_a_correction_does_not_fit_where_other_sequences_lie(maker: Maker) -> None:
    """The sizes of all sequences count, not of this one alone."""
    maker.push("POST", sequence(row("P1"), WRONG, size=3))
    maker.push("POST", sequence(row("P3"), seq="2", size=3))

    answer = maker.push("POST", sequence(row("P1"), row("P2"), row("P4"), size=3))

    assert faults(answer) == [("batch size exceed", "batch_size")]
    assert counts(maker) == (3, 2, 0, 0, 1)
    assert sorted(maker.records()) == ["P1|H121", "P3|H121"]


def test_the_tenth_failing_attempt_and_all_after_it_are_given_up(maker: Maker) -> None:
    """Whether the content is the same or not, and even when it would be right at last."""
    for attempt in range(9):
        wrong = row("P2", QTY="x" * (1 + attempt % 2))
        answer = maker.push("POST", sequence(row(), wrong))
        assert told(answer) == verified((wrong, [("value type mismatch", "QTY")]))

    assert told(maker.push("POST", sequence(row(), WRONG))) == LIMIT
    assert told(maker.push("POST", sequence(row(), WRONG))) == LIMIT
    assert told(maker.push("POST", sequence(row(), row("P2")))) == LIMIT

    assert sorted(maker.records()) == ["P1|H121"]
    assert counts(maker) == (2, 0, 0, 1, 1)
    assert told(maker.push("POST", sequence(row("P2"), batch="B2"))) == SUCCESS


def test_a_tenth_attempt_that_is_right_is_right(maker: Maker) -> None:
    """Nine failures are not ten."""
    for _ in range(9):
        assert told(maker.push("POST", sequence(row(), WRONG))) == TOLD

    assert told(maker.push("POST", sequence(row(), row("P2")))) == SUCCESS
    assert told(maker.push("POST", sequence(row(), WRONG))) == NOT_APPLIED


@pytest.mark.parametrize("other", ["PUT", "DELETE", "PATCH"])
def test_a_batch_has_one_method(maker: Maker, other: str) -> None:
    """That of its first sequence; the four envelope fields come back."""
    maker.push("POST", sequence(row(), size=2))

    answer = maker.push(other, sequence(row("P2"), seq="2", size="2"))

    assert faults(answer) == [("batch method mismatch", "batch_id")]
    assert answer.body["result"][0]["row"] == {
        "batch_id": "B1",
        "batch_size": "2",
        "seq_id": "2",
        "seq_size": 1,
    }
    assert sorted(maker.records()) == ["P1|H121"]
    assert maker.standing()["method"] == "POST"


@pytest.mark.parametrize("other", ["PUT", "DELETE", "PATCH"])
def test_a_correction_keeps_the_method_of_its_batch(maker: Maker, other: str) -> None:
    """A `POST` that failed must not come back as a removal."""
    maker.push("POST", sequence(row(), WRONG))

    answer = maker.push(other, sequence(row(), row("P2")))

    assert faults(answer) == [("batch method mismatch", "batch_id")]
    assert counts(maker) == (2, 1, 0, 0, 1)
    assert sorted(maker.records()) == ["P1|H121"]


@pytest.mark.parametrize(("seq", "size"), [("2", 4), ("2", 2), ("1", 4)])
def test_a_batch_has_one_size(maker: Maker, seq: str, size: int) -> None:
    """In all of its sequences, new ones and corrected ones."""
    maker.push("POST", sequence(row(), WRONG, size=3))

    answer = maker.push("POST", sequence(row("P3"), seq=seq, size=size))

    assert faults(answer) == [("size mismatch", "batch_size")]
    assert maker.standing()["batch_size"] == 3
    assert counts(maker) == (2, 1, 0, 0, 1)


def test_the_id_of_a_batch_that_is_no_longer_kept_is_refused(maker: Maker) -> None:
    """Rows of the old batch may be left: a new sequence must not be taken for one of them."""
    assert told(maker.push("POST", sequence(row(), size=2))) == SUCCESS
    maker.gateway.clock.move(seconds=90 * 86_400)
    later = maker.signed_in()

    for seq in ("1", "2"):
        answer = later.push("POST", sequence(row(), seq=seq, size=2))
        assert faults(answer) == [("value not allowed", "batch_id")]


def test_a_row_that_storage_does_not_take_is_our_fault(maker: Maker) -> None:
    """The sequence is kept: sent again, it is applied."""
    given = sequence(row(), row("P2"))
    stored, refused = None, refusal("ValidationException")
    with answering("BatchWriteItem", stored, refused, refused, refused):
        assert told(maker.push("POST", given)) == SYSTEM_ERROR
    assert counts(maker)[4] > 0

    assert told(maker.push("POST", given)) == SUCCESS
    assert sorted(maker.records()) == ["P1|H121", "P2|H121"]
