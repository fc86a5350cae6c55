"""Phases that nobody woke: their schedules or messages were lost, and the sweep wakes them."""

import pytest
from botocore.exceptions import ClientError

from batchgate import engine, wiring
from batchgate.model import Phase, PhaseState, PlanId, Turn
from tests.engine.calls import answering, refusal
from tests.engine.planning import SOON_S, bodies, kept
from tests.gateway import Gateway

TURN = Turn(7, 11, 12)


def wake() -> int:
    return engine.wake_overdue(wiring.plans(), wiring.queue(), wiring.clock)


def test_a_phase_that_nobody_woke_is_woken_half_a_minute_later(gateway: Gateway) -> None:
    """Its schedule, or its message, got lost; and again every ten minutes."""
    kept(TURN)
    gateway.clock.move(seconds=3_629)
    assert wake() == 0
    gateway.clock.move(seconds=1)
    assert wake() == 1
    assert bodies(gateway) == [
        {
            "plan": {"partner": "acme", "feed": "stock", "number": 7},
            "phase": "execute",
            "schedule": "",
            "again": 29_333_393,
        }
    ]
    gateway.clock.move(seconds=599)
    assert wake() == 0
    gateway.clock.move(seconds=11)
    assert wake() == 1
    assert [one["again"] for one in bodies(gateway)] == [29_333_393, 29_333_404]


def test_both_phases_are_woken_that_nobody_woke(gateway: Gateway) -> None:
    """After hours without schedules, and whichever plan they are of."""
    for number in (7, 8):
        kept(TURN, id=PlanId("acme", "stock", number))
    gateway.clock.move(seconds=7_230)

    assert wake() == 4
    woken = [(one["plan"]["number"], one["phase"]) for one in bodies(gateway)]
    assert sorted(woken) == [(7, "execute"), (7, "revert"), (8, "execute"), (8, "revert")]


@pytest.mark.parametrize(
    ("state", "seconds", "woken"),
    [("finished", 7_230, "revert"), ("idle", 7_229, "execute")],
    ids=["the other has ended", "the other is just due"],
)
def test_a_phase_is_woken_alone_where_nothing_is_late_with_the_other(
    gateway: Gateway, state: str, seconds: int, woken: str
) -> None:
    """What has ended is over, and what is just due may have its own message on its way."""
    kept(TURN, execute=Phase(at_s=SOON_S, state=PhaseState(state)))
    gateway.clock.move(seconds=seconds)

    assert wake() == 1
    assert [one["phase"] for one in bodies(gateway)] == [woken]


def test_a_plan_that_can_not_be_woken_keeps_none_from_it(gateway: Gateway) -> None:
    """Its trouble rings after all others were looked after."""
    for number in (7, 8, 9):
        kept(TURN, id=PlanId("acme", "stock", number))
    gateway.clock.move(seconds=3_630)

    with (
        answering("GetItem", None, refusal("AccessDeniedException")),
        pytest.raises(ClientError, match="AccessDeniedException"),
    ):
        wake()

    assert len(bodies(gateway)) == 2


def test_plans_that_are_named_and_gone_are_not_woken(gateway: Gateway) -> None:
    """The index is behind by moments."""
    kept(TURN)
    gateway.clock.move(seconds=100 * 86_400)

    assert wake() == 0
    assert bodies(gateway) == []
