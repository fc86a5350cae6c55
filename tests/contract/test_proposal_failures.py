"""Listings that could not be changed: the batch says which, and why."""

from typing import Any

from tests.engine.calls import answering, refusal, seen
from tests.supplying import CREATE, LEFT_OUT, Supplier, detail

WHY = "not processed, however often it was tried"


def give_up(supplier: Supplier) -> None:
    """Have whatever is in the work queue end as dead letters do."""
    gateway = supplier.gateway
    while gateway.deliver(gateway.queue, "give_up"):
        pass
    gateway.drain()


def begun(supplier: Supplier, **later: float) -> None:
    """Go on to so much later, where a batch is begun and its work does not come through."""
    gateway = supplier.gateway
    gateway.clock.move(seconds=sum({"hours": 3_600}[unit] * n for unit, n in later.items()))
    gateway.schedules.fire_due()
    assert gateway.deliver(gateway.queue, "worker") == 1


def test_listings_that_nobody_could_change_are_named(supplier: Supplier) -> None:
    """All attempts failed: the batch ends all the same, and so does its revert."""
    number = supplier.batch(detail(7, 11, 12), detail(8, 21, 22), detail(9, 31, 32))
    begun(supplier, hours=1)
    assert supplier.states(number) == ("executing", "idle")

    give_up(supplier)

    told = supplier.told(number)
    assert told["executeStatus"] == "failed"
    assert told["executeDetail"] == (
        f"0 of 3 listings changed; not changed: 7 ({WHY}), 8 ({WHY}), 9 ({WHY})"
    )
    assert supplier.records() == {}


def test_a_listing_that_storage_does_not_take_is_named_with_our_fault(supplier: Supplier) -> None:
    """Nothing is wrong with it, and nothing was changed that could be taken back."""
    number = supplier.batch(detail(7, 11, 12))
    supplier.gateway.clock.move(seconds=3_600)
    supplier.gateway.schedules.fire_due()

    with answering("BatchWriteItem", None, *[refusal("ValidationException")] * 3):
        supplier.gateway.drain()

    told = supplier.told(number)
    assert told["executeStatus"] == "failed"
    assert told["executeDetail"] == "0 of 1 listings changed; not changed: 7 (system error)"
    assert supplier.records() == {}


def test_a_batch_that_failed_in_part_is_taken_back_in_part(supplier: Supplier) -> None:
    """What was never changed has nothing to go back from."""
    listings = range(1, 7)
    number = supplier.batch(*(detail(one, 10 + one, 20 + one) for one in listings))
    begun(supplier, hours=1)
    gateway = supplier.gateway
    works, fails = gateway.receive(gateway.queue)
    gateway.redeliver([works], received=1)
    gateway.redeliver([fails], received=5, function="give_up")
    for message in (works, fails):
        gateway.sqs.delete_message(QueueUrl=gateway.queue, ReceiptHandle=message["receiptHandle"])

    changed = supplier.records()
    missed = [one for one in listings if one not in changed]
    assert {key: one["proposal"] for key, one in changed.items()} == {
        one: 10 + one for one in listings if one not in missed
    }
    assert 0 < len(missed) < 6
    told = supplier.told(number)
    named = ", ".join(f"{one} ({WHY})" for one in missed)
    assert told["executeStatus"] == "failed"
    assert told["executeDetail"] == f"{6 - len(missed)} of 6 listings changed; not changed: {named}"

    supplier.live(hours=1)

    assert {key: one["proposal"] for key, one in supplier.records().items()} == {
        one: 20 + one for one in changed
    }
    told = supplier.told(number)
    assert told["revertStatus"] == "failed"
    named = ", ".join(f"{one} (was not changed by this batch)" for one in missed)
    assert told["revertDetail"] == f"{6 - len(missed)} of 6 listings changed; not changed: {named}"


def test_an_execute_that_failed_can_still_be_kept_from_its_revert(supplier: Supplier) -> None:
    """The revert is idle, whatever became of the execute."""
    number = supplier.batch(detail(7, 11, 12))
    begun(supplier, hours=1)
    give_up(supplier)

    assert supplier.change(number, executeStatus="canceled").status == 400
    assert supplier.change(number, revertStatus="canceled").status == 200
    assert supplier.states(number) == ("failed", "canceled")


def test_a_change_while_a_batch_executes_says_so(supplier: Supplier) -> None:
    """It is neither idle nor over."""
    number = supplier.batch(detail(7, 11, 12))
    begun(supplier, hours=1)

    for field in ("executeStatus", "executeTs", "details"):
        given: Any = {"executeStatus": "canceled", "details": []}.get(field, supplier.now(hours=1))
        answer = supplier.change(number, **{field: given})
        assert answer.status == 400
        assert "executing" in answer.body["error"]["detail"][0]["message"]
    assert supplier.change(number, revertTs=supplier.now(hours=9)).status == 200
    supplier.gateway.drain()
    assert supplier.active(7) == 11


def test_a_scheduler_that_refuses_leaves_no_batch(supplier: Supplier) -> None:
    """What is not scheduled was not accepted; the same call goes through later."""
    busy = refusal("ThrottlingException", 429)
    with answering("CreateSchedule", *[busy] * 9):
        answer = supplier.create()

    assert (answer.status, answer.body) == (
        500,
        {"error": {"code": 50000006, "message": "Internal server error"}},
    )
    assert supplier.list().body["pagination"]["resultsTotal"] == 0
    assert supplier.create().status == 200


def test_a_scheduler_that_refuses_leaves_a_batch_as_it_was(supplier: Supplier) -> None:
    """All of a change applies, or none of it."""
    number = supplier.batch(detail(7, 11, 12))
    before = supplier.told(number)
    with answering("CreateSchedule", None, *[refusal("ThrottlingException", 429)] * 9):
        answer = supplier.change(
            number, executeTs=supplier.now(hours=3), revertTs=supplier.now(hours=4), details=[]
        )

    assert answer.status == 500
    assert supplier.told(number) == before
    supplier.live(hours=1)
    assert supplier.active(7) == 11
    supplier.live(hours=1)
    assert supplier.active(7) == 12


def test_a_schedule_that_is_not_taken_back_is_no_failure(supplier: Supplier) -> None:
    """It fires in vain, and is gone then."""
    number = supplier.batch(detail(7, 11, 12))
    with answering("DeleteSchedule", *[refusal("ThrottlingException", 429)] * 9):
        answer = supplier.change(number, executeStatus="canceled")

    assert answer.status == 200
    supplier.live(hours=2)
    assert supplier.states(number) == ("canceled", "canceled")
    assert supplier.gateway.schedules.standing() == []


def test_a_new_batch_is_kept_and_scheduled_with_few_calls(supplier: Supplier) -> None:
    """Each is a part of the answer's time and of its price."""
    with seen() as calls:
        supplier.call(CREATE, body=supplier.fields())
    assert calls.names.count("CreateSchedule") == 2

    with seen() as calls:
        supplier.call(CREATE, body=supplier.fields(instantExecute=True, executeTs=LEFT_OUT))
    assert calls.names.count("CreateSchedule") == 1
