"""A partner who sends without pause, and notes all that it is told.

Each sends one request after the other, and sends what was not answered again by its
contract's rules until it is. Some keys come only once, others in every request with a
number that grows, so that it shows if an older one wins.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from random import Random
from threading import Event, Thread

import httpx

from proof.book import Book

HOT = 20
"""How many keys come in every request."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 3.0


class Sender(ABC):
    """A partner that sends requests of so many rows, a pause between them."""

    feed = ""
    _client: AbstractContextManager[object]

    def __init__(self, name: str, book: Book, *, rows: int, pause_s: float, seed: int) -> None:
        self.name = name
        self.pause_s = pause_s
        self._rows = rows
        self._book = book
        self._chance = Random(seed)
        self._gave_up = Event()

    def run(self, over: Event, quota: int) -> None:
        """Send until it is over, and all together have sent so many rows at least."""
        round_ = 0
        with self._client:
            while not self._gave_up.is_set() and (not over.is_set() or self._book.rows < quota):
                round_ += 1
                try:
                    self.send(round_)
                except Refused as refused:
                    self._book.refuse(f"{self.name}: {refused}")
                except Exception as error:  # noqa: BLE001 (a silent sender would prove nothing)
                    self._book.refuse(f"{self.name}: {error!r}")
                    return
                over.wait(self._chance.uniform(0.5, 1.5) * self.pause_s)

    def stop(self) -> None:
        """Give up what is not answered yet."""
        self._gave_up.set()

    @abstractmethod
    def send(self, round_: int) -> None:
        """Send one request, or several that belong together."""

    def _keys(self, round_: int) -> tuple[list[int], list[int]]:
        """The keys that come with this request only, and those that come with each."""
        fresh = range(round_ * 100_000, round_ * 100_000 + self._rows - HOT)
        return list(fresh), list(range(HOT))

    def _until(
        self, call: Callable[[], httpx.Response], settled: Callable[[httpx.Response], bool]
    ) -> httpx.Response | None:
        """The answer to a call that is made until it settles the matter, or nothing."""
        pause = FIRST_PAUSE_S
        while not self._gave_up.is_set():
            answer = self._call(call)
            if answer is not None and settled(answer):
                return answer
            time.sleep(self._chance.uniform(0.5, 1.0) * pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
        return None

    def _call(self, call: Callable[[], httpx.Response]) -> httpx.Response | None:
        try:
            answer = call()
        except httpx.HTTPError as error:
            self._book.call(type(error).__name__)
            return None
        self._book.call(str(answer.status_code))
        return answer


class Refused(Exception):
    """An answer that no honest client should get."""


def passing(answer: httpx.Response) -> bool:
    """Whether the same call may go through later."""
    return answer.status_code == 429 or answer.status_code >= 500


def start(senders: Sequence[Sender], over: Event, quota: int) -> Sequence[Thread]:
    """Have them all send, until it is over and they have sent so many rows."""
    threads = [Thread(target=one.run, args=(over, quota), daemon=True) for one in senders]
    for thread in threads:
        thread.start()
    return threads
