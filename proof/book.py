"""The ledger of truth: what partners sent and were told, beside what is there in the end."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from proof.results import Result

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


@dataclass(slots=True, kw_only=True)
class Account:
    """How the ledger comes out: rows, but for `unbalanced` and `open`.

    `failed`: acknowledged, and told as failed later. `recovered`: never acknowledged, and
    there. `lost`: acknowledged, not told as failed, and neither there nor replaced by what was
    sent later. `disordered`: those of them in whose place something older lies. `doubled`:
    counted more often than they were sent. `open`: batches and plans that have not ended.
    """

    attempts: int = 0
    acknowledged: int = 0
    failed: int = 0
    recovered: int = 0
    lost: int = 0
    disordered: int = 0
    unexpected: int = 0
    doubled: int = 0
    unbalanced: int = 0
    open: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Whether nothing was lost, invented, doubled, miscounted or left behind."""
        return not (
            self.lost
            or self.disordered
            or self.unexpected
            or self.doubled
            or self.unbalanced
            or self.open
        )

    def results(self) -> list[Result]:
        """The account as rows of the proof's table."""
        told = {
            "rows attempted": self.attempts,
            "rows acknowledged": self.acknowledged,
            "acknowledged, then told as failed": self.failed,
            "recovered: never acknowledged, yet there": self.recovered,
        }
        broken = {
            "lost": self.lost,
            "in the wrong order": self.disordered,
            "unexpected": self.unexpected,
            "doubled": self.doubled,
            "batches whose counts do not close": self.unbalanced,
            "left open": self.open,
        }
        return [Result(what=what, seen=f"{seen:,}") for what, seen in told.items()] + [
            Result(what=what, seen=f"{seen:,}", held=not seen) for what, seen in broken.items()
        ]


def compare(book: Book, found: Mapping[str, Any]) -> Account:
    """Hold what was sent and told against what is there.

    Args:
        book: what the partners noted.
        found: what `tables.read` gives, once everything has ended.
    """
    account = Account(attempts=book.rows, acknowledged=sum(map(len, book.acknowledged.values())))
    told_failed = _told_as_failed(found["failed"])
    there = {
        (partner, feed, key): version(feed, content)
        for partner, feed, key, content, _ in found["records"]
    }
    for place, versions in book.attempted.items():
        _hold(account, place, there.get(place), versions, book, told_failed[place])
    for place in there.keys() - book.attempted.keys():
        account.unexpected += 1
        account.examples.append(f"unexpected {place}")
    _count(account, book, found)
    return account


def version(feed: str, content: str) -> int:
    """The version that a record's content carries."""
    fields = json.loads(content)
    match feed:
        case "portfolio":
            return int(fields[0][1])
        case "card":
            return int(float(fields["amount"]))
        case "listing":
            return int(fields["proposal"])
        case _:
            return int(fields["QTY"])


def _told_as_failed(rows: Iterable[tuple[str, str, str, str, str]]) -> dict[Place, set[int]]:
    failed: dict[Place, set[int]] = defaultdict(set)
    for partner, feed, key, content, _fate in rows:
        failed[partner, feed, key].add(version(feed, content))
    return failed


def _hold(
    account: Account,
    place: Place,
    seen: int | None,
    versions: set[int],
    book: Book,
    told_failed: set[int],
) -> None:
    acknowledged = book.acknowledged.get(place, set())
    account.failed += len(acknowledged & told_failed)
    least = max(acknowledged - told_failed, default=None)
    if seen is not None and seen not in versions:
        account.unexpected += 1
        account.examples.append(f"unexpected {place}: {seen}")
    elif seen is not None and seen not in acknowledged:
        account.recovered += 1
    # What was never answered may take effect at any time, also after what came later.
    late = seen in acknowledged or seen not in versions
    if least is not None and (seen is None or (late and seen < least)):
        account.lost += 1
        account.disordered += seen is not None
        account.examples.append(f"lost {place}: {least}, there is {seen}")


def _count(account: Account, book: Book, found: Mapping[str, Any]) -> None:
    """Counts: each batch's must close, and none may count more than was sent."""
    sent = Counter[tuple[str, str]]()
    for (partner, feed, _), versions in book.attempted.items():
        sent[partner, feed] += len(versions)
    live = Counter((partner, feed) for partner, feed, *_ in found["records"])
    accepted, inserted, written = (Counter[tuple[str, str]]() for _ in range(3))
    for one in found["batches"]:
        of, tally = (one["partner"], one["feed"]), one["tally"]
        account.unbalanced += one["accepted"] != sum(tally.values()) + one["pending"]
        account.open += one["pending"] != 0 or not one["completed"]
        accepted[of] += one["accepted"]
        inserted[of] += tally["inserted"] - tally["removed"]
        written[of] += tally["inserted"] + tally["updated"]
    for of in sent:
        over = (
            accepted[of] - sent[of] - book.again[of],
            inserted[of] - live[of],
            written[of] - sent[of],
        )
        account.doubled += max(0, *over)
        if max(over) > 0:
            account.examples.append(f"doubled {of}: {over}")
    numbers = Counter(number for *_, number in found["records"] if number)
    account.doubled += sum(count - 1 for count in numbers.values())
    plans = {(partner, number) for partner, number, _ in found["plans"]}
    account.unexpected += len(plans - book.plans)
    account.lost += len(book.plans - plans)
    states = Counter(state for *_, state in found["plans"])
    account.open += states["idle"] + states["executing"]
