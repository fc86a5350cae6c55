"""Messages in the hands of workers that live or die, once, twice, late, or for the last time."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from batchgate import queue, wiring
from batchgate.model import Slice
from tests.memory.services import DEAD, WORK
from tests.reference.batches import OURS, Batch, Piece
from tests.reference.clearing import Clearing
from tests.reference.rules import Coming
from tests.reference.world import deaths, seldom, which


class Working(Clearing):
    """What workers do."""

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
        self.lead_astray()
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
            return  # it has ended: nothing may change
        if piece.kept is not None and not work.again and not given_up:
            return  # it was replayed, and is left to its new message
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
        assert letters == piece.fates, (
            work,
            received,
            piece.items,
            piece.kept,
            letters,
            piece.fates,
        )

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
        self.lead_astray()

    def lead_astray(self) -> None:
        """Remember which slices' messages are dead letters: others need not wait for them."""
        for dead in self.services.queues[DEAD].messages:
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
