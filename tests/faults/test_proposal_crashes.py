"""Functions die at every one of their calls: a batch acts once, at its time, or was never there."""

import pytest

from tests.faults.dying import dies
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
from tests.gateway import Gateway
from tests.supplying import CHANGE, LEFT_OUT, Supplier, enrolled


@pytest.fixture
def acme(gateway: Gateway) -> Supplier:
    """A supplier."""
    return enrolled(gateway, "acme", 99_999)


def test_a_creation_that_dies_at_any_call_is_not_half_there(acme: Supplier) -> None:
    """Nobody heard of it: it is unknown, and what was begun of it does no harm."""

    def play(at: int) -> bool:
        supplier = fresh(acme)
        fault = dies(at, supplier.create)
        found = supplier.list().body["proposals"]
        assert len(found) == (0 if fault.hit else 1)
        number = supplier.batch(*DETAILS)

        swept(supplier, hours=1)
        assert look(supplier, number) == ("finished", "idle", 11, 21, None)
        swept(supplier, hours=1)
        assert look(supplier, number) == (*TAKEN_BACK, 12, 22, None)
        assert supplier.gateway.schedules.standing() == []
        return bool(fault.hit)

    assert at_every_call(play) >= 4


def test_a_change_that_dies_at_any_call_is_whole_or_nothing(acme: Supplier) -> None:
    """Whichever of the two it is: the batch then acts at the times that it tells."""
    seen = set()

    def play(at: int) -> bool:
        supplier = fresh(acme)
        number = supplier.batch(*DETAILS)
        change = {
            "executeTs": supplier.now(minutes=30),
            "revertTs": supplier.now(minutes=90),
            "details": OTHERS,
        }
        before = supplier.told(number)
        fault = dies(at, lambda: supplier.call(CHANGE, number=number, body=change))
        after = supplier.told(number)

        changed = after["executeTs"] != before["executeTs"]
        assert {name: after[name] for name in change} == (
            change if changed else {name: before[name] for name in change}
        )
        idle, new = ("idle", "idle", None, None, None), ("finished", "idle", 31, None, 41)
        swept(supplier, minutes=29, seconds=59)
        assert look(supplier, number) == idle
        swept(supplier, seconds=1)
        assert look(supplier, number) == (new if changed else idle)
        swept(supplier, minutes=30)
        assert look(supplier, number) == (new if changed else ("finished", "idle", 11, 21, None))
        swept(supplier, minutes=60)
        ended = (32, None, 42) if changed else (12, 22, None)
        assert look(supplier, number) == (*TAKEN_BACK, *ended)
        seen.add(changed)
        return bool(fault.hit)

    at_every_call(play)
    assert seen == {False, True}


def test_a_change_sent_again_after_any_death_is_made(acme: Supplier) -> None:
    """The supplier saw no answer, and sends the very same again."""

    def play(at: int) -> bool:
        supplier = fresh(acme)
        number = supplier.batch(*DETAILS)
        change = {"executeTs": supplier.now(minutes=90), "details": OTHERS}
        fault = dies(at, lambda: supplier.call(CHANGE, number=number, body=change))
        assert supplier.change(number, **change).status == 200

        swept(supplier, hours=1)
        assert look(supplier, number) == ("idle", "idle", None, None, None)
        swept(supplier, minutes=30)
        assert look(supplier, number) == ("finished", "idle", 31, None, 41)
        return bool(fault.hit)

    at_every_call(play)


def test_a_cancellation_that_dies_at_any_call_is_whole_or_nothing(acme: Supplier) -> None:
    """Never an execute that is canceled and comes, nor a revert without one."""
    seen = set()

    def play(at: int) -> bool:
        supplier = fresh(acme)
        number = supplier.batch(*DETAILS)
        body = {"executeStatus": "canceled"}
        fault = dies(at, lambda: supplier.call(CHANGE, number=number, body=body))
        states = supplier.states(number)
        assert states in [("idle", "idle"), ("canceled", "canceled")]

        swept(supplier, hours=1)
        swept(supplier, hours=1)
        if states == ("idle", "idle"):
            assert look(supplier, number) == (*TAKEN_BACK, 12, 22, None)
        else:
            assert look(supplier, number) == ("canceled", "canceled", None, None, None)
        seen.add(states)
        return bool(fault.hit)

    at_every_call(play)
    assert seen == {("idle", "idle"), ("canceled", "canceled")}


@pytest.mark.parametrize("reverts", [False, True])
def test_a_worker_that_dies_at_any_call_acts_once(acme: Supplier, reverts: bool) -> None:
    """Woken, in the middle of the work, or when it tells the batch what came of it."""

    def play(at: int) -> bool:
        supplier = fresh(acme)
        number = supplier.batch(*DETAILS)
        if reverts:
            supplier.live(hours=1)
        due(supplier, hours=1)
        fault = dies(at, supplier.gateway.drain)
        supplier.gateway.drain()
        for _ in range(2):
            swept(supplier, minutes=11)

        if reverts:
            assert look(supplier, number) == (*TAKEN_BACK, 12, 22, None)
        else:
            assert look(supplier, number) == ("finished", "idle", 11, 21, None)
        told = supplier.told(number)
        assert told["revertDetail" if reverts else "executeDetail"] == "2 of 2 listings changed"
        if not reverts:
            acts_no_more(supplier, number)
        return bool(fault.hit)

    assert at_every_call(play) > 10


def test_a_worker_that_dies_with_nothing_to_do_is_made_good(acme: Supplier) -> None:
    """A batch without details ends, too."""

    def play(at: int) -> bool:
        supplier = fresh(acme)
        number = supplier.batch()
        due(supplier, hours=1)
        fault = dies(at, supplier.gateway.drain)
        supplier.gateway.drain()
        swept(supplier, minutes=11)

        assert supplier.states(number) == ("finished", "idle")
        return bool(fault.hit)

    at_every_call(play)


def test_an_instant_change_that_dies_at_any_call_is_made_or_not(acme: Supplier) -> None:
    """What is told of its details is what has taken effect."""

    def play(at: int) -> bool:
        supplier = fresh(acme)
        number = supplier.batch(*DETAILS, instantExecute=True, executeTs=LEFT_OUT)
        fault = dies(at, lambda: supplier.change(number, details=OTHERS))
        supplier.gateway.drain()
        for _ in range(2):
            swept(supplier, minutes=11)

        made = supplier.told(number)["details"] == OTHERS
        assert look(supplier, number)[:2] == ("finished", "idle")
        assert supplier.active(1, 2, 3) == ([31, 21, 41] if made else [11, 21, None])
        assert made or fault.hit
        return bool(fault.hit)

    at_every_call(play)


def test_a_sweep_that_dies_at_any_call_is_made_good_by_the_next(acme: Supplier) -> None:
    """All schedules were lost: the execute is late, and then the revert."""

    def play(at: int) -> bool:
        supplier = fresh(acme)
        number = supplier.batch(*DETAILS)
        supplier.gateway.schedules.forget()
        supplier.gateway.clock.move(seconds=3_600 + 180)
        fault = dies(at, lambda: supplier.gateway.handler("sweep")({}, None))
        supplier.gateway.drain()
        for _ in range(2):
            swept(supplier, minutes=11)
        assert look(supplier, number) == ("finished", "idle", 11, 21, None)
        swept(supplier, hours=1)
        swept(supplier, minutes=11)
        assert look(supplier, number) == (*TAKEN_BACK, 12, 22, None)
        return bool(fault.hit)

    at_every_call(play)
