"""The status: counters, rows, whose they are and for how long."""

import json
from typing import Any

import pytest

from tests.contract.portfolio_calls import (
    BATCH,
    call,
    holding,
    portfolio,
    refusal,
    signed,
    synced,
    told,
)
from tests.engine.calls import answering
from tests.engine.calls import refusal as refused
from tests.gateway import STATUS, Gateway, Partner

SECOND = "7c224639-8523-4931-b458-a6e31b4e65c3"
THIRD = "94f7108b-916b-498f-990b-56ad875471a0"
NOT_FOUND = refusal(404, "Batch not found")


def counts(data: dict[str, Any]) -> tuple[int, int, int, int]:
    """Total, succeeded, failed, pending."""
    names = ("totalCount", "successCount", "failedCount", "pendingCount")
    total, succeeded, failed, pending = (data[name] for name in names)
    assert total == succeeded + failed + pending
    assert len(data["successes"]) == succeeded
    assert len(data["failures"]) == failed
    return total, succeeded, failed, pending


def test_names_nesting_and_order_are_the_published_ones(gateway: Gateway, acme: Partner) -> None:
    """A client may read the answer as text; our additions come last."""
    wrong = portfolio("USER0015", holding(totalQty=-1))
    gateway.submit(acme, batchId=BATCH, portfolios=[portfolio("1401"), wrong])
    gateway.drain()

    one = json.dumps(gateway.status(acme, batchId=BATCH).body, ensure_ascii=False)
    every = json.dumps(gateway.status(acme).body, ensure_ascii=False)

    assert one == (
        '{"status": 200, "message": "Success", "data": '
        '{"batchId": "8c8974a0-e516-4a6c-92b3-7d2db780b18b", '
        '"totalCount": 2, "successCount": 1, "failedCount": 1, "successes": '
        '[{"batchId": "8c8974a0-e516-4a6c-92b3-7d2db780b18b", "userId": "1401", '
        '"portfolioId": 1, "status": true, "message": "Success"}], "failures": '
        '[{"batchId": "8c8974a0-e516-4a6c-92b3-7d2db780b18b", "userId": "USER0015", '
        '"status": false, "message": "holding[0].totalQty: totalQty phải >= 0"}], '
        '"pendingCount": 0}}'
    )
    assert every == one.replace(f'"data": {{"batchId": "{BATCH}"', '"data": {"batchId": null')


@pytest.mark.parametrize(
    ("by", "trouble", "message"),
    [
        ("give_up", 0, "Không xử lý được sau nhiều lần thử"),
        ("worker", 3, "Lỗi hệ thống khi xử lý danh mục này"),
    ],
)
def test_a_user_that_failed_through_our_fault_is_told_so(
    gateway: Gateway, acme: Partner, by: str, trouble: int, message: str
) -> None:
    """Nothing is wrong with its portfolio: it may be sent again."""
    gateway.submit(acme, batchId=BATCH, portfolios=[portfolio("1401")])
    with answering("BatchWriteItem", *[refused("ValidationException")] * trouble):
        gateway.deliver(gateway.queue, by)

    data = gateway.status(acme, batchId=BATCH).body["data"]

    assert data["failures"] == [
        {"batchId": BATCH, "userId": "1401", "status": False, "message": message}
    ]


def test_a_partner_without_batches_has_an_empty_status(gateway: Gateway, acme: Partner) -> None:
    """To have sent nothing yet is no error."""
    assert gateway.status(acme).body["data"] == {
        "batchId": None,
        "totalCount": 0,
        "successCount": 0,
        "failedCount": 0,
        "successes": [],
        "failures": [],
        "pendingCount": 0,
    }


@pytest.mark.parametrize("parameters", [{"batchId": BATCH}, {}], ids=["one batch", "all"])
def test_counters_close_at_every_moment(
    gateway: Gateway, acme: Partner, parameters: dict[str, str]
) -> None:
    """From the instant that submit answered: a partner adds them up and raises the alarm."""
    wrong = [portfolio(f"w{at}", holding(totalQty=-1)) for at in range(10)]
    good = [portfolio(f"g{at}") for at in range(20)]
    gateway.submit(acme, batchId=BATCH, portfolios=wrong + good)

    seen = [counts(gateway.status(acme, **parameters).body["data"])]
    while gateway.deliver(gateway.queue, "worker", most=1):
        seen.append(counts(gateway.status(acme, **parameters).body["data"]))

    assert seen[0] == (30, 0, 0, 30)
    assert len(seen) == 3  # one message for each of two shards
    assert 0 < seen[1][3] < 30
    assert seen[2] == (30, 20, 10, 0)


def test_all_batches_add_up_while_some_are_pending(gateway: Gateway, acme: Partner) -> None:
    """Old batches that are done and a new one that is not are one sum."""
    gateway.submit(acme, batchId=BATCH, portfolios=[portfolio("1"), None])
    gateway.drain()
    gateway.clock.move(ms=1)
    gateway.submit(acme, batchId=SECOND, portfolios=[portfolio("1"), portfolio("2")])

    assert counts(gateway.status(acme).body["data"]) == (4, 1, 1, 2)
    assert counts(gateway.status(acme, batchId=SECOND).body["data"]) == (2, 0, 0, 2)
    gateway.drain()
    assert counts(gateway.status(acme).body["data"]) == (4, 3, 1, 0)


def test_what_is_announced_of_a_batch_is_what_it_counts(gateway: Gateway, acme: Partner) -> None:
    """To whoever listens on the bus; a batch of this contract is worked in one way only."""
    synced(gateway, acme, portfolio("1"), portfolio("2"), None)

    assert gateway.announced() == [
        {
            "partner": "acme",
            "feed": "portfolio",
            "batch": BATCH,
            "method": "sync",
            "rows": 3,
            "inserted": 2,
            "updated": 0,
            "unchanged": 0,
            "removed": 0,
            "failed": 1,
        }
    ]


def test_a_batch_that_is_gone_once_it_was_listed_counts_nothing(
    gateway: Gateway, acme: Partner
) -> None:
    """Its 90 days end between two reads; the status of the others is told all the same."""
    gateway.submit(acme, batchId=BATCH, portfolios=[portfolio("1")])
    gateway.drain()
    gateway.clock.move(ms=1)
    gateway.submit(acme, batchId=SECOND, portfolios=[portfolio("2")])
    gone = {"Items": [], "Count": 0}

    with answering("Query", None, gone, gone):  # the list; the second batch's header, and its rows
        data = gateway.status(acme).body["data"]

    assert counts(data) == (1, 1, 0, 0)
    assert [row["batchId"] for row in data["successes"]] == [BATCH]


def test_all_batches_come_newest_first(gateway: Gateway, acme: Partner) -> None:
    """By when they were accepted, whatever their ids are."""
    for batch in (SECOND, BATCH, THIRD):
        gateway.submit(acme, batchId=batch, portfolios=[portfolio("b"), portfolio("a"), None])
        gateway.clock.move(ms=1)
    gateway.drain()

    data = gateway.status(acme).body["data"]

    rows = [(row["batchId"], row["userId"]) for row in data["successes"]]
    assert rows == [(batch, user) for batch in (THIRD, BATCH, SECOND) for user in ("b", "a")]
    assert [row["batchId"] for row in data["failures"]] == [THIRD, BATCH, SECOND]


def test_a_batch_id_has_no_case(gateway: Gateway, acme: Partner) -> None:
    """Libraries write UUIDs in either case; rows and answer tell it in one."""
    synced(gateway, acme, portfolio("1401"))

    data = gateway.status(acme, batchId=BATCH.upper()).body["data"]

    assert data["batchId"] == BATCH
    assert data["successes"][0]["batchId"] == BATCH


def test_an_unknown_batch_and_another_partners_are_told_alike(
    gateway: Gateway, acme: Partner, other: Partner
) -> None:
    """Otherwise a partner could find out which batches others have sent."""
    synced(gateway, acme, portfolio("1401"))

    theirs, nobodys = gateway.status(other, batchId=BATCH), gateway.status(acme, batchId=SECOND)

    assert told(theirs) == told(nobodys) == NOT_FOUND
    assert theirs.headers == nobodys.headers
    assert gateway.status(other).body["data"]["totalCount"] == 0


def test_a_batch_is_kept_90_days(gateway: Gateway, acme: Partner) -> None:
    """To the second, whenever DynamoDB gets round to delete what has expired."""
    synced(gateway, acme, portfolio("1401"))

    gateway.clock.move(seconds=90 * 86_400 - 1)
    before = gateway.status(acme, batchId=BATCH), gateway.status(acme)
    gateway.clock.move(seconds=1)
    after = gateway.status(acme, batchId=BATCH), gateway.status(acme)

    assert [answer.body["data"]["totalCount"] for answer in before] == [1, 1]
    assert told(after[0]) == NOT_FOUND
    assert after[1].body["data"]["totalCount"] == 0


def test_the_id_of_a_batch_that_is_no_longer_kept_is_refused(
    gateway: Gateway, acme: Partner
) -> None:
    """Rows of the old batch may be left: the new one must not be taken for its repetition."""
    synced(gateway, acme, portfolio("1401"))
    gateway.clock.move(seconds=90 * 86_400)

    for one in (portfolio("1401"), portfolio("1402")):
        answer = gateway.submit(acme, batchId=BATCH, portfolios=[one])
        assert answer.status == 409
        assert answer.body["message"] == "Batch id already used, and no longer kept"


def test_a_status_answers_json_that_nobody_keeps(gateway: Gateway, acme: Partner) -> None:
    """A proxy that cached it would show an old status, perhaps to somebody else."""
    answer = gateway.status(acme)

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


def test_our_time_is_told_in_whole_ms(gateway: Gateway, acme: Partner) -> None:
    """As a partner's own clock counts; it takes the difference for its next call."""
    gateway.clock.move(seconds=0.000_999)

    answer = call(gateway, acme, STATUS, signed(acme, [("timestamp", "0")]))

    assert answer.text.endswith('"data":{"serverTime":1760000000000}}')
