"""Batches that take effect at once."""

import sys
from typing import Any

import pytest

from tests.contract.proposal_calls import faults
from tests.engine.calls import seen
from tests.gateway import Answer
from tests.retailing import Hourglass
from tests.supplying import CHANGE, LEFT_OUT, Supplier, detail, waiting_takes_no_time


def made(supplier: Supplier, *details: dict[str, Any]) -> int:
    """A new instant batch, taken back in two hours."""
    return supplier.batch(*details, instantExecute=True, executeTs=LEFT_OUT)


def test_a_new_batch_has_taken_effect_on_nothing_yet(supplier: Supplier) -> None:
    """It is finished, and there is nothing to tell of listings before any details came."""
    answer = supplier.create(instantExecute=True, executeTs=LEFT_OUT)

    assert list(answer.body) == [
        *("id", "supplierId", "proposalType", "batchSource", "instantExecute", "executeTs"),
        *("executeStatus", "executor", "revertTs", "revertStatus", "creator", "createdTs"),
    ]
    assert answer.body["instantExecute"] is True


def test_details_take_effect_when_they_arrive(supplier: Supplier) -> None:
    """The answer says what came of them."""
    number = made(supplier)
    supplier.gateway.clock.move(seconds=100)

    answer = supplier.change(number, details=[detail(1, 11, 12), detail(2, 21, 22)])

    assert supplier.active(1, 2) == [11, 21]
    assert answer.status == 200
    assert answer.body["executeStatus"] == "finished"
    assert answer.body["executor"] == supplier.api_token
    assert answer.body["executeDetail"] == "2 of 2 listings changed"
    assert answer.body["details"] == [detail(1, 11, 12), detail(2, 21, 22)]
    assert answer.body == supplier.told(number)
    assert list(answer.body)[4:6] == ["instantExecute", "details"]


def test_it_is_taken_back_at_its_time(supplier: Supplier) -> None:
    """By the scheduler, as any batch."""
    number = made(supplier, detail(1, 11, 12))

    supplier.live(minutes=119)
    assert supplier.active(1) == 11
    supplier.live(minutes=1)

    assert supplier.active(1) == 12
    told = supplier.told(number)
    assert (told["revertStatus"], told["reverter"]) == ("finished", "Scheduler")
    assert (told["executor"], told["revertDetail"]) == (
        supplier.api_token,
        "1 of 1 listings changed",
    )


def test_replaced_details_take_effect_too(supplier: Supplier) -> None:
    """The new list is the batch: it is what is taken back."""
    number = made(supplier, detail(1, 11, 12), detail(2, 21, 22))

    answer = supplier.change(number, details=[detail(2, 31, 32), detail(3, 41, 42)])

    assert answer.body["executeDetail"] == "2 of 2 listings changed"
    assert supplier.active(2, 3) == [31, 41]
    supplier.live(hours=2)
    assert supplier.active(2, 3) == [32, 42]
    assert supplier.states(number) == ("finished", "finished")


def test_the_same_details_again_take_effect_again(supplier: Supplier) -> None:
    """Another batch changed the listing meanwhile, and this supplier insists."""
    number = made(supplier, detail(1, 11, 12))
    made(supplier, detail(1, 21, 22))
    assert supplier.active(1) == 21

    supplier.change(number, details=[detail(1, 11, 12)])

    assert supplier.active(1) == 11
    supplier.live(hours=2)
    assert supplier.active(1) == 12


def test_the_same_details_sent_twice_at_once_are_harmless(supplier: Supplier) -> None:
    """A client that heard no answer sends them again."""
    number = made(supplier)
    given = [detail(1, 11, 12), detail(2, 21, 22)]

    answers = [supplier.change(number, details=given) for _ in range(2)]

    assert [one.body["executeStatus"] for one in answers] == ["finished", "finished"]
    assert supplier.active(1, 2) == [11, 21]


def test_no_details_change_nothing(supplier: Supplier) -> None:
    """Neither on arrival nor later."""
    number = made(supplier)

    answer = supplier.change(number, details=[])

    assert (answer.status, answer.body["executeStatus"]) == (200, "finished")
    supplier.live(hours=2)
    assert supplier.states(number) == ("finished", "finished")
    assert supplier.records() == {}


def test_what_takes_too_long_is_executing(supplier: Supplier) -> None:
    """Nobody works: the call does not wait for ever, and what it sent is not lost."""
    number = made(supplier)

    with waiting_takes_no_time():
        answer = supplier.call(CHANGE, number=number, body={"details": [detail(1, 11, 12)]})

    assert (answer.status, answer.body["executeStatus"]) == (200, "executing")
    assert "executeDetail" not in answer.body
    assert supplier.active(1) is None
    supplier.gateway.drain()
    assert supplier.active(1) == 11
    assert supplier.states(number) == ("finished", "idle")


def test_details_are_not_replaced_while_they_take_effect(supplier: Supplier) -> None:
    """One after the other: what is active afterwards is what was sent last."""
    number = made(supplier)
    with waiting_takes_no_time():
        supplier.call(CHANGE, number=number, body={"details": [detail(1, 11, 12)]})

    answer = supplier.change(number, details=[detail(1, 21, 22)])

    assert "executing" in faults(answer)["details"]["message"]
    supplier.gateway.drain()
    assert supplier.active(1) == 11
    assert supplier.change(number, details=[detail(1, 21, 22)]).status == 200
    assert supplier.active(1) == 21


@pytest.mark.parametrize("worked", [True, False])
def test_what_changes_while_details_are_waited_for_is_told_whole(
    supplier: Supplier, monkeypatch: pytest.MonkeyPatch, *, worked: bool
) -> None:
    """Details, outcome and change of one moment: never the details of one call, and the rest
    of another's."""
    number = made(supplier)
    others: list[Answer] = []

    class Meanwhile(Hourglass):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if others:
                return
            supplier.gateway.drain()
            supplier.gateway.clock.move(seconds=7)
            body = {"details": [detail(2, 21, 22), detail(3, 31, 32)]}
            with waiting_takes_no_time():
                others.append(supplier.call(CHANGE, number=number, body=body))
            if worked:
                supplier.gateway.drain()

    monkeypatch.setattr(sys.modules["batchgate.engine.phases"], "time", Meanwhile())
    answer = supplier.call(CHANGE, number=number, body={"details": [detail(1, 11, 12)]})

    assert others[0].body["executeStatus"] == "executing"
    assert answer.body["executeStatus"] == ("finished" if worked else "executing")
    assert answer.body == supplier.told(number)
    assert [one["listingId"] for one in answer.body["details"]] == [2, 3]


def test_details_that_nobody_changed_meanwhile_are_not_read_again(supplier: Supplier) -> None:
    """They are those of the call: each wait reads the batch, and nothing else."""
    number = made(supplier, detail(1, 11, 12))

    with seen() as calls, waiting_takes_no_time():
        supplier.call(CHANGE, number=number, body={"details": [detail(1, 21, 22)]})

    read = [one["Key"]["sk"]["S"][:2] for one in calls.of("GetItem") if "sk" in one["Key"]]
    assert read.count("d/") == 2
    assert read[-1] == "h/"


def test_a_revert_that_is_due_while_details_take_effect_comes_after_them(
    supplier: Supplier,
) -> None:
    """Whatever is late: in the end it is taken back."""
    number = made(supplier)
    with waiting_takes_no_time():
        supplier.call(CHANGE, number=number, body={"details": [detail(1, 11, 12)]})

    supplier.live(hours=2)
    supplier.gateway.handler("sweep")({}, None)
    supplier.gateway.drain()

    assert supplier.active(1) == 12
    assert supplier.states(number) == ("finished", "finished")


def test_a_canceled_revert_leaves_what_took_effect(supplier: Supplier) -> None:
    """It is to stay."""
    number = made(supplier, detail(1, 11, 12))

    assert supplier.change(number, revertStatus="canceled").status == 200

    supplier.live(hours=3)
    assert supplier.active(1) == 11
    assert supplier.states(number) == ("finished", "canceled")


def test_a_moved_revert_comes_at_its_new_time(supplier: Supplier) -> None:
    """To earlier or later, with new details or without."""
    number = made(supplier, detail(1, 11, 12))

    answer = supplier.change(number, details=[detail(1, 21, 22)], revertTs=supplier.now(minutes=10))

    assert (answer.status, answer.body["executeStatus"]) == (200, "finished")
    assert supplier.active(1) == 21
    supplier.live(minutes=10)
    assert supplier.active(1) == 22


def test_an_execute_time_is_not_changed(supplier: Supplier) -> None:
    """It has been."""
    number = made(supplier)

    found = faults(supplier.change(number, executeTs=supplier.now(hours=1)))

    assert found.keys() == {"executeTs"}


def test_instant_batches_of_one_listing_take_effect_in_their_order(supplier: Supplier) -> None:
    """And only the last one's revert finds its own."""
    first, second = made(supplier, detail(1, 11, 12)), made(supplier, detail(1, 21, 22))
    assert supplier.active(1) == 21

    supplier.live(hours=2)

    assert supplier.active(1) == 22
    assert supplier.states(first) == ("finished", "failed")
    assert supplier.states(second) == ("finished", "finished")
    assert supplier.told(first)["revertDetail"] == (
        "0 of 1 listings changed; not changed: 1 (changed by another batch since)"
    )
