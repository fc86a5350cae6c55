"""How long a small batch waits beside a large one of another partner.

The engine is driven as Lambda drives it, in a process of its own, on a stack's tables:
workers side by side, fed by a queue that keeps a group in order, hands it to one worker
at a time, and takes the groups that wait in turn, as SQS FIFO does. The emulator's own
trigger works one group after the other, so it can't show this.
"""

import json
import sys
import time
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from threading import Condition, Thread
from typing import Any

from batchgate import engine, wiring
from batchgate.model import BatchId, Due, Item, Operation, Part, Slice
from local import inside
from local.stack import Stack

FEED = "odm/master_data"
PART = 500
SMALL = 10
HANDED = 10
"""How many messages of a FIFO queue Lambda hands to a worker at most."""


def measure(stack: Stack, *, rows: int, workers: int) -> Mapping[str, float]:
    """Waits in seconds (`alone_s`, `beside_s`, `large_s`), and slices of the large batch.

    `ended` of its `slices` had ended when the small one had.
    """
    told: Mapping[str, float] = inside.run(
        stack, "proof.fairness", {"rows": rows, "workers": workers}
    )
    return told


class Groups:
    """A queue in this process: groups in order, side by side, and in turn."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Slice]] = defaultdict(deque)
        self._ready: deque[str] = deque()
        self._busy: set[str] = set()
        self._changed = Condition()
        self.ended: list[Slice] = []

    def send(self, work: Sequence[Slice | Due]) -> None:
        """Put slices into their groups."""
        with self._changed:
            for one in work:
                if isinstance(one, Slice):
                    self._waiting[one.group].append(one)
                    self._offer(one.group)
            self._changed.notify_all()

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def take(self) -> list[Slice]:
        """The first slices of the group whose turn it is, which is then nobody else's."""
        with self._changed:
            while not self._ready:
                self._changed.wait()
            group = self._ready.popleft()
            self._busy.add(group)
            waiting = self._waiting[group]
            return [waiting.popleft() for _ in range(min(HANDED, len(waiting)))]

    def done(self, slices: Sequence[Slice]) -> None:
        """Let the group have its turn again, behind all others that wait."""
        with self._changed:
            self.ended += slices
            self._busy.discard(slices[0].group)
            self._offer(slices[0].group)
            self._changed.notify_all()

    def _offer(self, group: str) -> None:
        if self._waiting[group] and group not in self._busy and group not in self._ready:
            self._ready.append(group)


def work_off(queue: Groups) -> None:
    """Work slices as the worker's function does, for ever."""
    while True:
        slices = queue.take()
        desk = engine.Desk(wiring.batches(), wiring.records())
        desk.expect(slices)
        for work in slices:
            desk.work(work)
        engine.settle(
            slices[0].batch,
            wiring.batches(),
            wiring.plans(),
            queue,
            wiring.events(),
            wiring.clock,
        )
        queue.done(slices)


def accept(partner: str, rows: int, queue: Groups) -> BatchId:
    """Have a partner's rows accepted as one batch."""
    batch = BatchId(partner, FEED, "1")
    for start in range(0, rows, PART):
        keys = range(start, min(start + PART, rows))
        part = Part(
            batch=batch,
            name=str(start),
            method="POST",
            declared=rows,
            items=[Item(f"PN{at:08}", Operation.INSERT, b'{"QTY":"1"}') for at in keys],
            shards=2,
        )
        engine.accept(part, wiring.batches(), queue, wiring.clock)
    return batch


def ended(batch: BatchId) -> float:
    """When a batch has ended (monotonic, s)."""
    while True:
        standing = wiring.lookups().standing(batch)
        if standing is not None and standing.done:
            return time.monotonic()
        time.sleep(0.01)


def main() -> None:
    """Measure, and print."""
    given = json.load(sys.stdin)
    queue = Groups()
    large = accept("large", given["rows"], queue)
    slices = len(queue)
    # Clients are built before there are threads: botocore's first is not safe to share.
    wiring.records(), wiring.events()
    began = time.monotonic()
    for _ in range(given["workers"]):
        Thread(target=work_off, args=(queue,), daemon=True).start()
    small = accept("small", SMALL, queue)
    beside_s = ended(small) - began
    before = sum(one.batch == large for one in list(queue.ended))
    large_s = ended(large) - began
    began = time.monotonic()
    alone_s = ended(accept("alone", SMALL, queue)) - began
    told: dict[str, Any] = {
        "alone_s": alone_s,
        "beside_s": beside_s,
        "large_s": large_s,
        "slices": slices,
        "ended": before,
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
