"""Parts that are pushed: for the first time, again, otherwise, by calls that die or hang."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from batchgate import engine, wiring
from batchgate.errors import BatchMismatch, ContentConflict
from batchgate.model import BatchId, Item, Operation, Part
from tests.faults.dying import Fault
from tests.reference.agreeing import Agreeing
from tests.reference.batches import GOOD, SHARDS, Batch
from tests.reference.items import FEED, items, owners
from tests.reference.world import seldom, which

REVISIONS = 10
LASTS_US = 25_000_000
"""How long a function that hangs may live: API Gateway gives up after 29 s."""


class Accepting(Agreeing):
    """What callers do."""

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
    @rule(at=which, other=items)
    def differ(self, at: int, other: list[Item]) -> None:
        """A part comes once more with other content, whether that corrects anything or not."""
        self.push_again(self.sent[at % len(self.sent)], other, 0)

    @precondition(lambda self: self.sent)
    @rule(at=which, other=items)
    def conflict(self, at: int, other: list[Item]) -> None:
        """A part comes once more, with other content, in a contract that knows no corrections."""
        batch, name = self.sent[at % len(self.sent)]
        part = self.part_of(batch, name, other, contents=False)
        if (part.items, part.contents) == (batch.given[name].items, batch.given[name].contents):
            return
        self.world.counted("conflict")
        self.touched.add(batch)
        self.later()
        refused: Exception | None = None
        try:
            engine.accept(part, wiring.batches(), wiring.queue(), wiring.clock)
        except (BatchMismatch, ContentConflict) as error:
            refused = error
        full = len(part.items) > batch.declared
        assert isinstance(refused, BatchMismatch if full else ContentConflict)
