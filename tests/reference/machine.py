"""Everything that may happen to batches, in any order, on the engine and on the model of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count, product
from typing import Any

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from batchgate import engine, queue, wiring
from batchgate.engine import replay
from batchgate.errors import BatchMismatch, ContentConflict
from batchgate.engine.audit import HOUR_US
from batchgate.model import BatchId, Item, Operation, Part, Record, Slice, Tally, shard
from batchgate.store.packing import unpack_record
from tests.faults.dying import Fault, dies
from tests.gateway import Gateway
from tests.memory.services import DEAD, WORK, Services
from tests.reference.world import NEVER, World, deaths, seldom, which
from tests.reference.batches import GOOD, OURS, SHARDS, Batch, Coming, Held, Model, Piece

FEED = "stock"
OWNERS = ("acme", "other")
KEYS = ("a", "b", "c", "d", "e", "f")
REVISIONS = 10
LASTS_US = 25_000_000
"""How long a function that hangs may live: API Gateway gives up after 29 s."""


def _item(key: str, operation: str, content: dict[str, Any]) -> Item:
    removes = operation in "rd"
    return Item(key, Operation(operation), b"" if removes else orjson.dumps(content))


CONTENTS: Sequence[dict[str, Any]] = ({"n": 1}, {"n": 2}, {"m": 1, "n": 1})
EVERY_ITEM = [
    *(_item(key, kind, content) for key, kind, content in product(KEYS, "iupm", CONTENTS)),
    *(_item(key, "m", {"m": None}) for key in KEYS),
    *(_item(key, kind, {}) for key, kind in product(KEYS, "rd")),
    *(Item(key, Operation.UPSERT, b"{}", fault="no") for key in ("", *KEYS)),
]

items = st.lists(st.sampled_from(EVERY_ITEM), min_size=1, max_size=6)
owners = st.sampled_from(OWNERS)


class BatchMachine(RuleBasedStateMachine):
    """Batches of two partners' feeds: what is told of them is what the model says."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.names = count(1)
        self.hung: list[tuple[int, Sequence[Slice]]] = []
        self.handed: list[dict[str, Any]] = []
        self.touched: set[Batch] = set()
        self.completions: dict[str, int] = {}
        self.heard: dict[str, int] = {}
        self.deaths = 0
        self.gateway, self.services = self.world.gateway, self.world.services

    @property
    def now(self) -> int:
        """The time."""
        return self.gateway.clock.now_us

    def later(self, seconds: float = 1) -> None:
        """Let time pass."""
        self.gateway.clock.move(seconds=seconds)

    def dying(self, death: int, function: Any) -> tuple[Fault, Any]:
        """Call a function that dies at a call, or lives; what it came to."""
        found: list[Any] = []
        fault = dies(death or NEVER, lambda: found.append(function()))
        self.deaths += bool(fault.hit)
        return fault, found[0] if found else None

    @initialize(page=st.sampled_from([2, 3, 1_000]), clear_us=st.sampled_from([-1, 10_000_000]))
    def begin(self, page: int, clear_us: int) -> None:
        """Nothing is there; a step of clearing takes a page, or all."""
        self.world.begin(page)
        engine.CLEAR_US = clear_us

    # -------------------------------------------------------------- accepting

    def part_of(
        self, batch: Batch, name: str, given: Sequence[Item], contents: bool = False
    ) -> Part:
        """A part of a batch."""
        return Part(
            batch=BatchId(batch.owner, FEED, batch.name),
            name=name,
            method="PATCH" if batch.replaces else "PUT",
            declared=batch.declared,
            items=given,
            shards=SHARDS,
            numbered=batch.owner == "acme",
            replaces=batch.replaces,
            contents=contents or any(one.operation is Operation.MERGE for one in given),
        )

    def exchange(self, part: Part, death: int) -> tuple[Fault, Any]:
        """Push a part and wait for nobody."""

        def push() -> Any:
            try:
                return engine.exchange(
                    part,
                    wiring.batches(),
                    wiring.queue(),
                    wiring.clock,
                    revisions=REVISIONS,
                    patience_s=0,
                )
            except BatchMismatch as mismatch:
                return mismatch

        self.later()
        return self.dying(death, push)

    def send_new(self, batch: Batch, part: Part, death: int) -> None:
        """Push a part that is not there yet."""
        fault, verdict = self.exchange(part, death)
        self.touched.add(batch)
        if batch.accepted + len(part.items) > batch.declared:
            assert fault.hit or isinstance(verdict, BatchMismatch)
            return
        if "TransactWriteItems" in fault.asked:
            batch.at = batch.at or self.now
            pieces = self.model.take(batch, part, self.now)
            for piece in pieces:
                piece.answered = not fault.hit
                piece.astray = "SendMessageBatch" not in fault.asked
        assert fault.hit or (not verdict.earlier and verdict.outcomes is None)

    def new_batch(self, owner: str, size: int, *, replaces: bool = False) -> Batch:
        """A batch that nobody sent anything of yet."""
        return Batch(
            owner=owner, name=f"b{next(self.names)}", declared=size, at=0, replaces=replaces
        )

    @rule(owner=owners, given=items, more=st.sampled_from([0, 0, 0, 3]), contents=st.booleans())
    def push(self, owner: str, given: list[Item], more: int, contents: bool) -> None:
        """The first part of a batch."""
        self.world.counted("push")
        batch = self.new_batch(owner, len(given) + more)
        self.send_new(batch, self.part_of(batch, "1", given, contents), 0)

    @rule(owner=owners, given=items, contents=st.booleans(), death=st.integers(1, 5))
    def push_and_die(self, owner: str, given: list[Item], contents: bool, death: int) -> None:
        """A submit dies."""
        self.world.counted("push and die")
        batch = self.new_batch(owner, len(given))
        self.send_new(batch, self.part_of(batch, "1", given, contents), death)

    @rule(owner=owners, given=items, more=st.sampled_from([0, 0, 3]), death=seldom)
    def replace(self, owner: str, given: list[Item], more: int, death: int) -> None:
        """The first part of a batch that replaces all that its feed has."""
        self.world.counted("replace")
        batch = self.new_batch(owner, len(given) + more, replaces=True)
        self.send_new(batch, self.part_of(batch, "1", given, contents=False), death)

    @property
    def receiving(self) -> list[Batch]:
        """Batches that wait for more parts."""
        return [one for one in self.model.batches.values() if one.accepted < one.declared]

    @precondition(lambda self: self.receiving)
    @rule(at=which, given=items, contents=st.booleans(), death=seldom)
    def push_more(self, at: int, given: list[Item], contents: bool, death: int) -> None:
        """Another part of a batch."""
        self.world.counted("push more")
        batch = self.receiving[at % len(self.receiving)]
        name = str(len(batch.parts) + 1)
        self.send_new(batch, self.part_of(batch, name, given, contents), death)

    @rule(owner=owners, given=items, contents=st.booleans())
    def hang(self, owner: str, given: list[Item], contents: bool) -> None:
        """A submit hangs once it has stored its part, and before it sends it."""
        self.world.counted("hang")
        batch = self.new_batch(owner, len(given))
        part = self.part_of(batch, "1", given, contents)
        self.later()
        part = replace(part, replaced_us=wiring.batches().replaced_us(part.batch))
        receipt = wiring.batches().admit(part, wiring.clock())
        batch.at = self.now
        for piece in self.model.take(batch, part, self.now):
            piece.astray = True
        self.hung.append((self.now, receipt.slices))
        self.touched.add(batch)

    @precondition(lambda self: self.hung)
    @rule(at=which)
    def come_to(self, at: int) -> None:
        """A submit that hung goes on, if it still lives."""
        self.world.counted("come to")
        since, slices = self.hung.pop(at % len(self.hung))
        if self.now - since <= LASTS_US:
            wiring.queue().send(slices)

    @property
    def sent(self) -> list[tuple[Batch, str]]:
        """All parts."""
        return [(one, name) for one in self.model.batches.values() for name in one.parts]

    @precondition(lambda self: self.sent)
    @rule(at=which, death=seldom)
    def repeat(self, at: int, death: int) -> None:
        """A part comes once more."""
        self.push_again(self.sent[at % len(self.sent)], None, death)

    @property
    def wrong(self) -> list[tuple[Batch, str]]:
        """Parts with items that failed."""
        return [
            (batch, name)
            for batch, name in self.sent
            if any({*(piece.fates or ())} - GOOD for piece in batch.parts[name])
        ]

    @precondition(lambda self: self.wrong)
    @rule(at=which, other=items, death=seldom)
    def correct(self, at: int, other: list[Item], death: int) -> None:
        """A part comes once more that failed, with other content."""
        self.push_again(self.wrong[at % len(self.wrong)], other, death)

    def push_again(self, sent: tuple[Batch, str], other: list[Item] | None, death: int) -> None:
        """Push a part again: the same, or with other content, which may correct it."""
        batch, name = sent
        before = batch.given[name]
        part = before if other is None else self.part_of(batch, name, other, contents=False)
        pieces = batch.parts[name]
        ended = [fate for piece in pieces for fate in piece.fates or "-"]
        grown = len(part.items) - len(before.items)
        fault, verdict = self.exchange(part, death)
        self.touched.add(batch)
        if len(part.items) > batch.declared:
            self.world.counted("too large")
            assert fault.hit or isinstance(verdict, BatchMismatch)
        elif "-" in ended:
            self.world.counted("duplicate" if other is None else "conflict")
            assert fault.hit or (verdict.outcomes is None and verdict.earlier)
            assert fault.hit or verdict.same == (
                part.items == before.items and part.contents == before.contents
            )
        elif all(fate in GOOD for fate in ended):
            self.world.counted("late duplicate" if other is None else "late conflict")
            assert fault.hit or (verdict.succeeded and verdict.earlier)
        elif batch.accepted + grown > batch.declared:
            self.world.counted("too large")
            assert fault.hit or isinstance(verdict, BatchMismatch)
        elif self.revision(batch, name) >= REVISIONS:
            assert fault.hit or verdict.outcomes is not None
        else:
            self.world.counted("correct")
            if fault.asked.count("TransactWriteItems") == 2:
                for piece in self.model.take(batch, part, self.now):
                    piece.answered = not fault.hit
                    piece.astray = "SendMessageBatch" not in fault.asked
            assert fault.hit or verdict.outcomes is None

    def revision(self, batch: Batch, name: str) -> int:
        """How many contents a part has had."""
        parts = wiring.lookups().parts(BatchId(batch.owner, FEED, batch.name))
        return next(one.slices[0].revision for one in parts if one.name == name)

    @precondition(lambda self: self.sent)
    @rule(at=which, other=items, corrects=st.booleans())
    def conflict(self, at: int, other: list[Item], corrects: bool) -> None:
        """A part comes once more, with other content, in a contract that knows no corrections."""
        if corrects:
            return self.push_again(self.sent[at % len(self.sent)], other, 0)
        self.world.counted("conflict")
        batch, name = self.sent[at % len(self.sent)]
        part = self.part_of(batch, name, other, contents=False)
        if (part.items, part.contents) == (batch.given[name].items, batch.given[name].contents):
            return
        self.touched.add(batch)
        self.later()
        try:
            engine.accept(part, wiring.batches(), wiring.queue(), wiring.clock)
        except ContentConflict:
            return
        except BatchMismatch:
            assert len(part.items) > batch.declared
            return
        raise AssertionError("other content was accepted")

    # ---------------------------------------------------------------- working

    @property
    def waiting(self) -> bool:
        """Whether there is work in the queue."""
        return bool(self.services.queues[WORK].messages)

    @precondition(lambda self: self.waiting)
    @rule()
    def work(self) -> None:
        """The worker is handed all it can take."""
        self.world.counted("work")
        self.deliver(10, 0)

    @precondition(lambda self: self.waiting)
    @rule(most=st.integers(1, 4))
    def work_some(self, most: int) -> None:
        """The worker is handed a few messages."""
        self.world.counted("work")
        self.deliver(most, 0)

    @precondition(lambda self: self.waiting)
    @rule(most=st.integers(1, 10), death=deaths)
    def work_and_die(self, most: int, death: int) -> None:
        """A worker dies."""
        self.world.counted("work and die")
        self.deliver(most, death)

    def deliver(self, most: int, death: int) -> None:
        """Hand messages to the worker."""
        records = self.gateway.receive(WORK, most)
        if not records:
            return
        self.hand("worker", WORK, records, death)
        self.handed = [*self.handed, *records][-12:]

    def hand(self, function: str, line: str, records: list[dict[str, Any]], death: int) -> None:
        """Hand messages to a function; those that it is done with are deleted."""
        handler = self.gateway.handler(function)
        fault, answer = self.dying(death, lambda: handler({"Records": records}, None))
        if not fault.hit:
            assert answer == {"batchItemFailures": []}
            for record in records:
                self.gateway.sqs.delete_message(
                    QueueUrl=line, ReceiptHandle=record["receiptHandle"]
                )
        given_up = function == "give_up"
        settled: dict[Batch, None] = {}
        for record in records:
            work = queue.read(record["body"])
            assert isinstance(work, Slice)
            received = int(record["attributes"]["ApproximateReceiveCount"])
            batch = self.model.batches.get((work.batch.partner, work.batch.batch))
            assert batch is not None
            settled[batch] = None
            if work.clearing:
                self.cleared(batch, work, given_up=given_up, lived=not fault.hit)
            else:
                self.worked(batch, work, received, given_up=given_up, lived=not fault.hit)
        for batch in settled:
            self.touched.add(batch)
            if not fault.hit:
                before = batch.state
                batch.settle()
                if before != batch.state == "completed":
                    self.completed(batch)
            else:
                self.adopt(batch)

    def worked(
        self, batch: Batch, work: Slice, received: int, *, given_up: bool, lived: bool
    ) -> None:
        """A slice was handed to a function that works it, or gives it up, or died."""
        piece = next(
            one
            for one in [*batch.pieces, *batch.past]
            if (one.part, one.of, one.at) == (work.part, work.shard, work.accepted_us)
        )
        if piece.fates is not None:
            if not work.again and received == 1 and not given_up:
                self.came_last(piece, work, lived=lived)
            return  # it has ended: nothing may change
        if piece.kept is not None and not work.again and not given_up:
            if received > 1 or self.model.overtaken(piece):
                return  # it was replayed, and is left to its new message
            # A known limit: its submit hung, and a replay came before its first message.
            piece.kept = None
        told = wiring.lookups().outcomes([work])
        assert told is not None or not lived
        coming = self.model.work(
            piece, again=bool(work.again), refused=self.services.tables.refused
        )
        if told is None:  # it died: what it has written so far is there
            self.write(piece, work, coming, lived=False)
            return
        letters = [str(outcome.fate) for outcome in told[0]]
        if given_up or (received >= 3 and self.tries(work) >= 3):
            piece.fates = [
                "g" if fate in OURS else fate for fate in piece.kept or ["g"] * work.size
            ]
            piece.astray = True
        else:
            self.in_turn(piece, work)
            self.write(piece, work, coming, lived=True)
            self.model.end(piece, {key: fates for key, (_, fates) in coming.items()})
        assert letters == piece.fates, (work, received, piece.items, piece.kept, letters, piece.fates)

    def came_last(self, piece: Piece, work: Slice, *, lived: bool) -> None:
        """A first message came after its own repetition was worked, as its submit hung.

        A known limit: it looks whether it has ended only where it meets a newer record, and
        otherwise does what it then did not. Its outcomes stay.
        """
        if not self.model.overtaken(piece):
            coming = self.model.work(
                replace(piece, kept=None), again=False, refused=self.services.tables.refused
            )
            self.write(piece, work, coming, lived=lived)

    def write(self, piece: Piece, work: Slice, coming: Coming, *, lived: bool) -> None:
        """Take over what a worker has written of a slice: all, or what it came to."""
        stored = self.stored(piece.batch.owner)
        for key, (after, _) in coming.items():
            there = lived or (key in stored and stored[key].written_by == work.mark)
            if after is not None and there:
                self.model.records[piece.batch.owner, key] = after

    def in_turn(self, piece: Piece, work: Slice) -> None:
        """See that nothing is worked before what was accepted earlier, but what went astray."""
        waiting = [
            one
            for batch in self.model.batches.values()
            if batch.owner == piece.batch.owner
            for one in batch.pieces
            if one.of == piece.of
            and one.fates is None
            and one.at < piece.at
            and one.answered
            and not one.astray
        ]
        assert not waiting or work.again or piece.astray, waiting

    def tries(self, work: Slice) -> int:
        """How many tries at a slice were counted."""
        batch = self.model.batches[work.batch.partner, work.batch.batch]
        revision = f"!{work.revision}" if work.revision > 1 else ""
        row = self.batch_rows(batch).get(f"a/o/{work.part}{revision}/{work.shard}")
        return int(row["tries"]["N"]) if row else 0

    def cleared(self, batch: Batch, work: Slice, *, given_up: bool, lived: bool) -> None:
        """A step of clearing was handed to a function."""
        assert work.clearing is not None
        row = self.batch_rows(batch).get(f"c/{work.shard:04}/{work.clearing.step:06}")
        assert row is not None or not lived
        if (work.shard, work.clearing.step) in batch.steps:
            return  # it was done before: nothing may change
        if given_up:
            batch.cut_short |= row is not None
        else:
            self.removed(batch, work, row)
        if row is not None:
            batch.steps.add((work.shard, work.clearing.step))
            if not row["stopped"]["S"]:
                batch.through.add(work.shard)

    def removed(self, batch: Batch, work: Slice, row: dict[str, Any] | None) -> None:
        """Remove what a step removed: all up to where it stopped, or what was left by one that
        died before it could say."""
        assert batch.state == "clearing"
        assert work.clearing is not None
        stored = self.stored(batch.owner)
        after, stopped = work.clearing.after, row["stopped"]["S"] if row else ""
        for key in self.model.doomed(batch, work.shard):
            if row is None and not stored[key].removed:
                continue
            if key > after and (not stopped or key <= stopped):
                self.model.records[batch.owner, key] = Held(
                    content=None, by=("cleared",), how="r", at=batch.at
                )
                batch.cleared += 1

    def batch_rows(self, batch: Batch) -> dict[str, Any]:
        """The rows of a batch, by their sort keys."""
        tables = self.services.tables.tables
        return tables["BatchesTable"].rows[f"{batch.owner}#{FEED}#{batch.name}"]

    def completed(self, batch: Batch) -> None:
        """A batch was completed just now."""
        self.completions[batch.name] = self.completions.get(batch.name, 0) + 1

    def adopt(self, batch: Batch) -> None:
        """Take over how far a function that died came with a batch, if it may be so far."""
        standing = wiring.lookups().standing(BatchId(batch.owner, FEED, batch.name))
        assert standing is not None
        if standing.state != batch.state:
            assert batch.done
            expected = "clearing" if batch.replaces and batch.state == "open" else "completed"
            assert standing.state == expected
            if expected == "completed":
                assert not batch.replaces or len(batch.through) == SHARDS
                self.completed(batch)
            batch.state = standing.state
        if batch.replaces and batch.done and len(batch.through) == SHARDS:
            marks = self.services.tables.tables["BatchesTable"].rows[f"{batch.owner}#{FEED}#"]
            batch.removing = f"r/{batch.name}" in marks
        self.touched.add(batch)

    @precondition(lambda self: self.handed)
    @rule(at=which, several=st.integers(1, 4))
    def deliver_again(self, at: int, several: int) -> None:
        """Messages come once more that were worked: their deletion failed."""
        self.world.counted("doubled")
        first = at % len(self.handed)
        records = self.handed[first : first + several]
        waiting = {one.id for one in self.services.queues[WORK].messages}
        again = []
        for record in records:
            if record["messageId"] in waiting:
                continue
            received = int(record["attributes"]["ApproximateReceiveCount"]) + 1
            if received > 5:
                continue
            record["attributes"]["ApproximateReceiveCount"] = str(received)
            again.append(record)
        if again:
            self.hand("worker", WORK, again, 0)

    @precondition(lambda self: self.services.queues[WORK].messages)
    @rule(at=which)
    def lose_heart(self, at: int) -> None:
        """A message becomes a dead letter, as its worker was killed each time."""
        self.world.counted("dead letter")
        line = self.services.queues[WORK]
        heads = list({one.group: one for one in reversed(line.messages)}.values())
        dead = heads[at % len(heads)]
        line.messages.remove(dead)
        self.services.queues[DEAD].messages.append(dead)
        work = queue.read(dead.body)
        assert isinstance(work, Slice)
        batch = self.model.batches[work.batch.partner, work.batch.batch]
        for piece in batch.parts.get(work.part, ()):
            piece.astray |= piece.of == work.shard

    @precondition(lambda self: self.services.queues[DEAD].messages)
    @rule(most=st.integers(1, 10), death=seldom)
    def give_up(self, most: int, death: int) -> None:
        """Dead letters are given up."""
        self.world.counted("give up")
        self.hand("give_up", DEAD, self.gateway.receive(DEAD, most), death)

    @rule(death=seldom)
    def sweep(self, death: int) -> None:
        """The sweep looks after what is left."""
        self.world.counted("sweep")
        self.dying(death, lambda: self.gateway.handler("sweep")({}, None))
        for batch in self.model.batches.values():
            self.adopt(batch)

    # ------------------------------------------------------------ operators, time

    @property
    def dead(self) -> list[Piece]:
        """Pieces with items that failed through our fault."""
        return [
            piece
            for batch in self.model.batches.values()
            for piece in batch.pieces
            if OURS & {*(piece.fates or ())}
        ]

    @precondition(lambda self: self.dead)
    @rule(at=which, every=st.booleans(), death=seldom)
    def replay(self, at: int, every: bool, death: int) -> None:
        """An operator has a batch replayed, or all."""
        self.world.counted("replay")
        self.later()
        chosen = self.dead[at % len(self.dead)].batch
        batches = [one for one in self.model.batches.values() if every or one is chosen]
        ids = [BatchId(one.owner, FEED, one.name) for one in batches]
        plans = [replay.plan(one, wiring.batches(), wiring.clock) for one in ids]
        dead = [piece for piece in self.dead if piece.batch in batches]
        planned = [(one, ending) for one in plans if one for ending in one.dead]
        assert len(planned) == len(dead)
        kept = {piece: self.model.kept(piece) for piece in dead}
        silent = {
            (plan.standing.batch.partner, plan.standing.batch.batch)
            for plan, _ in planned
            if plan.standing.completed and not plan.standing.announced
        }
        fault, _ = self.dying(
            death,
            lambda: replay.put_back(
                [one for one in plans if one],
                wiring.batches(),
                wiring.records(),
                wiring.queue(),
                wiring.clock,
            ),
        )
        for piece in dead:
            batch = piece.batch
            self.touched.add(batch)
            (work,) = [
                ending.work
                for _, ending in planned
                if (ending.work.batch.batch, ending.work.part) == (batch.name, piece.part)
                and ending.work.shard == piece.of
            ]
            back = wiring.lookups().outcomes([work]) is None
            assert back or fault.hit or (batch.owner, batch.name) in silent
            if back:
                piece.kept, piece.fates, piece.astray = kept[piece], None, True
                if batch.state == "completed":
                    batch.state = "clearing" if batch.replaces else "open"

    @rule(key=st.sampled_from([*KEYS, None]))
    def refuse(self, key: str | None) -> None:
        """DynamoDB refuses a key's contents from now on, or none any more."""
        self.world.counted("refuse")
        self.services.tables.refused = {key} if key and not self.services.witness else set()

    @rule(seconds=st.sampled_from([3, 20, 70, 130, 700]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.world.counted("wait")
        self.later(seconds)

    def audit(self) -> None:
        """The audit finds nothing, now and in some hours."""
        for hours in (1, 2):
            soon = self.now + hours * HOUR_US
            assert engine.audit(wiring.batches(), lambda soon=soon: soon) == 0  # type: ignore[misc]

    def settle(self) -> None:
        """Everybody lives for a while: whatever can end ends."""
        self.services.tables.refused.clear()
        self.hung.clear()
        for _ in range(12):
            self.later(660)
            self.sweep(0)
            self.agree()
            for line, function in ((WORK, "worker"), (DEAD, "give_up")):
                while records := self.gateway.receive(line, 10):
                    self.hand(function, line, records, 0)
                    self.agree()
            if not list(self.left()):
                return self.audit()
        raise AssertionError(list(self.left()))

    def left(self) -> Any:
        """What should have ended."""
        for batch in self.model.batches.values():
            standing = wiring.lookups().standing(BatchId(batch.owner, FEED, batch.name))
            assert standing is not None
            if batch.pending or (batch.done and not standing.announced):
                yield batch
            if batch.done and batch.state == "completed" and batch.replaces and not batch.cut_short:
                assert standing.cleared == batch.cleared
        for one in wiring.batches().due(self.now + 10**12):
            batch = self.model.batches[one.partner, one.batch]
            if batch.done:
                yield batch

    @precondition(lambda self: len(self.model.batches) > 5)
    @rule()
    def expire(self) -> None:
        """All ends, three months pass, and what was kept of batches is gone."""
        self.world.counted("expire")
        self.settle()
        self.later(91 * 86_400)
        for batch in self.model.batches.values():
            assert wiring.lookups().results(BatchId(batch.owner, FEED, batch.name)) is None
        self.services.expire()
        self.services.forget()
        self.handed.clear()
        self.touched.clear()
        self.model.batches.clear()
        for name, held in list(self.model.records.items()):
            if held.content is None:
                del self.model.records[name]

    def teardown(self) -> None:
        """In the end all has ended."""
        if self.model.batches:
            self.settle()

    # -------------------------------------------------------------- agreement

    def stored(self, owner: str) -> dict[str, Record]:
        """A feed's records as they lie in the table."""
        rows = self.services.tables.tables["RecordsTable"].rows
        return {
            key: unpack_record(key, row["m"]["B"], row["c"]["B"] if "c" in row else b"")
            for of in range(SHARDS)
            for key, row in rows[f"{owner}#{FEED}#{of}"].items()
        }

    @invariant()
    def agree(self) -> None:
        """Engine and model say the same."""
        touched = self.services.tables.touched
        heard = self.gateway.announced()
        for told in heard:
            batch = self.model.batches[told["partner"], told["batch"]]
            counts = batch.count()
            counts["removed"] = told["removed"] if batch.replaces else counts["removed"]
            assert {name: told[name] for name in counts} == counts
            self.heard[batch.name] = self.heard.get(batch.name, 0) + 1
            assert self.heard[batch.name] <= self.completions[batch.name] + self.deaths
        for batch in self.model.batches.values():
            if batch in self.touched or f"{batch.owner}#{FEED}#{batch.name}" in touched:
                self.agrees(batch)
        self.touched.clear()
        for owner in OWNERS:
            if any(f"{owner}#{FEED}#{of}" in touched for of in range(SHARDS)) or not touched:
                self.records_agree(owner)
        touched.clear()

    def agrees(self, batch: Batch) -> None:
        """A batch is as the model says, and adds up."""
        told = wiring.lookups().results(BatchId(batch.owner, FEED, batch.name))
        assert told is not None
        standing = told.standing
        assert standing.accepted == batch.accepted == len(told.items)
        assert standing.tally == Tally(**batch.count())
        assert standing.accepted == standing.tally.ended + batch.pending
        assert standing.pending == batch.pending
        assert standing.state == batch.state
        if standing.announced:
            assert self.heard.get(batch.name, 0) >= 1
        letters = [str(outcome.fate) if outcome else "-" for _, outcome in told.items]
        assert letters == self.letters(batch)

    def letters(self, batch: Batch) -> list[str]:
        """How a batch's items ended, in their order."""
        found = []
        for name in sorted(batch.parts, key=lambda name: batch.parts[name][0].at):
            left = {p.of: iter(p.fates or "-" * len(p.items)) for p in batch.parts[name]}
            for one in batch.given[name].items:
                found.append(next(left[shard(one.key, SHARDS)]))
        return found

    def records_agree(self, owner: str) -> None:
        """A partner's records are what the model says."""
        stored = self.stored(owner)
        held = {key: one for (of, key), one in self.model.records.items() if of == owner}
        assert stored.keys() == held.keys()
        for key, one in held.items():
            record = stored[key]
            content = None if record.removed else orjson.loads(record.content)
            assert (content, record.how, record.accepted_us) == (one.content, one.how, one.at)
        numbers = [one.number for one in stored.values() if one.number]
        assert len(set(numbers)) == len(numbers)
        assert len(numbers) == (len(stored) if owner == "acme" else 0)
