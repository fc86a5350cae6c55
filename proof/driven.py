"""The engine, driven as Lambda drives it, in a process of its own, on a stack's tables.

Workers side by side are fed by a queue that keeps a group in order, hands it to one
worker at a time, and takes the groups that wait in turn, as SQS FIFO does. The emulator's
own trigger hands out one batch of messages at a time.
"""

import json
import sys
import time
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Condition, Thread

from batchgate import aws, engine, telemetry, wiring
from batchgate.contracts.push import calls, datasets
from batchgate.http import Request
from batchgate.model import Account, BatchId, Due, Item, Operation, Part, Slice
from local import inside
from local.stack import Stack
from proof.rows import sequence

FEED = "odm/master_data"
PART = 500
SMALL = 10
WAIT_S = 1_200.0
HANDED = 10
"""How many messages of a FIFO queue Lambda hands to a worker at most."""


def neighbours(stack: Stack, *, rows: int, workers: int) -> Mapping[str, float]:
    """How long a small batch waits beside a large one of so many rows of another partner.

    Waits in seconds (`alone_s`, `beside_s`, `large_s`), and slices of the large batch:
    `ended` of its `slices` had ended when the small one had.
    """
    return _told(stack, "beside", rows=rows, workers=workers)


def shuffled(stack: Stack, *, sequences: int, rows: int, workers: int) -> Mapping[str, float]:
    """Sequences of so many rows, accepted in any order and each twice.

    What the batch counts: `accepted`, `inserted`, `pending`; how many sequences were found
    to be `repeated`, and how many `seconds` it took.
    """
    return _told(stack, "twice", sequences=sequences, rows=rows, workers=workers)


def _told(stack: Stack, what: str, **given: int) -> Mapping[str, float]:
    told: Mapping[str, float] = inside.run(stack, "proof.driven", {what: given})
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
        keys = list(range(start, min(start + PART, rows)))
        Random(start).shuffle(keys)  # see `proof.rows`
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
    """When a batch has ended (monotonic, s); `TimeoutError` if a worker must have died."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        standing = wiring.lookups().standing(batch)
        if standing is not None and standing.done:
            return time.monotonic()
        time.sleep(0.01)
    raise TimeoutError(batch)


def prepare() -> None:
    """Make ready for more than one thread."""
    for name in ("count", "seconds"):
        # A function in Lambda has one thread: metrics are not made for more.
        setattr(telemetry, name, _uncounted)
    # Clients are built before there are threads: botocore's first is not safe to share.
    wiring.batches(), wiring.records(), wiring.plans(), wiring.events()
    for service in ("dynamodb", "events"):
        aws.client(service)


def begin(queue: Groups, workers: int) -> None:
    """Have so many workers work off what comes into a queue."""
    for _ in range(workers):
        Thread(target=work_off, args=(queue,), daemon=True).start()


def _uncounted(*_: object, **__: object) -> None:
    """Count nothing."""


def beside(rows: int, workers: int) -> Mapping[str, float]:
    """See `neighbours`."""
    queue = Groups()
    prepare()
    large = accept("large", rows, queue)
    slices = len(queue)
    began = time.monotonic()
    begin(queue, workers)
    small = accept("small", SMALL, queue)
    beside_s = ended(small) - began
    before = sum(one.batch == large for one in list(queue.ended))
    large_s = ended(large) - began
    began = time.monotonic()
    alone_s = ended(accept("alone", SMALL, queue)) - began
    return {
        "alone_s": alone_s,
        "beside_s": beside_s,
        "large_s": large_s,
        "slices": slices,
        "ended": before,
    }


def twice(sequences: int, rows: int, workers: int) -> Mapping[str, float]:
    """See `shuffled`."""
    queue = Groups()
    order = [*range(sequences), *range(sequences)]
    Random(11).shuffle(order)
    prepare()
    began = time.monotonic()
    begin(queue, workers)

    def take(at: int) -> bool:
        part = read(at, rows, sequences * rows)
        return engine.accept(part, wiring.batches(), queue, wiring.clock).repeated

    with ThreadPoolExecutor(workers) as pool:
        repeated = sum(pool.map(take, order))
    batch = BatchId("twice", FEED, "LARGE")
    seconds = ended(batch) - began
    standing = wiring.lookups().standing(batch)
    if standing is None:
        raise RuntimeError("the batch is gone")
    return {
        "accepted": standing.accepted,
        "inserted": standing.tally.inserted,
        "pending": standing.pending,
        "repeated": repeated,
        "seconds": seconds,
    }


def read(at: int, rows: int, total: int) -> Part:
    """The part that row push reads from a sequence."""
    data_set = datasets.find("odm", "master_data")
    if data_set is None:
        raise RuntimeError("odm/master_data is not declared")
    body = json.dumps(sequence("LARGE", at, rows, total)).encode()
    request = Request(headers={}, query=[], body=body, correlation_id="", method="POST")
    account = Account(partner="twice", disabled=False, contracts=frozenset({"push"}), keys={})
    return calls.read(request, account, data_set)[0]


def main() -> None:
    """Do what is asked on the standard input, and print what it came to."""
    given = json.load(sys.stdin)
    told = twice(**given["twice"]) if "twice" in given else beside(**given["beside"])
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
