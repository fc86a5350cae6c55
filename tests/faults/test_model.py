"""Engine and model, through all that may happen, in short; `make proof` plays it at length."""

import pytest

from tests.reference.playing import MACHINES, STEPS, play


@pytest.mark.parametrize("machine", MACHINES)
def test_the_engine_does_what_the_model_says(machine: str) -> None:
    """Thirty runs that are the same every time, in which everything happens."""
    played = play(machine, seed=3, runs=30, steps=30)

    assert played.steps.keys() == STEPS[machine]
    assert played.runs >= 30
    assert played.compared > 300


@pytest.mark.parametrize("machine", MACHINES)
def test_tables_in_memory_answer_as_moto_does(machine: str) -> None:
    """Every call of some runs goes to both: what the model was compared on is no other DynamoDB."""
    played = play(machine, seed=2, runs=6, steps=15, witnessed=True)

    assert played.services.witness is not None
    assert played.services.witness.asked.total() > 300
