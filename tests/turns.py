"""Calls side by side, as functions in Lambda are, and yet the same way every time."""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from threading import Semaphore, local
from typing import Any

import pytest

from tests.engine.calls import on


@dataclass(slots=True)
class Turns:
    """Threads of which one runs at a time, and where it waits another goes on."""

    draw: Random
    alive: list[int]
    turns: Sequence[Semaphore]
    own: local = field(default_factory=local)

    def run[T](self, at: int, job: Callable[[], T]) -> T:
        """Do a job when its turn comes."""
        self.own.at = at
        self.turns[at].acquire()
        try:
            return job()
        finally:
            self.alive.remove(at)
            if self.alive:
                self.turns[self.draw.choice(self.alive)].release()

    def hand_over(self, **_: Any) -> None:
        """Let whoever is drawn go on."""
        following = self.draw.choice(self.alive)
        if following != self.own.at:
            self.turns[following].release()
            self.turns[self.own.at].acquire()

    def monotonic(self) -> float:
        """A clock that stands still: nobody loses patience with those whose turn it is not."""
        return 0.0

    def sleep(self, _seconds: float) -> None:
        """Wait for something that another does."""
        self.hand_over()


@contextmanager
def _waiting_for(turns: Turns) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, on("before-call", turns.hand_over):
        patch.setattr(sys.modules["batchgate.engine.exchange"], "time", turns)
        yield


def side_by_side[T](jobs: Sequence[Callable[[], T]], seed: int) -> Sequence[T]:
    """What these come to, where any may be anywhere while another calls AWS.

    Who goes on at each call is drawn from the seed.
    """
    numbers = range(len(jobs))
    turns = Turns(Random(seed), list(numbers), [Semaphore(0) for _ in numbers])
    with _waiting_for(turns), ThreadPoolExecutor(len(jobs)) as pool:
        futures = [pool.submit(turns.run, at, job) for at, job in enumerate(jobs)]
        turns.turns[0].release()
        return [future.result() for future in futures]
