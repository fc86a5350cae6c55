"""How engine and model are compared, after every step."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from batchgate import engine, wiring
from batchgate.model import BatchId, Record, Slice, Tally, shard
from batchgate.store.packing import unpack_record
from tests.faults.dying import Fault, dies
from tests.reference.batches import SHARDS, Batch
from tests.reference.items import FEED, OWNERS
from tests.reference.rules import Model
from tests.reference.world import NEVER, World


class Agreeing(RuleBasedStateMachine):
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
        self.world.compared += 1
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
            found += [next(left[shard(one.key, SHARDS)]) for one in batch.given[name].items]
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
