"""What is accepted, and what the same batch id means when it comes again."""

import json
import re
from typing import Any

import pytest

from tests.contract.portfolio_calls import (
    BATCH,
    NOW,
    call,
    holding,
    portfolio,
    records,
    refusal,
    signed,
    submit_text,
    told,
)
from tests.engine.calls import answering
from tests.engine.calls import refusal as throttled
from tests.gateway import SUBMIT, Gateway, Partner

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CONFLICT = refusal(409, "Batch id already used with other content")
ONE = json.dumps({"batchId": BATCH, "portfolios": [portfolio("1401")]})


def accepted(batch: str, total: int) -> tuple[int, object]:
    data = {"batchId": batch, "totalCount": total}
    return 200, {"status": 200, "message": "Success", "data": data}


def test_an_accepted_batch_is_answered_with_its_id_and_size(
    gateway: Gateway, acme: Partner
) -> None:
    """A client may compare the answer as text: names, nesting and order are the contract's."""
    answer = gateway.submit(acme, batchId=BATCH, portfolios=[portfolio("1"), None])

    assert answer.status == 200
    assert json.dumps(answer.body) == (
        '{"status": 200, "message": "Success", "data": '
        '{"batchId": "8c8974a0-e516-4a6c-92b3-7d2db780b18b", "totalCount": 2}}'
    )
    assert answer.headers["Content-Type"] == "application/json"


def test_an_accepted_batch_is_stored_before_it_is_answered(gateway: Gateway, acme: Partner) -> None:
    """Nothing is answered before: without a table the partner is told to come again, in JSON."""
    gateway.dynamodb.delete_table(TableName="BatchesTable")

    answer = gateway.submit(acme, batchId=BATCH, portfolios=[portfolio()])

    assert told(answer) == refusal(500, "Internal server error")
    assert gateway.receive(gateway.queue) == []


def test_a_service_that_refuses_for_load_asks_to_send_the_same_again(
    gateway: Gateway, acme: Partner
) -> None:
    """Nothing was accepted; the same call goes through later, and counts once."""
    with answering("TransactWriteItems", *[throttled("ThrottlingException")] * 9):
        answer = gateway.submit(acme, batchId=BATCH, portfolios=[portfolio()])

    assert told(answer) == refusal(503, "Temporarily unavailable, please send the same again")
    assert gateway.receive(gateway.queue) == []
    assert told(gateway.submit(acme, batchId=BATCH, portfolios=[portfolio()])) == accepted(BATCH, 1)


def test_the_largest_batches_are_accepted(gateway: Gateway, acme: Partner) -> None:
    """Exactly a limit is not over it."""
    many = gateway.submit(acme, portfolios=[portfolio(str(at)) for at in range(2_000)])
    wide = gateway.submit(acme, portfolios=[portfolio("1401", *[holding()] * 1_000)])
    full = gateway.signed(acme, SUBMIT, ONE.encode().ljust(5_242_880))
    gateway.drain()

    assert [many.status, wide.status] == [200, 200]
    assert told(full) == accepted(BATCH, 1)
    status = gateway.status(acme, limit="1").body["data"]
    assert (status["totalCount"], status["successCount"]) == (2_002, 2_002)


def test_a_portfolio_without_holdings_is_accepted_and_empties_its_record(
    gateway: Gateway, acme: Partner
) -> None:
    """A user who sold everything has a portfolio still: with exactly these holdings, none."""
    gateway.submit(acme, portfolios=[portfolio("1401", holding(), holding(symbol="VNM"))])
    gateway.submit(acme, portfolios=[{"userId": "1401", "holding": []}])
    gateway.drain()

    assert records(gateway, acme) == {"1401": []}


def test_a_good_portfolio_replaces_all_earlier_holdings(gateway: Gateway, acme: Partner) -> None:
    """A sync is the whole truth of a user, not a change to it."""
    first = [holding(symbol="FPT"), holding(symbol="VNM")]
    second = [holding(symbol="HPG", totalQty="7"), holding(symbol="HPG")]
    for holdings in (first, second):
        gateway.submit(acme, portfolios=[portfolio("1401", *holdings)])
    gateway.drain()

    assert records(gateway, acme) == {
        "1401": [["HPG", "7", "95.5", "80"], ["HPG", "100", "95.5", "80"]]
    }


def test_a_wrong_portfolio_leaves_the_record_as_it_was(gateway: Gateway, acme: Partner) -> None:
    """Half of a sync would be a portfolio that nobody ever had."""
    gateway.submit(acme, portfolios=[portfolio("1401")])
    gateway.submit(acme, portfolios=[portfolio("1401", holding(totalQty=1), holding(totalQty=-1))])
    gateway.drain()

    assert records(gateway, acme) == {"1401": [["FPT", "100", "95.5", "80"]]}


SAME = {
    "the very same": ONE,
    "other white space": ONE.replace(" ", "\n\t"),
    "no white space": ONE.replace(" ", ""),
    "keys in another order": '{"portfolios":[{"holding":[{"tradableQty":80,"costPrice":"95.50",'
    f'"totalQty":100,"symbol":"FPT"}}],"userId":"1401"}}],"batchId":"{BATCH}"}}',
    "numbers in other words": ONE.replace("100", '"100.0"').replace('"95.50"', "9.55e1"),
    "letters escaped": ONE.replace("FPT", "\\u0046PT"),
    "the id in capitals": ONE.replace(BATCH, BATCH.upper()),
}


@pytest.mark.parametrize("worked", [False, True], ids=["before it is worked", "after"])
def test_the_same_batch_again_is_answered_the_same_and_applied_once(
    gateway: Gateway, acme: Partner, worked: bool
) -> None:
    """A client that did not hear the answer sends again, perhaps from another machine."""
    submit_text(gateway, acme, ONE)
    if worked:
        gateway.drain()
    gateway.clock.move(ms=1)

    answers = {name: told(submit_text(gateway, acme, text)) for name, text in SAME.items()}
    gateway.drain()

    assert answers == dict.fromkeys(SAME, accepted(BATCH, 1))
    data = gateway.status(acme).body["data"]
    assert (data["totalCount"], data["successCount"], len(data["successes"])) == (1, 1, 1)


OTHER = {
    "another user": [portfolio("1402")],
    "another quantity": [portfolio("1401", holding(totalQty=101))],
    "another symbol": [portfolio("1401", holding(symbol="fpt"))],
    "a holding more": [portfolio("1401", holding(), holding())],
    "no holding": [{"userId": "1401", "holding": []}],
    "a portfolio more": [portfolio("1401"), portfolio("1402")],
    "a wrong quantity": [portfolio("1401", holding(totalQty=-1))],
    "nobody": [None],
}


@pytest.mark.parametrize("worked", [False, True], ids=["before it is worked", "after"])
def test_a_batch_id_with_other_content_is_refused(
    gateway: Gateway, acme: Partner, worked: bool
) -> None:
    """Taking the second for a replay of the first would lose it in silence."""
    submit_text(gateway, acme, ONE)
    if worked:
        gateway.drain()

    answers = {
        name: told(gateway.submit(acme, batchId=BATCH, portfolios=portfolios))
        for name, portfolios in OTHER.items()
    }
    gateway.drain()

    assert answers == dict.fromkeys(OTHER, CONFLICT)
    assert gateway.status(acme).body["data"]["totalCount"] == 1
    assert records(gateway, acme) == {"1401": [["FPT", "100", "95.5", "80"]]}


PAIRS: dict[str, tuple[list[Any], list[Any]]] = {
    "00000000-0000-0000-0000-000000000001": ([None], [1]),
    "00000000-0000-0000-0000-000000000002": ([{"userId": ""}], [{"userId": None}]),
    "00000000-0000-0000-0000-000000000003": (
        [portfolio("1"), portfolio("2")],
        [portfolio("2"), portfolio("1")],
    ),
    "00000000-0000-0000-0000-000000000004": (
        [portfolio("1", holding(totalQty=-1))],
        [portfolio("1", holding(totalQty=-2))],
    ),
    "00000000-0000-0000-0000-000000000005": (
        [portfolio("1"), portfolio("1")],
        [portfolio("1", holding(symbol="X")), portfolio("1")],
    ),
}


def test_content_counts_even_where_it_is_refused(gateway: Gateway, acme: Partner) -> None:
    """A partner that repaired one wrong portfolio into another must not hear `Success`."""
    for batch, (first, second) in PAIRS.items():
        gateway.submit(acme, batchId=batch, portfolios=first)

        again = gateway.submit(acme, batchId=batch, portfolios=first)
        other = gateway.submit(acme, batchId=batch, portfolios=second)

        assert told(again) == accepted(batch, len(first))
        assert told(other) == CONFLICT


def test_a_batch_id_is_each_partners_own(gateway: Gateway, acme: Partner, other: Partner) -> None:
    """One partner can neither block another's id nor learn that it is used."""
    submit_text(gateway, acme, ONE)

    answer = gateway.submit(other, batchId=BATCH, portfolios=[portfolio("a"), portfolio("b")])
    gateway.drain()

    assert told(answer) == accepted(BATCH, 2)
    users = [
        sorted(
            row["userId"] for row in gateway.status(one, batchId=BATCH).body["data"]["successes"]
        )
        for one in (acme, other)
    ]
    assert users == [["1401"], ["a", "b"]]


def test_a_call_without_a_batch_id_is_one_batch_however_often_it_is_replayed(
    gateway: Gateway, acme: Partner
) -> None:
    """A retry in a client's HTTP library must not sync everybody twice."""
    body = b'{"portfolios":[{"userId":"1401","holding":[]}]}'
    *query, (name, made) = signed(acme, [("timestamp", NOW)], body)

    answers = []
    for signature in (made, made, made.upper()):
        answers.append(call(gateway, acme, SUBMIT, [*query, (name, signature)], body))
        gateway.drain()
        gateway.clock.move(seconds=1)

    batch = answers[0].body["data"]["batchId"]
    assert UUID.fullmatch(batch)
    assert [told(answer) for answer in answers] == [accepted(batch, 1)] * 3
    assert gateway.status(acme).body["data"]["totalCount"] == 1


def test_calls_without_a_batch_id_are_batches_of_their_own(
    gateway: Gateway, acme: Partner, other: Partner
) -> None:
    """The same content signed a ms later, or by another partner, is meant to be another batch."""
    portfolios = [portfolio("1401")]

    batches = [gateway.submit(acme, portfolios=portfolios).body["data"]["batchId"]]
    batches.append(gateway.submit(other, portfolios=portfolios).body["data"]["batchId"])
    gateway.clock.move(ms=1)
    batches.append(gateway.submit(acme, portfolios=portfolios).body["data"]["batchId"])

    assert len(set(batches)) == 3
    assert all(UUID.fullmatch(batch) for batch in batches)
