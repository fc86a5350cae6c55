"""When batches are woken, and what must be there when they are."""

from datetime import UTC, datetime
from typing import Any

import pytest

from batchgate import wiring
from batchgate.model import PlanId
from tests.contract.proposal_schedules import both, fire, swept
from tests.engine.calls import seen
from tests.supplying import Supplier, detail

DAY = 86_400


def test_a_schedule_fires_a_minute_ahead_and_its_message_waits(supplier: Supplier) -> None:
    """AWS is exact to a minute, the queue to a second: so nothing is early, and nothing late."""
    supplier.batch(detail(1, 11, 12))
    execute, revert = both(supplier)
    named = [one.given["ScheduleExpression"] for one in (execute, revert)]
    assert named == ["at(2025-10-09T09:52:20)", "at(2025-10-09T10:52:20)"]
    assert supplier.now(hours=1) == "2025-10-09T09:53:20Z"
    supplier.gateway.clock.move(seconds=3_600 - 41, ms=400)

    with seen() as calls:
        fire(supplier, execute)

    # 40.6 s are left.
    assert [one["VisibilityTimeout"] for one in calls.of("ChangeMessageVisibility")] == [41]
    assert supplier.active(1) is None


@pytest.mark.parametrize("days", [100, 200])
def test_details_are_there_when_a_time_that_was_moved_far_away_comes(
    supplier: Supplier, days: int
) -> None:
    """They are kept as long as the batch, however far its times are moved."""
    number = supplier.batch(detail(1, 11, 12), detail(2, 21, 22))
    times = {"executeTs": supplier.now(days=days), "revertTs": supplier.now(days=2 * days)}
    assert supplier.change(number, **times).status == 200

    for phase, then in (("execute", [11, 21]), ("revert", [12, 22])):
        supplier.gateway.clock.move(seconds=days * DAY)
        expire(supplier)
        supplier = supplier.signed_in()
        supplier.live(seconds=60)
        assert supplier.told(number)[f"{phase}Detail"] == "2 of 2 listings changed"
        assert supplier.active(1, 2) == then


def expire(supplier: Supplier) -> None:
    """What DynamoDB deletes behind our back: rows whose time is over."""
    now_s = supplier.gateway.clock.now_us // 1_000_000
    for row in supplier.gateway.rows("BatchesTable"):
        if int(row.get("expires", {"N": str(2**62)})["N"]) <= now_s:
            key = {"pk": row["pk"], "sk": row["sk"]}
            supplier.gateway.dynamodb.delete_item(TableName="BatchesTable", Key=key)


def test_a_batch_that_can_not_be_read_keeps_none_from_being_woken(supplier: Supplier) -> None:
    """Its trouble rings, every minute; it is not the others' trouble."""
    spoilt, whole = supplier.batch(detail(1, 11, 12)), supplier.batch(detail(2, 21, 22))
    gateway = supplier.gateway
    gateway.schedules.forget()
    row = plan_row(supplier, spoilt)
    gateway.dynamodb.put_item(TableName="BatchesTable", Item=row | {"c": {"B": b"spoilt"}})
    gateway.clock.move(seconds=3_600 + 31)

    with pytest.raises(ValueError, match="unexpected character"):
        gateway.handler("sweep")({}, None)
    gateway.drain()

    assert supplier.states(whole) == ("finished", "idle")
    assert supplier.active(1, 2) == [None, 21]


def plan_row(supplier: Supplier, number: int) -> dict[str, Any]:
    """A batch as it is stored."""
    (row,) = (
        row
        for row in supplier.gateway.rows("BatchesTable")
        if row["sk"]["S"].startswith("h/") and int(row["sk"]["S"][2:]) == number
    )
    return row


def test_a_sweep_that_sees_an_old_index_leaves_a_moved_batch_alone(supplier: Supplier) -> None:
    """The index follows seconds later: it may still name what has been moved since."""
    number = supplier.batch(detail(1, 11, 12))
    gateway = supplier.gateway
    supplier.change(number, executeTs=supplier.now(minutes=5))
    before = plan_row(supplier, number)["due"]
    of = PlanId(supplier.name, "listing", number)

    wiring.plans().look_again(of, gateway.clock.now_us, gateway.clock.now_us + 600 * 1_000_000)

    assert plan_row(supplier, number)["due"] == before
    moment = datetime.fromtimestamp(int(before["N"]) / 1e6, UTC)
    assert f"{moment:%Y-%m-%dT%H:%M:%SZ}" == supplier.now(minutes=5, seconds=30)


def test_turns_that_are_missing_are_our_fault_and_change_nothing(supplier: Supplier) -> None:
    """Lost details must not look like a batch that has none."""
    number = supplier.batch(detail(1, 11, 12))
    row = plan_row(supplier, number)
    lost = {"pk": row["pk"], "sk": {"S": row["sk"]["S"].replace("h/", "d/")}}
    supplier.gateway.dynamodb.delete_item(TableName="BatchesTable", Key=lost)

    swept(supplier, hours=1)

    looked = supplier.get(number)
    assert (looked.body["executeStatus"], supplier.active(1)) == ("executing", None)
    assert supplier.get(number, fields="+details").status == 500


def test_one_batch_is_taken_back_when_another_takes_effect(supplier: Supplier) -> None:
    """On the hour one function works both, and only what is taken back looks at contents."""
    hours = {"executeTs": supplier.now(hours=2), "revertTs": supplier.now(hours=3)}
    comes = supplier.batch(detail(2, 21, 22), **hours)
    goes = supplier.batch(detail(1, 11, 12))
    supplier.live(hours=1)
    assert supplier.active(1, 2) == [11, None]

    supplier.live(hours=1)

    assert supplier.states(comes) == ("finished", "idle")
    assert supplier.states(goes) == ("finished", "finished")
    assert supplier.active(1, 2) == [12, 21]
