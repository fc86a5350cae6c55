"""One sequence, sent by many at once."""

import json
from functools import partial

from tests.contract.push_calls import CONSUMED, SUCCESS, row, sequence, told
from tests.pushing import ROWS, Maker, at_work
from tests.turns import side_by_side


def test_50_copies_of_a_sequence_at_once_are_applied_and_counted_once(maker: Maker) -> None:
    """Wherever each of them is when another is accepted, sent, worked or answered."""
    body = json.dumps(sequence(row("P1"), row("P2"), row("P3"))).encode()
    with at_work(maker.gateway, "worker"):
        answers = side_by_side([partial(maker.call, ROWS, "POST", body=body)] * 50, seed=1)

    assert {answer.body["code"] for answer in answers} <= {"0", "E00A00"}
    assert [told(answer) for answer in answers if told(answer) not in (SUCCESS, CONSUMED)] == []
    status = maker.standing("B1")
    assert (status["received"], status["inserted"], status["unchanged"]) == (3, 3, 0)
    assert sorted(maker.records()) == ["P1|H121", "P2|H121", "P3|H121"]
