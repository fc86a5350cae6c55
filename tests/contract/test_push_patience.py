"""What is not finished in time, or given up: nothing is lost, nothing is applied twice."""

import json

import pytest

from batchgate import engine, wiring
from batchgate.contracts.push import calls, datasets
from batchgate.http import Request
from tests.contract.push_calls import (
    CONSUMED,
    LIMIT,
    NOT_APPLIED,
    SUCCESS,
    SYSTEM_ERROR,
    row,
    sequence,
    told,
    verified,
)
from tests.engine.calls import answering, refusal, seen
from tests.pushing import Maker

WRONG = row("P2", QTY="x")
TOLD = verified((WRONG, [("value type mismatch", "QTY")]))


def impatient(maker: Maker, body: object) -> tuple[int, object]:
    """What a `POST` is answered that waits a tenth of a second, while no worker works."""
    request = Request(
        headers={}, query=[], body=json.dumps(body).encode(), correlation_id="", method="POST"
    )
    account, data_set = wiring.partners().account(maker.name), datasets.find("odm", "master_data")
    assert account is not None
    assert data_set is not None
    part, _ = calls.read(request, account, data_set)
    verdict = engine.exchange(
        part,
        wiring.batches(),
        wiring.queue(),
        wiring.clock,
        revisions=calls.REVISIONS,
        patience_s=0.1,
    )
    reply = calls.answer(verdict, part, request, data_set)
    return reply.status, reply.body


def test_a_call_that_is_not_finished_in_time_is_kept(maker: Maker) -> None:
    """The sender is told that it failed on our side; its rows are pending, not lost."""
    given = sequence(row(), row("P2"))

    assert impatient(maker, given) == SYSTEM_ERROR

    status = maker.standing()
    assert (status["state"], status["received"], status["pending"]) == ("processing", 2, 2)
    assert maker.records() == {}
    maker.gateway.drain()
    assert maker.standing()["inserted"] == 2


def test_sent_again_once_it_was_applied_it_was_consumed(maker: Maker) -> None:
    """And not applied twice, though another call has changed its row since."""
    given = sequence(row())
    assert impatient(maker, given) == SYSTEM_ERROR
    maker.gateway.drain()
    maker.push("PUT", sequence(row(QTY=5), batch="B2"))

    assert told(maker.push("POST", given)) == CONSUMED

    assert maker.records()["P1|H121"]["QTY"] == "5"
    assert maker.standing()["inserted"] == 1


def test_sent_again_while_it_waits_it_is_waited_for(maker: Maker) -> None:
    """However often: one sequence, applied once."""
    given = sequence(row(), row("P2"), row("P3"))
    assert [impatient(maker, given) for _ in range(3)] == [SYSTEM_ERROR] * 3

    answer = maker.push("POST", given)

    assert answer.status == 200
    assert answer.body["code"] in {"0", "E00A00"}
    maker.gateway.drain()
    status = maker.standing()
    assert (status["received"], status["inserted"], status["state"]) == (3, 3, "completed")


def test_sent_again_after_it_failed_it_tells_its_faults(maker: Maker) -> None:
    """The true answer, which the first call could not wait for; counted once."""
    given = sequence(row(), WRONG)
    assert impatient(maker, given) == SYSTEM_ERROR
    maker.gateway.drain()

    assert told(maker.push("POST", given)) == TOLD

    status = maker.standing()
    assert (status["inserted"], status["unchanged"], status["failed"]) == (0, 1, 1)


def test_other_content_meanwhile_waits_for_what_was_sent_first(maker: Maker) -> None:
    """Two machines of a sender that send differently: the first ended well, so it stands."""
    assert impatient(maker, sequence(row(QTY=1))) == SYSTEM_ERROR

    assert told(maker.push("POST", sequence(row(QTY=2)))) == NOT_APPLIED
    assert maker.records()["P1|H121"]["QTY"] == "1"


def test_other_content_meanwhile_corrects_what_failed_first(maker: Maker) -> None:
    """What ended badly may be corrected, also by a call that came before it had ended."""
    assert impatient(maker, sequence(row(), WRONG)) == SYSTEM_ERROR

    assert told(maker.push("POST", sequence(row(), row("P2")))) == SUCCESS
    assert sorted(maker.records()) == ["P1|H121", "P2|H121"]


def test_work_that_was_given_up_is_told_and_may_be_sent_again(maker: Maker) -> None:
    """After the worker's retries: no fault of ours over and over, but an end."""
    assert told(maker.push("POST", sequence(row(), row("P2")), by="give_up")) == LIMIT
    assert maker.records() == {}
    status = maker.standing()
    assert (status["failed"], status["state"]) == (2, "completed")
    assert [one["row"]["LENOVO_PN"] for one in status["failures"]] == ["P1", "P2"]

    assert told(maker.push("POST", sequence(row(), row("P2")))) == SUCCESS
    assert maker.standing()["inserted"] == 2


def test_what_was_given_up_ten_times_is_not_tried_again(maker: Maker) -> None:
    """An attempt is an attempt, whoever is to blame."""
    given = sequence(row())
    assert [told(maker.push("POST", given, by="give_up")) for _ in range(10)] == [LIMIT] * 10

    assert told(maker.push("POST", given)) == LIMIT
    assert maker.records() == {}


def test_a_tenth_attempt_that_storage_refuses_is_the_last(maker: Maker) -> None:
    """`-1` asks to send again; nothing that is sent again is taken now."""
    for _ in range(9):
        assert told(maker.push("POST", sequence(row(), WRONG))) == TOLD

    given = sequence(row(QTY=1), row("P2"))
    with answering("BatchWriteItem", None, None, *[refusal("ValidationException")] * 4):
        assert told(maker.push("POST", given)) == LIMIT
    assert told(maker.push("POST", given)) == LIMIT


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_service_that_refuses_for_load_is_our_fault(maker: Maker, method: str) -> None:
    """In the contract's shape; nothing is accepted, and the same call goes through later."""
    given = sequence(row())
    with answering("TransactWriteItems", *[refusal("ThrottlingException")] * 9):
        assert told(maker.push(method, given)) == SYSTEM_ERROR

    assert maker.push(method, given).status == 200
    assert maker.standing()["received"] == 1


def test_waiting_looks_with_one_query_at_a_time(maker: Maker) -> None:
    """Twenty thousand calls that wait must not read a table empty; pauses grow."""
    with seen() as calls_made:
        assert impatient(maker, sequence(row())) == SYSTEM_ERROR

    names = [name for name, given in calls_made.made if "PartnersTable" not in str(given)]
    assert names[:4] == ["Query", "BatchWriteItem", "TransactWriteItems", "SendMessageBatch"]
    assert set(names[4:]) <= {"Query"}
    assert len(names[4:]) <= 3
