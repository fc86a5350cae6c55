"""The ledger of truth: what partners sent and were told."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from threading import Lock

type Place = tuple[str, str, str]
"""A partner, a feed, and a key as the records' table has it."""


class Book:
    """What was attempted and what was acknowledged, by key.

    Whatever is sent has a version, which its content carries: for each key a number that
    grows with every row that is sent, one row after the other.
    """

    def __init__(self) -> None:
        self.attempted: dict[Place, set[int]] = defaultdict(set)
        self.acknowledged: dict[Place, set[int]] = defaultdict(set)
        self.again: Counter[tuple[str, str]] = Counter()
        self.plans: set[tuple[str, int]] = set()
        self.calls: Counter[str] = Counter()
        self.refusals: list[str] = []
        self._lock = Lock()

    def attempt(self, partner: str, feed: str, rows: Mapping[str, int]) -> None:
        """Note rows before they are sent for the first time."""
        with self._lock:
            for key, version in rows.items():
                self.attempted[partner, feed, key].add(version)

    def repeat(self, partner: str, feed: str, rows: int) -> None:
        """Note that rows were sent again where the contract takes each time as one of its own.

        Their batch may count them as often; they may take effect only once.
        """
        with self._lock:
            self.again[partner, feed] += rows

    def acknowledge(self, partner: str, feed: str, rows: Mapping[str, int]) -> None:
        """Note rows that the gateway has taken, by its contract's word."""
        with self._lock:
            for key, version in rows.items():
                self.acknowledged[partner, feed, key].add(version)

    def call(self, outcome: str) -> None:
        """Count a call by how it was answered."""
        with self._lock:
            self.calls[outcome] += 1

    def refuse(self, told: str) -> None:
        """Note an answer that no honest client should get."""
        with self._lock:
            self.refusals.append(told)

    @property
    def answered(self) -> set[str]:
        """The partners who had something acknowledged."""
        with self._lock:
            return {partner for partner, *_ in self.acknowledged}

    @property
    def feeds(self) -> list[tuple[str, str]]:
        """The feeds that something was sent to."""
        return sorted({(partner, feed) for partner, feed, _ in self.attempted})

    @property
    def rows(self) -> int:
        """How many rows were sent, each counted once."""
        with self._lock:
            return sum(map(len, self.attempted.values()))
