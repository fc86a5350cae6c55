"""Calls and workers at the same batch at the same time: never a mixture, never twice."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.dying import overtaken
from tests.faults.proposals import (
    DETAILS,
    OTHERS,
    TAKEN_BACK,
    acts_no_more,
    at_every_call,
    due,
    fresh,
    look,
    swept,
)
from tests.faults.world import impatient
from tests.gateway import Answer, Gateway
from tests.supplying import CHANGE, LEFT_OUT, Supplier, detail, enrolled

THIRD = [detail(2, 51, 52)]


@pytest.fixture
def acme(gateway: Gateway) -> Supplier:
    """A supplier."""
    return enrolled(gateway, "acme", 99_999)


def whole(supplier: Supplier, minutes: int, details: list[dict[str, Any]]) -> dict[str, Any]:
    """A change of all that can be changed."""
    return {
        "executeTs": supplier.now(minutes=minutes),
        "revertTs": supplier.now(minutes=minutes + 60),
        "details": details,
    }


def part(told: dict[str, Any]) -> dict[str, Any]:
    """What of an answer such a change makes."""
    return {name: told[name] for name in ("executeTs", "revertTs", "details")}


def test_a_change_overtaken_by_another_at_any_call_is_not_mixed(acme: Supplier) -> None:
    """Both are told what they made; one of them stays, as a whole, and is what happens."""

    def play(at: int) -> bool:
        supplier = fresh(acme)
        number = supplier.batch(*DETAILS)
        mine, theirs = whole(supplier, 30, OTHERS), whole(supplier, 90, THIRD)
        answers: list[Answer] = []
        with overtaken(
            at, lambda: answers.append(supplier.call(CHANGE, number=number, body=theirs))
        ) as made:
            answers.append(supplier.call(CHANGE, number=number, body=mine))
        if len(made) < at:
            return False
        assert [(one.status, part(one.body)) for one in answers] == [(200, theirs), (200, mine)]

        left = part(supplier.told(number))
        assert left in (mine, theirs)
        idle, done = ("idle", "idle", None, None, None), ("finished", "idle", 31, None, 41)
        for _ in range(2):
            swept(supplier, minutes=30)
            assert look(supplier, number) == (done if left == mine else idle)
        swept(supplier, minutes=30)
        swept(supplier, minutes=60)
        ended = (32, None, 42) if left == mine else (None, 52, None)
        assert look(supplier, number) == (*TAKEN_BACK, *ended)
        return True

    assert at_every_call(play) >= 4


def looked_up(supplier: Supplier, number: int) -> dict[str, Any]:
    """A batch as it is told alone."""
    return supplier.told(number)


def listed(supplier: Supplier, number: int) -> dict[str, Any]:
    """A batch as it is told in a list."""
    answer = supplier.list(id=str(number), fields="+details")
    told: dict[str, Any] = answer.body["proposals"][0]
    return told


@pytest.mark.parametrize("tell", [looked_up, listed])
def test_a_look_overtaken_by_a_change_at_any_call_is_not_mixed(
    acme: Supplier, tell: Callable[[Supplier, int], dict[str, Any]]
) -> None:
    """What is told is what was true at some moment."""

    def play(at: int) -> bool:
        supplier = fresh(acme)
        number = supplier.batch(*DETAILS)
        before, change = part(supplier.told(number)), whole(supplier, 30, OTHERS)
        with overtaken(at, lambda: supplier.change(number, **change)) as made:
            told = tell(supplier, number)
        assert part(told) in (before, change), at
        return len(made) >= at

    assert at_every_call(play) >= 1


def cancel(supplier: Supplier) -> dict[str, Any]:
    """Keep a batch from being executed."""
    return {"executeStatus": "canceled"}


def replace(supplier: Supplier) -> dict[str, Any]:
    """Give a batch other details."""
    return {"details": OTHERS}


def move(supplier: Supplier) -> dict[str, Any]:
    """Have a batch executed later."""
    return {"executeTs": supplier.now(minutes=30)}


type Alter = Callable[[Supplier], dict[str, Any]]

AFTER: dict[Alter, tuple[Any, ...]] = {
    cancel: ("canceled", "canceled", None, None, None),
    replace: ("finished", "idle", 31, None, 41),
    move: ("idle", "idle", None, None, None),
}


@pytest.mark.parametrize("change", AFTER)
@pytest.mark.parametrize("worker_first", [False, True])
def test_a_change_and_an_execution_come_one_after_the_other(
    acme: Supplier, change: Alter, worker_first: bool
) -> None:
    """The change is made, and counts; or it is refused, and what was there is executed."""
    seen = set()

    def play(at: int) -> bool:
        supplier = fresh(acme)
        number = supplier.batch(*DETAILS)
        due(supplier, hours=1)
        body, answers = change(supplier), list[Answer]()

        def alter() -> None:
            answers.append(supplier.call(CHANGE, number=number, body=body))

        def work() -> None:
            supplier.gateway.deliver(supplier.gateway.queue, "worker")

        first, second = (work, alter) if worker_first else (alter, work)
        with impatient(), overtaken(at, second) as made:
            first()
        if not answers:
            return False
        with impatient():
            supplier.gateway.drain()
        swept(supplier, minutes=3)

        status = answers[0].status
        assert status in (200, 400), answers[0].text
        executed = ("finished", "idle", 11, 21, None)
        assert look(supplier, number) == (AFTER[change] if status == 200 else executed)
        if status == 200 and change is move:
            swept(supplier, minutes=27)
            assert look(supplier, number) == executed
        seen.add(status)
        return len(made) >= at

    at_every_call(play)
    assert seen == {200, 400}


@pytest.mark.parametrize("reverts", [False, True])
def test_a_schedule_that_fires_twice_at_once_acts_once(acme: Supplier, reverts: bool) -> None:
    """Two workers, each with one of the two messages."""

    def play(at: int) -> bool:
        supplier = fresh(acme)
        gateway = supplier.gateway
        number = supplier.batch(*DETAILS)
        if reverts:
            supplier.live(hours=1)
        due(supplier, hours=1)
        (record,) = gateway.receive(gateway.queue)
        with impatient(), overtaken(at, lambda: gateway.redeliver([record], received=2)) as made:
            gateway.redeliver([record], received=1)
        gateway.redeliver([record], received=3)
        gateway.sqs.delete_message(QueueUrl=gateway.queue, ReceiptHandle=record["receiptHandle"])
        gateway.drain()
        swept(supplier, minutes=11)

        if reverts:
            assert look(supplier, number) == (*TAKEN_BACK, 12, 22, None)
        else:
            assert look(supplier, number) == ("finished", "idle", 11, 21, None)
        told = supplier.told(number)
        assert told["revertDetail" if reverts else "executeDetail"] == "2 of 2 listings changed"
        if not reverts:
            acts_no_more(supplier, number)
        return len(made) >= at

    at_every_call(play)


def test_instant_details_overtaken_by_others_end_in_one_of_them(acme: Supplier) -> None:
    """Refused while the first take effect, or after them: what is told is what is active."""

    def play(at: int) -> bool:
        supplier = fresh(acme)
        number = supplier.batch(instantExecute=True, executeTs=LEFT_OUT)
        answers: list[tuple[int, Any]] = []

        def give(details: list[dict[str, Any]]) -> None:
            answers.append((supplier.change(number, details=details).status, details))

        with overtaken(at, lambda: give(THIRD)) as made:
            give(DETAILS)
        if len(made) < at:
            return False
        supplier.gateway.drain()
        swept(supplier, minutes=11)

        assert {status for status, _ in answers} <= {200, 400}
        taken = [details for status, details in answers if status == 200]
        told = supplier.told(number)
        assert told["executeStatus"] == "finished"
        assert told["details"] in taken
        for one in told["details"]:
            assert supplier.active(one["listingId"]) == one["executeProposalId"]
        return True

    at_every_call(play)
