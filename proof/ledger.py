"""The ledger of truth under a matrix of faults: what partners were told is what is there.

Eight partners send on all four contracts while calls of the functions to AWS fail and
functions are killed. When that is over and all has ended, what was sent and acknowledged
is compared with the tables, row by row.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from local.listener import Listener
from local.progress import say, step
from local.stack import Stack
from proof import tables
from proof.account import Account, compare
from proof.book import Book
from proof.crowd import crowd
from proof.faults import FAULTS, SERVICES, Kills, Proxy, Unreliable, killing, rule, unreliable
from proof.results import Result
from proof.sending import start

ROWS = 100_000
"""How many rows are sent at least."""
WINDOW_S = 30.0
KILL_EVERY_S = 6.0
ANSWER_S, DRAIN_S = 300.0, 1_200.0
"""How long partners may take to their last answer, and the gateway to its last outcome."""


type Pair = tuple[str, str]
"""A service and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What goes wrong for a while, and how probably for each call."""

    seconds: float
    probability: float
    pairs: Sequence[Pair]

    @property
    def rules(self) -> Sequence[Mapping[str, Any]]:
        """As the proxy wants to be told."""
        return [rule(*pair, self.probability) for pair in self.pairs]

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.probability}: " + ", ".join(f"{one} {fault}" for one, fault in self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How partners send: requests of so many rows, until all have sent their quota.

    Proposals that have a time have one in `soon_s`.
    """

    quota: int
    rows: int
    pause_s: float
    soon_s: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run came to."""

    account: Account
    book: Book
    disturbed: Counter[Pair]
    calls: int
    killed: Counter[str]
    answered_s: float
    """From the end of the faults to the last answer; and from there to the last outcome."""
    drained_s: float
    seconds: float


def matrix(window_s: float = WINDOW_S) -> Iterator[Window]:
    """Every fault with every service, at each probability, for so long.

    At 0.1 and 0.3 all services are disturbed at once, each in another way, so that five
    windows hold all pairs. At 1.0 DynamoDB is out alone, as without it no function comes to
    call another service, and between that the three others at once.
    """
    for probability, groups in (
        (0.1, (SERVICES,)),
        (0.3, (SERVICES,)),
        (1.0, (SERVICES[:1], SERVICES[1:])),
    ):
        for turn in range(len(FAULTS)):
            for together in groups:
                pairs = [
                    (service, FAULTS[(turn + at) % len(FAULTS)])
                    for at, service in enumerate(together)
                ]
                yield Window(seconds=window_s, probability=probability, pairs=pairs)


def run(
    place: Unreliable,
    windows: Sequence[Window],
    load: Load,
    *,
    kills: Kills,
    drain_s: float,
    ahead_s: int = 0,
) -> Run:
    """Send while all this goes wrong, wait until all has ended, and compare.

    The sweep that helps to end it is one of so many seconds later (`ahead_s`).
    """
    stack, proxy = place.stack, place.proxy
    book, over, began, listener = Book(), Event(), time.monotonic(), Listener(stack)
    senders = crowd(stack, book, rows=load.rows, pause_s=load.pause_s, soon_s=load.soon_s)
    threads = start(senders, over, load.quota)
    while len(book.answered) < len(senders):
        if time.monotonic() - began > ANSWER_S:
            raise TimeoutError("not every partner got an answer before anything went wrong")
        time.sleep(0.1)
    disturbed: Counter[Pair] = Counter()
    with killing(place.emulator, kills) as killed:
        for window in windows:
            disturbed += disturb(proxy, window)
            say(f"    {window.name}: {book.rows:,} rows, {sum(killed.values())} killed")
    proxy.do()
    over.set()
    calm = time.monotonic()
    until = calm + ANSWER_S
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    for sender in senders:
        sender.stop()
    answered = time.monotonic()
    drain(stack, book.feeds, drain_s, ahead_s)
    drained_s = time.monotonic() - answered
    _, calls = proxy.seen()
    found = {**tables.read(stack, book.feeds), "heard": listener.hear()}
    return Run(
        account=compare(book, found),
        book=book,
        disturbed=disturbed,
        calls=calls,
        killed=killed,
        answered_s=answered - calm,
        drained_s=drained_s,
        seconds=time.monotonic() - began,
    )


def disturb(proxy: Proxy, window: Window) -> Counter[Pair]:
    """Have this go wrong for as long as it says; how many calls it met."""
    before, _ = proxy.seen()
    proxy.do(*window.rules)
    time.sleep(window.seconds)
    after, _ = proxy.seen()
    return Counter({pair: after[pair[0]] - before[pair[0]] for pair in window.pairs})


def drain(stack: Stack, feeds: Sequence[tuple[str, str]], seconds: float, ahead_s: int) -> None:
    """Sweep until nothing is left to do, or so many seconds have passed."""
    deadline = time.monotonic() + seconds
    told: Sequence[str] = []
    while (left := tables.left(stack, feeds)) and time.monotonic() < deadline:
        if left != told:
            say(f"    waits for {', '.join(left)}"[:120])
        told = left
        if ahead_s:
            tables.sweep(stack, ahead_s)
        stack.client("lambda").invoke(FunctionName=stack.outputs["Sweep"], Payload=b"{}")
        time.sleep(min(5.0, seconds / 10))


def prove() -> Sequence[Result]:
    """The long run."""
    with (
        tempfile.TemporaryDirectory() as folder,
        unreliable(Path(folder)) as place,
        step("Send through every fault"),
    ):
        done = run(
            place,
            list(matrix()),
            Load(quota=ROWS, rows=500, pause_s=6.0),
            kills=Kills(every_s=KILL_EVERY_S),
            drain_s=DRAIN_S,
        )
    return results(done, ROWS)


def results(done: Run, rows: int) -> list[Result]:
    """A run as rows of the proof's table; it proves nothing unless it sent so many."""
    for example in done.account.examples[:20]:
        say(f"    {example}")
    for refusal in done.book.refusals[:20]:
        say(f"    refused: {refusal[:300]}")
    pairs = done.disturbed
    return [
        Result(what="partners' calls by answer", seen=told(done.book.calls)),
        Result(
            what=f"at least {rows:,} rows were sent, and nine of ten acknowledged",
            seen=f"{done.account.attempts:,}, {done.account.acknowledged:,}",
            held=done.account.attempts >= rows
            and done.account.acknowledged >= done.account.attempts * 0.9,
        ),
        Result(
            what="calls to AWS", seen=f"{done.calls:,}, of which {pairs.total():,} were disturbed"
        ),
        *(
            Result(
                what=f"{service}'s calls disturbed, each way at least once",
                seen=told(Counter({fault: pairs[service, fault] for fault in FAULTS})),
                held=all(pairs[service, fault] for fault in FAULTS),
            )
            for service in SERVICES
        ),
        Result(what="functions killed", seen=told(done.killed), held=bool(done.killed["Worker"])),
        Result(what="last answer after the faults", seen=f"{done.answered_s:.0f} s"),
        Result(what="last outcome after that", seen=f"{done.drained_s:.0f} s"),
        Result(
            what="refusals that no honest client should get",
            seen=f"{len(done.book.refusals)}",
            held=not done.book.refusals,
        ),
        *done.account.results(),
    ]


def told(counts: Counter[str]) -> str:
    """Counts by name, the most frequent first."""
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common() if count) or "none"
