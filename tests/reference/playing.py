"""Playing the machines: so many runs of so many steps, drawn from a seed."""

from collections.abc import Mapping

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import RuleBasedStateMachine, get_state_machine_test

from tests.memory.gateway import in_memory
from tests.reference.machine import BatchMachine
from tests.reference.timing import PlanMachine
from tests.reference.world import World

MACHINES: Mapping[str, type[RuleBasedStateMachine]] = {
    "batches": BatchMachine,
    "plans": PlanMachine,
}

STEPS: Mapping[str, frozenset[str]] = {
    "batches": frozenset(
        {
            *("push", "push more", "push and die", "hang", "come to", "replace", "too large"),
            *("duplicate", "conflict", "late duplicate", "late conflict", "correct", "replay"),
            *("work", "work and die", "doubled", "dead letter", "give up", "sweep"),
            *("refuse", "wait", "expire"),
        }
    ),
    "plans": frozenset(
        {
            *("create", "create and die", "give details", "move", "cancel", "expire"),
            *("live", "live and die", "fire early", "lose", "sweep"),
        }
    ),
}
"""What may happen: nothing is proven of a step that no run has taken."""


def play(
    name: str,
    *,
    seed: int,
    runs: int,
    steps: int,
    shrink: bool = False,
    witnessed: bool = False,
) -> World:
    """Play a machine, shrink what fails or not, with moto as a witness or without.

    Gives how many runs and steps it came to.

    Raises:
        AssertionError: engine and model did not agree.
    """
    how = settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.normal,
    )
    with in_memory(witnessed=witnessed) as (gateway, services):
        world = World(gateway, services)
        machine = type(name, (MACHINES[name],), {"world": world})
        hypothesis.seed(seed)(get_state_machine_test(machine, settings=how))()
    return world
