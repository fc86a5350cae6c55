"""Counting batches anew: what does not add up rings, and nothing else does."""

from types import SimpleNamespace
from typing import Any

import pytest

from batchgate import engine, wiring
from batchgate.errors import Busy
from tests.engine.calls import on, refusal, seen
from tests.engine.making import admit, desk, item
from tests.gateway import Gateway

HOUR_S = 3_600
PK = {"pk": {"S": "acme#stock#b1"}}


def audit() -> int:
    return engine.audit(wiring.batches(), wiring.clock)


def change(gateway: Gateway, sk: str, counter: str, by: int) -> None:
    """Spoil one counter of a batch's row."""
    gateway.dynamodb.update_item(
        TableName="BatchesTable",
        Key=PK | {"sk": {"S": sk}},
        UpdateExpression="ADD #counter :by",
        ExpressionAttributeNames={"#counter": counter},
        ExpressionAttributeValues={":by": {"N": str(by)}},
    )


def half_worked() -> None:
    """A batch of eight items in two slices, of which one has ended."""
    first, _ = admit(*[item(f"k{at}") for at in range(8)], shards=2)
    desk().work(first)


@pytest.mark.parametrize("hours", [1, 24])
def test_a_batch_adds_up_while_it_is_worked_and_when_it_has_ended(
    gateway: Gateway, hours: int
) -> None:
    """Accepted is what ended and what is pending, whatever the state."""
    half_worked()
    gateway.clock.move(seconds=hours * HOUR_S)

    assert audit() == 0


@pytest.mark.parametrize(
    ("sk", "counter", "by"), [("#", "accepted", 1), ("#t/0", "inserted", -1), ("#t/1", "failed", 2)]
)
def test_a_counter_that_is_off_by_any_number_is_found(
    gateway: Gateway, caplog: pytest.LogCaptureFixture, sk: str, counter: str, by: int
) -> None:
    """Header and tallies are compared with the rows that they count."""
    half_worked()
    change(gateway, sk, counter, by)
    gateway.clock.move(seconds=HOUR_S)

    assert audit() == 1
    (line,) = caplog.records
    assert (line.message, line.__dict__["batch"]) == ("counts do not close", "b1")
    counts = {name: line.__dict__[name] for name in ("accepted", "inserted", "failed", "pending")}
    assert counts == {"accepted": 8, "inserted": 6, "failed": 0, "pending": 2} | {
        counter: {"accepted": 9, "inserted": 5, "failed": 2}[counter]
    }


@pytest.mark.parametrize("hours", [0, 2, 23, 25])
def test_batches_of_other_hours_are_not_read(gateway: Gateway, hours: int) -> None:
    """Each batch is counted twice, however many there are: soon, and after a day."""
    half_worked()
    change(gateway, "#", "accepted", 1)
    gateway.clock.move(seconds=hours * HOUR_S)

    with seen() as calls:
        assert audit() == 0
    assert {given.get("IndexName") for given in calls.of("Query")} == {"begun"}


def test_a_batch_that_expired_before_it_was_looked_at_is_not_judged(gateway: Gateway) -> None:
    """DynamoDB deletes its rows one after the other: some are gone before others."""
    half_worked()
    change(gateway, "#", "accepted", 1)
    change(gateway, "#", "until", -90 * 24 * HOUR_S)
    gateway.clock.move(seconds=HOUR_S)

    assert audit() == 0


def test_a_batch_that_is_worked_while_it_is_counted_is_not_judged(gateway: Gateway) -> None:
    """Its rows are read one after the other: what ended in between would seem to be missing."""
    half_worked()
    change(gateway, "#", "accepted", 1)
    gateway.clock.move(seconds=HOUR_S)

    def work_on(params: dict[str, Any], model: Any, **_: Any) -> None:
        values = params.get("ExpressionAttributeValues", {})
        if model.name == "Query" and values.get(":prefix") == {"S": "m/"}:
            change(gateway, "#t/1", "updated", 1)
            change(gateway, "#", "accepted", 1)

    with on("before-parameter-build", work_on):
        assert audit() == 0


def test_a_batch_that_cannot_be_counted_does_not_hide_the_others(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    """The run fails, so that it rings, after all others were counted."""
    half_worked()
    change(gateway, "#", "accepted", 1)
    admit(item("FPT"), name="b2")
    gateway.clock.move(seconds=HOUR_S)

    def refuse(params: dict[str, Any], **_: Any) -> Any:
        down = SimpleNamespace(status_code=500), refusal("InternalFailure", 500)
        return down if "acme#stock#b2" in str(params) else None

    with on("before-call", refuse), pytest.raises(Busy):
        audit()

    assert {line.message for line in caplog.records} == {"counts do not close", "batch not counted"}
