"""The engine against models of it, through thousands of steps of everything that may happen.

The real rules and the real store run on AWS's services in memory; after every step the
engine must tell what a model of some hundred lines tells. A failure prints its seed, and
`python -m proof.model <machine> <seed>` plays it again and shrinks it to its steps.
"""

import io
import os
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout

from proof.results import Result

os.environ |= {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
}

# The package reads these when it is imported.
from tests.reference.playing import MACHINES, STEPS, play

RUNS, LENGTH, OF_A_SEED = 1_000, 50, 50
"""How many runs at least, of so many steps at most, and how many of them with one seed.

A run may end early, so there are more of them until they come to `RUNS * LENGTH` steps.
"""


def prove() -> Sequence[Result]:
    """Play every machine with fresh seeds."""
    return [_prove(name) for name in MACHINES]


def _prove(name: str) -> Result:
    runs = steps = calls = 0
    began = time.monotonic()
    seeds: list[int] = []
    happened: set[str] = set()
    while runs < RUNS or steps < RUNS * LENGTH:
        seed = int.from_bytes(os.urandom(3))
        seeds.append(seed)
        with redirect_stdout(io.StringIO()):  # the functions' metrics as well
            try:
                played = play(name, seed=seed, runs=OF_A_SEED, steps=LENGTH)
            except Exception:  # noqa: BLE001 (whatever it is, engine and model do not agree)
                traceback.print_exc()
                again = f"python -m proof.model {name} {seed}"
                return Result(what=_what(name), seen=f"not so: {again}", held=False)
        runs, steps = runs + played.runs, steps + played.compared
        calls += played.services.calls
        happened |= played.steps.keys()
    taken = time.monotonic() - began
    print(f"{name}: seeds {' '.join(map(str, seeds))}")
    rate = f"{steps / taken:.0f} steps and {calls / taken:.0f} calls to AWS a second"
    seen = f"{runs:,} runs, {steps:,} steps; {rate}"
    never = ", ".join(sorted(STEPS[name] - happened))
    return Result(what=_what(name), seen=seen + (never and f"; never: {never}"), held=not never)


def _what(name: str) -> str:
    return f"the engine does what the model says, after every step: {name}"


if __name__ == "__main__":
    named, given = sys.argv[1:]
    play(named, seed=int(given), runs=OF_A_SEED, steps=LENGTH, shrink=True)
