"""Everything that may happen to batches, in any order, on the engine and on the model of it."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from batchgate import engine, wiring
from batchgate.engine import replay
from batchgate.engine.audit import HOUR_US
from batchgate.model import BatchId
from tests.memory.services import DEAD, WORK
from tests.reference.batches import OURS, Piece
from tests.reference.items import FEED, KEYS
from tests.reference.working import Working
from tests.reference.world import seldom, which


class BatchMachine(Working):
    """Batches of two partners' feeds: what is told of them is what the model says.

    Operators replay, time passes, and in the end all has ended.
    """

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
                    self.lead_astray()
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
        """All ends, three months pass, and batches are gone; their names come last."""
        self.world.counted("expire")
        self.settle()
        self.later(91 * 86_400)
        for batch in self.model.batches.values():
            assert wiring.lookups().results(BatchId(batch.owner, FEED, batch.name)) is None
        self.services.expire()
        left = self.services.tables.tables["BatchesTable"].all()
        assert {row["sk"]["S"] for row in left} == {"#"}
        self.later(105 * 86_400)
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
