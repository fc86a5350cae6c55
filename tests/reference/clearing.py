"""Steps that clear a feed after a replacement: done, given up, or cut short by a death."""

from typing import Any

from batchgate.model import Slice
from tests.reference.accepting import Accepting
from tests.reference.batches import Batch, Held


class Clearing(Accepting):
    """What becomes of steps of clearing."""

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
        died before it could say.

        What that one removed is counted when the step comes again, and only where nobody has
        brought the record back meanwhile: its tombstone was all that told of it.
        """
        assert batch.state == "clearing"
        assert work.clearing is not None
        stored = self.stored(batch.owner)
        after, stopped = work.clearing.after, row["stopped"]["S"] if row else ""
        gone = Held(content=None, by=("cleared",), how="r", at=batch.at)
        if row is not None:
            mine = [key for key, shard in batch.untold.items() if shard == work.shard]
            for key in mine:
                if key > after and (not stopped or key <= stopped):
                    del batch.untold[key]
                    batch.cleared += self.model.records.get((batch.owner, key)) == gone
        for key in self.model.doomed(batch, work.shard):
            if row is None and not stored[key].removed:
                continue
            if key > after and (not stopped or key <= stopped):
                self.model.records[batch.owner, key] = gone
                if row is None:
                    batch.untold[key] = work.shard
                else:
                    batch.cleared += 1
