"""How the ledger comes out: what partners sent and were told, beside what is there in the end."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proof.book import Book, Place
from proof.results import Result

GIVEN_UP, MISSING = "g", "m"
"""Fates of rows that could not be worked, and of updates that therefore met no record."""


@dataclass(slots=True, kw_only=True)
class Account:
    """How the ledger comes out: rows, but for the last three.

    `failed`: acknowledged, and told as failed later. `recovered`: never acknowledged, and
    there. `lost`: acknowledged, not told as failed, and neither there nor replaced by what was
    sent later. `disordered`: those of them in whose place something older lies. `doubled`:
    counted more often than they were sent. `uncounted`: acknowledged or there, and in no batch's
    counts. `misjudged`: told as failed, and not because they could not be worked.
    `unbalanced`: batches whose counts are not those of their rows. `unheard`: batches noted as
    announced whose last counts no event told. `open`: batches and plans that have not ended.
    """

    attempts: int = 0
    acknowledged: int = 0
    failed: int = 0
    recovered: int = 0
    lost: int = 0
    disordered: int = 0
    unexpected: int = 0
    doubled: int = 0
    uncounted: int = 0
    misjudged: int = 0
    unbalanced: int = 0
    unheard: int = 0
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
            or self.uncounted
            or self.misjudged
            or self.unbalanced
            or self.unheard
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
            "acknowledged or there, and not counted": self.uncounted,
            "right, and told as wrong": self.misjudged,
            "batches whose counts do not close": self.unbalanced,
            "batches whose event did not arrive": self.unheard,
            "left open": self.open,
        }
        return [Result(what=what, seen=f"{seen:,}") for what, seen in told.items()] + [
            Result(what=what, seen=f"{seen:,}", held=not seen) for what, seen in broken.items()
        ]


def compare(book: Book, found: Mapping[str, Any]) -> Account:
    """Hold what was sent and told against what is there.

    Args:
        book: what the partners noted.
        found: what `tables.read` gives, once everything has ended, and the details of all events
            that came (`heard`).
    """
    account = Account(attempts=book.rows, acknowledged=sum(map(len, book.acknowledged.values())))
    told_failed = _told_as_failed(found["failed"])
    _judge(account, found["failed"])
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
    _listen(account, found)
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


def _judge(account: Account, failed: Iterable[tuple[str, str, str, str, str]]) -> None:
    """Partners of a proof send nothing wrong: only what is given up may fail, and its updates."""
    fates: dict[Place, Counter[str]] = defaultdict(Counter)
    for partner, feed, key, _, fate in failed:
        fates[partner, feed, key][fate] += 1
    for place, told in fates.items():
        excused = told[GIVEN_UP] + (told[MISSING] if told[GIVEN_UP] else 0)
        if wrong := told.total() - excused:
            account.misjudged += wrong
            account.examples.append(f"misjudged {place}: {dict(told)}")


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
    known = Counter[tuple[str, str]]()
    for (partner, feed, _), versions in book.acknowledged.items():
        known[partner, feed] += len(versions)
    live = Counter((partner, feed) for partner, feed, *_ in found["records"])
    # What was given up may have been written all the same, and is unchanged when corrected.
    excused = Counter((partner, feed) for partner, feed, *_ in found["failed"])
    accepted, inserted, written = (Counter[tuple[str, str]]() for _ in range(3))
    for one in found["batches"]:
        of, tally = (one["partner"], one["feed"]), one["tally"]
        closes = one["accepted"] == sum(tally.values()) + one["pending"]
        account.unbalanced += not (closes and tally == one["outcomes"])
        excused[of] += tally["unchanged"] if one["corrections"] else 0
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
        under = known[of] - accepted[of], live[of] - inserted[of] - excused[of]
        account.doubled += max(0, *over)
        account.uncounted += max(0, *under)
        if max(over) > 0:
            account.examples.append(f"doubled {of}: {over}")
        if max(under) > 0:
            account.examples.append(f"uncounted {of}: {under}")
    numbers = Counter(number for *_, number in found["records"] if number)
    account.doubled += sum(count - 1 for count in numbers.values())
    plans = {(partner, number) for partner, number, _ in found["plans"]}
    account.unexpected += len(plans - book.plans)
    account.lost += len(book.plans - plans)
    states = Counter(state for *_, state in found["plans"])
    account.open += states["idle"] + states["executing"]


def _listen(account: Account, found: Mapping[str, Any]) -> None:
    """Of every batch that is announced, one event at least has what it counts in the end."""
    heard = defaultdict(list)
    for event in found["heard"]:
        heard[event["partner"], event["feed"], event["batch"]].append(event)
    for one in found["batches"]:
        name = one["partner"], one["feed"], one["batch"]
        last = {"rows": one["accepted"], **one["tally"]}
        if one["announced"] and not any(last.items() <= event.items() for event in heard[name]):
            account.unheard += 1
            account.examples.append(f"unheard {name}: {last}, not {heard[name]}")
