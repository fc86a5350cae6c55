"""What may be changed of a batch, and when: the whole table of states."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.proposal_calls import INVALID, faults
from tests.supplying import LEFT_OUT, Supplier, detail

type Make = Callable[[Supplier], int]


def idle(supplier: Supplier) -> int:
    """Nothing has happened yet."""
    return supplier.batch(detail(1))


def kept(supplier: Supplier) -> int:
    """It will not be taken back."""
    number = supplier.batch(detail(1))
    assert supplier.change(number, revertStatus="canceled").status == 200
    return number


def canceled(supplier: Supplier) -> int:
    """Nothing will happen."""
    number = supplier.batch(detail(1))
    assert supplier.change(number, executeStatus="canceled").status == 200
    return number


def executed(supplier: Supplier) -> int:
    """It took effect, and will be taken back."""
    number = supplier.batch(detail(1))
    supplier.live(hours=1)
    return number


def for_good(supplier: Supplier) -> int:
    """It took effect, and will not be taken back."""
    number = executed(supplier)
    assert supplier.change(number, revertStatus="canceled").status == 200
    return number


def reverted(supplier: Supplier) -> int:
    """All has happened."""
    number = executed(supplier)
    supplier.live(hours=1)
    return number


def instant(supplier: Supplier) -> int:
    """It took effect when it was made."""
    return supplier.batch(detail(1), instantExecute=True, executeTs=LEFT_OUT)


STATES: dict[Make, tuple[str, str]] = {
    idle: ("idle", "idle"),
    kept: ("idle", "canceled"),
    canceled: ("canceled", "canceled"),
    executed: ("finished", "idle"),
    for_good: ("finished", "canceled"),
    reverted: ("finished", "finished"),
    instant: ("finished", "idle"),
}
FIELDS = ("executeTs", "executeStatus", "revertTs", "revertStatus", "details")
MAY: dict[Make, set[str]] = {
    idle: set(FIELDS),
    kept: {"executeTs", "executeStatus"},
    canceled: set(),
    executed: {"revertTs", "revertStatus"},
    for_good: set(),
    reverted: set(),
    instant: {"revertTs", "revertStatus", "details"},
}


def value(supplier: Supplier, field: str) -> Any:
    """What to change a field to: it is right in itself."""
    return {
        "executeTs": supplier.now(minutes=90),
        "revertTs": supplier.now(hours=9),
        "details": [detail(2, 2001, 2002)],
    }.get(field, "canceled")


@pytest.mark.parametrize("make", STATES)
def test_each_state_forbids_what_it_must_and_allows_the_rest(
    supplier: Supplier, make: Make
) -> None:
    """A forbidden change names its field and why, and changes nothing at all."""
    for field in FIELDS:
        supplier = supplier.signed_in()
        number = make(supplier)
        before = supplier.told(number)
        assert (before["executeStatus"], before["revertStatus"]) == STATES[make]
        given = value(supplier, field)
        if field == "executeTs":  # whatever the revert is: it must stay after this one
            given = supplier.now(minutes=30)

        answer = supplier.change(number, **{field: given})

        if field in MAY[make]:
            assert (answer.status, answer.body[field]) == (200, given), (field, answer.text)
        else:
            assert faults(answer, INVALID).keys() == {field}, (field, answer.text)
            assert supplier.told(number) == before


@pytest.mark.parametrize("make", [canceled, executed, for_good, reverted])
def test_a_forbidden_change_says_in_which_state_the_batch_is(
    supplier: Supplier, make: Make
) -> None:
    """The caller sees what it missed."""
    number = make(supplier)
    state = STATES[make][0]

    found = faults(supplier.change(number, executeStatus="canceled"))

    assert state in found["executeStatus"]["message"]


@pytest.mark.parametrize("field", ["executeStatus", "revertStatus"])
@pytest.mark.parametrize(
    "given",
    [
        *("idle", "finished", "executing", "failed", "Canceled", "cancelled", "canceled ", ""),
        *(None, True, 1, [], {}, ["canceled"], "x" * 10_000),
    ],
)
def test_canceled_is_the_only_status_that_a_caller_writes(
    supplier: Supplier, field: str, given: Any
) -> None:
    """All others come from what happens."""
    number = supplier.batch()

    found = faults(supplier.change(number, **{field: given}))

    assert found.keys() == {field}
    assert found[field]["message"] == "must be canceled"
    assert supplier.states(number) == ("idle", "idle")


def test_cancelling_the_execute_cancels_the_revert(supplier: Supplier) -> None:
    """There is nothing to take back; and nothing wakes the batch any more."""
    number = supplier.batch(detail(1))

    answer = supplier.change(number, executeStatus="canceled")

    states = (answer.body["executeStatus"], answer.body["revertStatus"])
    assert (answer.status, states) == (200, ("canceled", "canceled"))
    assert supplier.gateway.schedules.standing() == []
    supplier.live(hours=3)
    assert supplier.active(1) is None
    assert supplier.states(number) == ("canceled", "canceled")


def test_both_can_be_canceled_at_once(supplier: Supplier) -> None:
    """One says what the other implies."""
    number = supplier.batch()

    answer = supplier.change(number, executeStatus="canceled", revertStatus="canceled")

    assert answer.status == 200
    assert supplier.states(number) == ("canceled", "canceled")


def test_cancelling_the_revert_leaves_the_execute(supplier: Supplier) -> None:
    """The change is to stay."""
    number = supplier.batch(detail(1))

    answer = supplier.change(number, revertStatus="canceled")

    assert (answer.body["executeStatus"], answer.body["revertStatus"]) == ("idle", "canceled")
    supplier.live(hours=3)
    assert supplier.active(1) == 1001
    assert supplier.states(number) == ("finished", "canceled")


def test_the_execute_may_then_be_moved_beyond_it(supplier: Supplier) -> None:
    """What will not be taken back has no time to be taken back at."""
    number = kept(supplier)

    answer = supplier.change(number, executeTs=supplier.now(hours=5))

    assert answer.status == 200
    supplier.live(hours=5)
    assert supplier.active(1) == 1001


def test_both_times_can_be_moved_at_once(supplier: Supplier) -> None:
    """Each alone would have been refused."""
    number = supplier.batch()
    execute, revert = supplier.now(hours=5), supplier.now(hours=6)
    assert faults(supplier.change(number, executeTs=execute), INVALID)

    answer = supplier.change(number, executeTs=execute, revertTs=revert)

    assert (answer.body["executeTs"], answer.body["revertTs"]) == (execute, revert)


@pytest.mark.parametrize(
    ("field", "minutes"), [("executeTs", 120), ("executeTs", 121), ("revertTs", 60)]
)
def test_the_revert_must_stay_after_the_execute(
    supplier: Supplier, field: str, minutes: int
) -> None:
    """Whichever of the two is moved."""
    number = supplier.batch()
    before = supplier.told(number)

    answer = supplier.change(number, **{field: supplier.now(minutes=minutes)})

    assert "must be after executeTs" in [one["message"] for one in faults(answer).values()]
    assert supplier.told(number) == before


@pytest.mark.parametrize("make", [executed, instant])
def test_a_revert_is_not_moved_before_an_execute_that_has_been(
    supplier: Supplier, make: Make
) -> None:
    """It was executed a moment ago."""
    number = make(supplier)

    found = faults(supplier.change(number, revertTs=supplier.told(number)["executeTs"]))

    assert found["revertTs"]["message"] == "must be after executeTs"


@pytest.mark.parametrize(("late", "status"), [(60, 200), (61, 400)])
def test_a_time_is_not_moved_into_the_past(supplier: Supplier, late: int, status: int) -> None:
    """By more than a minute."""
    number = supplier.batch()

    answer = supplier.change(number, executeTs=supplier.now(seconds=-late))

    assert answer.status == status
    if status == 400:
        assert faults(answer)["executeTs"]["message"] == "must not be in the past"


@pytest.mark.parametrize(("late", "status"), [(60, 200), (61, 400)])
def test_a_revert_is_not_moved_into_the_past_either(
    supplier: Supplier, late: int, status: int
) -> None:
    """It took effect ten minutes ago: any time since would be after that."""
    number = executed(supplier)
    supplier.gateway.clock.move(seconds=600)
    given = supplier.now(seconds=-late)

    answer = supplier.change(number, revertTs=given)

    assert answer.status == status
    if status == 400:
        assert list(faults(answer).values()) == [
            {"path": "revertTs", "message": "must not be in the past", "invalidValue": given}
        ]


def test_a_change_in_the_middle_of_a_second_counts_as_at_its_start(supplier: Supplier) -> None:
    """Times on the wire have whole seconds: those that are given, and those that are told."""
    number = supplier.batch()
    given = supplier.now(seconds=-60)
    at = supplier.now()
    supplier.gateway.clock.move(ms=999)

    answer = supplier.change(number, executeTs=given)

    assert (answer.status, answer.body["executeTs"]) == (200, given)
    assert answer.body["modifiedTs"] == at
