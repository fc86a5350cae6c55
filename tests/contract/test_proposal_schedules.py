"""Schedules that fire twice, late, in the wrong order, for old times, or never."""

from collections.abc import Sequence

import pytest

from tests.contract.proposal_schedules import both, fire, swept
from tests.supplying import Supplier, detail


def test_a_schedule_that_fires_twice_acts_once(supplier: Supplier) -> None:
    """What another batch did in between stays."""
    number = supplier.batch(detail(1, 11, 12))
    execute, revert = both(supplier)
    supplier.batch(
        detail(1, 21, 22), executeTs=supplier.now(minutes=70), revertTs=supplier.now(days=1)
    )

    supplier.gateway.clock.move(seconds=3_600)
    fire(supplier, execute, times=2)
    assert supplier.active(1) == 11
    supplier.live(minutes=10)
    assert supplier.active(1) == 21
    fire(supplier, execute)
    assert supplier.active(1) == 21
    supplier.live(minutes=50)
    fire(supplier, revert, execute, times=2)

    assert supplier.active(1) == 21
    assert supplier.states(number) == ("finished", "failed")


def test_a_revert_that_fires_twice_acts_once(supplier: Supplier) -> None:
    """A batch that came after it is not touched by the second."""
    number = supplier.batch(detail(1, 11, 12))
    _, revert = both(supplier)
    supplier.live(hours=1)
    supplier.live(hours=1)
    assert supplier.active(1) == 12
    told = supplier.told(number)
    supplier.batch(
        detail(1, 21, 22), executeTs=supplier.now(minutes=5), revertTs=supplier.now(days=1)
    )
    supplier.live(minutes=5)

    fire(supplier, revert, times=2)

    assert supplier.active(1) == 21
    assert supplier.told(number) == told


def test_a_schedule_that_fires_late_acts_when_it_fires(supplier: Supplier) -> None:
    """Late is better than never."""
    number = supplier.batch(detail(1, 11, 12))
    execute, _ = both(supplier)
    supplier.gateway.clock.move(seconds=3_600 + 900)

    fire(supplier, execute)

    assert (supplier.active(1), supplier.states(number)) == (11, ("finished", "idle"))


def test_a_revert_that_fires_before_the_execute_did_does_both_in_order(supplier: Supplier) -> None:
    """The execute's schedule is late: in the end the listing is as after both."""
    number = supplier.batch(detail(1, 11, 12))
    execute, revert = both(supplier)
    supplier.gateway.clock.move(seconds=7_200)

    fire(supplier, revert)
    assert (supplier.active(1), supplier.states(number)) == (12, ("finished", "finished"))
    fire(supplier, execute)

    assert (supplier.active(1), supplier.states(number)) == (12, ("finished", "finished"))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_both_late_at_once_act_in_order(supplier: Supplier, order: tuple[int, int]) -> None:
    """In whichever they fire."""
    number = supplier.batch(detail(1, 11, 12), detail(2, 21, 22))
    schedules = both(supplier)
    supplier.gateway.clock.move(seconds=9_000)

    fire(supplier, *(schedules[at] for at in order))

    assert supplier.active(1, 2) == [12, 22]
    assert supplier.states(number) == ("finished", "finished")


def test_the_schedule_of_a_time_that_was_moved_to_later_does_nothing(supplier: Supplier) -> None:
    """It could not be taken back in time, and fires."""
    number = supplier.batch(detail(1, 11, 12))
    old, _ = both(supplier)
    supplier.change(number, executeTs=supplier.now(minutes=90))

    supplier.gateway.clock.move(seconds=3_600)
    fire(supplier, old)
    assert (supplier.active(1), supplier.states(number)) == (None, ("idle", "idle"))

    supplier.live(minutes=30)
    assert (supplier.active(1), supplier.states(number)) == (11, ("finished", "idle"))


def test_the_schedule_of_a_time_that_was_moved_to_earlier_does_nothing(supplier: Supplier) -> None:
    """All was done already; what came after it stays."""
    number = supplier.batch(detail(1, 11, 12))
    old, _ = both(supplier)
    supplier.change(number, executeTs=supplier.now(minutes=10))
    supplier.batch(
        detail(1, 21, 22), executeTs=supplier.now(minutes=20), revertTs=supplier.now(days=1)
    )
    supplier.live(minutes=10)
    assert supplier.active(1) == 11
    supplier.live(minutes=10)
    assert supplier.active(1) == 21

    supplier.gateway.clock.move(seconds=2_400)
    fire(supplier, old)

    assert (supplier.active(1), supplier.states(number)) == (21, ("finished", "idle"))


def test_the_schedules_of_a_batch_that_was_canceled_do_nothing(supplier: Supplier) -> None:
    """Neither of the two."""
    number = supplier.batch(detail(1, 11, 12))
    old = both(supplier)
    supplier.change(number, executeStatus="canceled")

    supplier.gateway.clock.move(seconds=7_200)
    fire(supplier, *old)

    assert (supplier.active(1), supplier.states(number)) == (None, ("canceled", "canceled"))


def test_the_schedule_of_a_revert_that_was_canceled_does_nothing(supplier: Supplier) -> None:
    """The change is to stay."""
    number = supplier.batch(detail(1, 11, 12))
    _, old = both(supplier)
    supplier.live(hours=1)
    supplier.change(number, revertStatus="canceled")

    supplier.gateway.clock.move(seconds=3_600)
    fire(supplier, old)

    assert (supplier.active(1), supplier.states(number)) == (11, ("finished", "canceled"))


def test_the_schedule_of_a_revert_that_was_canceled_executes_nothing_either(
    supplier: Supplier,
) -> None:
    """The execute was moved beyond it, and is still to come."""
    number = supplier.batch(detail(1, 11, 12))
    _, old = both(supplier)
    later = supplier.now(hours=5)
    assert supplier.change(number, revertStatus="canceled", executeTs=later).status == 200

    supplier.gateway.clock.move(seconds=7_200)
    fire(supplier, old)
    assert (supplier.active(1), supplier.states(number)) == (None, ("idle", "canceled"))

    supplier.live(hours=3)
    assert (supplier.active(1), supplier.states(number)) == (11, ("finished", "canceled"))


@pytest.mark.parametrize("lost", [(0,), (1,), (0, 1)])
def test_a_schedule_that_was_lost_is_made_good(supplier: Supplier, lost: Sequence[int]) -> None:
    """Somebody deleted it, or its message never came: the sweep notices."""
    number = supplier.batch(detail(1, 11, 12))
    schedules = both(supplier)
    supplier.gateway.schedules.lose(*(schedules[at] for at in lost))

    swept(supplier, minutes=59)
    assert (supplier.active(1), supplier.states(number)) == (None, ("idle", "idle"))
    swept(supplier, minutes=2)
    swept(supplier, minutes=1)
    assert (supplier.active(1), supplier.states(number)) == (11, ("finished", "idle"))
    swept(supplier, minutes=57)
    assert (supplier.active(1), supplier.states(number)) == (11, ("finished", "idle"))
    swept(supplier, minutes=2)
    swept(supplier, minutes=1)
    assert (supplier.active(1), supplier.states(number)) == (12, ("finished", "finished"))


def test_the_sweep_leaves_batches_that_are_not_due_alone(supplier: Supplier) -> None:
    """It makes good what was lost, and nothing else."""
    number = supplier.batch(detail(1, 11, 12))
    before = supplier.told(number)

    for _ in range(3):
        swept(supplier, minutes=19)

    assert supplier.told(number) == before
    assert len(supplier.gateway.schedules.standing()) == 2
