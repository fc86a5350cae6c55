"""The engine against models of it, through thousands of steps of everything that may happen.

The real rules and the real store run on AWS's services in memory; after every step the
engine must tell what a model of some hundred lines tells. A failure prints its seed, and
`python -m proof.model <machine> <seed>` plays it again and shrinks it to its steps.
"""

import io
import os
import sys
import time
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
from tests.reference.playing import MACHINES, play

RUNS, STEPS, CHUNKS = 1_000, 50, 20
"""Runs of each machine, steps of each run, and how many seeds they are spread over."""


def prove() -> Sequence[Result]:
    """Play every machine with fresh seeds."""
    return [_prove(name) for name in MACHINES]


def _prove(name: str) -> Result:
    seeds = [int.from_bytes(os.urandom(3)) for _ in range(CHUNKS)]
    print(f"{name}: seeds {' '.join(map(str, seeds))}", flush=True)
    runs = steps = 0
    began = time.monotonic()
    for seed in seeds:
        try:
            with redirect_stdout(io.StringIO()):  # the functions' metrics
                played = play(name, seed=seed, runs=RUNS // CHUNKS, steps=STEPS)
        except AssertionError as failed:
            failed.add_note(f"python -m proof.model {name} {seed}")
            raise
        runs, steps = runs + played.runs, steps + sum(played.steps.values())
    taken = time.monotonic() - began
    seen = f"{runs:,} runs, {steps:,} steps, {steps / taken:.0f} a second, none told otherwise"
    return Result(what=f"engine and model agree: {name}", seen=seen, held=steps >= RUNS * STEPS / 2)


if __name__ == "__main__":
    named, given = sys.argv[1:]
    play(named, seed=int(given), runs=RUNS // CHUNKS, steps=STEPS, shrink=True)
