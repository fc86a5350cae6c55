"""A call waits for the phase that it began: soon told, and for no longer than its caller waits."""

from dataclasses import replace

import pytest

from batchgate import wiring
from batchgate.engine import phases
from batchgate.model import Phase, PhaseState, Plan
from tests.engine.planning import EXECUTE, SOON_S, kept, now
from tests.gateway import Gateway
from tests.retailing import Hourglass


class Waiting(Hourglass):
    """A clock that notes how long each pause is, and has something happen after some of them."""

    def __init__(self, after: int = 0) -> None:
        super().__init__()
        self.pauses: list[float] = []
        self._after = after

    def sleep(self, seconds: float) -> None:
        """Wait, and end the plan's phase after so many pauses."""
        super().sleep(seconds)
        self.pauses.append(seconds)
        if len(self.pauses) == self._after:
            plan = now()
            ended = plan.having(EXECUTE, state=PhaseState.FINISHED)
            assert wiring.plans().put(replace(ended, version=plan.version + 1))


def wait(monkeypatch: pytest.MonkeyPatch, plan: Plan, clock: Waiting) -> tuple[Plan, list[float]]:
    """The plan that a call tells which waits by this clock, and its pauses in seconds."""
    monkeypatch.setattr(phases, "time", clock)
    return phases.wait(plan, EXECUTE, wiring.plans()), clock.pauses


HALFWAY = Phase(at_s=SOON_S, state=PhaseState.EXECUTING, run="7.execute.1")


def test_a_call_sees_a_phase_end_soon_after_it_did(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most end in a moment: the first looks are quick ones."""
    after, pauses = wait(monkeypatch, kept(execute=HALFWAY), Waiting(after=3))

    assert after.execute.state is PhaseState.FINISHED
    assert pauses == pytest.approx([0.02, 0.032, 0.0512])


def test_a_call_waits_for_no_longer_than_its_caller_does(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told what is so far; API Gateway would tell it nothing."""
    plan = kept(execute=HALFWAY)

    after, pauses = wait(monkeypatch, plan, Waiting())

    assert after == plan
    assert (pauses[-1], len(pauses)) == (1.0, 26)
    assert 19 < sum(pauses) < 20


def test_a_call_does_not_wait_for_a_phase_that_is_idle(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was begun."""
    plan = kept()

    assert wait(monkeypatch, plan, Waiting()) == (plan, [])
