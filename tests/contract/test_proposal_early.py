"""Schedules that fire before their time."""

import pytest

from tests.contract.proposal_schedules import both, fire, put_off_by_the_clock, swept
from tests.supplying import Supplier, detail


@pytest.mark.parametrize("seconds", [1, 60, 3_600])
def test_a_schedule_that_fires_early_waits_for_its_time(supplier: Supplier, seconds: int) -> None:
    """Nothing before its time; and at its time, although it fires no more."""
    number = supplier.batch(detail(1, 11, 12))
    execute, _ = both(supplier)
    supplier.gateway.clock.move(seconds=3_600 - seconds)

    with put_off_by_the_clock(supplier) as put_back:
        fire(supplier, execute)
        supplier.gateway.schedules.lose(execute)
        assert (supplier.active(1), supplier.states(number)) == (None, ("idle", "idle"))
        swept(supplier, seconds=seconds - 1)
        put_back()
        assert (supplier.active(1), supplier.states(number)) == (None, ("idle", "idle"))
        swept(supplier, seconds=31)
        put_back()
        assert (supplier.active(1), supplier.states(number)) == (11, ("finished", "idle"))


def test_a_schedule_that_fires_days_early_waits_for_its_time(supplier: Supplier) -> None:
    """Longer than SQS keeps any message back: it ends as a dead letter, and the sweep helps."""
    revert = supplier.now(days=4)
    number = supplier.batch(detail(1, 11, 12), executeTs=supplier.now(days=3), revertTs=revert)
    execute, _ = both(supplier)

    fire(supplier, execute)
    supplier.gateway.schedules.lose(execute)
    supplier.gateway.deliver(supplier.gateway.dead, "give_up")
    swept(supplier, days=3, seconds=-1)
    supplier = supplier.signed_in()
    assert (supplier.active(1), supplier.states(number)) == (None, ("idle", "idle"))
    swept(supplier, seconds=121)

    assert (supplier.active(1), supplier.states(number)) == (11, ("finished", "idle"))


def test_a_revert_that_fires_early_takes_nothing_back(supplier: Supplier) -> None:
    """Neither before nor after the execute, which it does not hold up either."""
    number = supplier.batch(detail(1, 11, 12))
    _, revert = both(supplier)

    with put_off_by_the_clock(supplier) as put_back:
        fire(supplier, revert)
        supplier.gateway.schedules.lose(revert)
        assert (supplier.active(1), supplier.states(number)) == (None, ("idle", "idle"))
        swept(supplier, seconds=3_630)
        put_back()
        assert (supplier.active(1), supplier.states(number)) == (11, ("finished", "idle"))
        swept(supplier, seconds=3_569)
        put_back()
        assert (supplier.active(1), supplier.states(number)) == (11, ("finished", "idle"))
        swept(supplier, seconds=31)
        put_back()
        assert (supplier.active(1), supplier.states(number)) == (12, ("finished", "finished"))
