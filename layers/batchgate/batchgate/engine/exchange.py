"""Accepting a part and waiting for its outcomes, for contracts that answer with them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from batchgate.engine.lifecycle import note
from batchgate.engine.ports import Batches, Clock, Queue
from batchgate.errors import ContentConflict
from batchgate.model import Outcome, Part, Receipt, Slice, Tally, shard

FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 1.0
GROWTH = 1.6
PATIENCE_S = 20.0
"""How long a call waits for its outcomes; API Gateway gives up after 29 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a part ended: an outcome for each of its items, in order; `None` while some wait.

    `earlier`: the part had ended before this call, or was another call's. `same`: its
    content is this call's. `revision` counts the contents that the part has had.
    """

    outcomes: Sequence[Outcome] | None
    revision: int
    earlier: bool
    same: bool

    @property
    def succeeded(self) -> bool:
        """Whether every item was applied or had nothing to change."""
        return self.outcomes is not None and not any(one.fate.failed for one in self.outcomes)


def exchange(
    part: Part,
    batches: Batches,
    queue: Queue,
    clock: Clock,
    *,
    revisions: int,
    patience_s: float = PATIENCE_S,
) -> Verdict:
    """Accept a part, wait for its outcomes, and tell them.

    A part that ended with failures before this call is taken anew, with whatever content
    this call has, up to so many revisions. One that another call has just sent is waited
    for. Nothing is applied twice.

    Raises:
        ContentConflict: the part was used with other content, and may not be corrected.
        BatchMismatch: the batch was begun with another method or size, or is full.
        Busy: try the very same again; what was stored of it does no harm.
    """
    until = time.monotonic() + patience_s
    part = replace(part, replaced_us=batches.replaced_us(part.batch))
    receipt = batches.admit(part, clock())
    if revisions == 1 and not receipt.same:
        raise ContentConflict(part.name)
    ended = _outcomes(part, receipt, batches) if receipt.repeated else None
    if ended is None:
        queue.send(receipt.slices)
        note(part, receipt)
        outcomes = _wait(part, receipt, batches, until)
        # Two calls at once with the same content are one attempt, with one answer.
        if outcomes is None or receipt.same:
            return _verdict(receipt, outcomes)
        ended = outcomes
    if receipt.revision >= revisions or not any(one.fate.failed for one in ended):
        return _verdict(receipt, ended)
    corrected = batches.correct(part, receipt, Tally.of(ended), clock())
    if corrected is None:  # another call was quicker: this one is about what that one sent
        return exchange(
            part,
            batches,
            queue,
            clock,
            revisions=revisions,
            patience_s=until - time.monotonic(),
        )
    queue.send(corrected.slices)
    note(part, corrected)
    return _verdict(corrected, _wait(part, corrected, batches, until))


def _verdict(receipt: Receipt, outcomes: Sequence[Outcome] | None) -> Verdict:
    return Verdict(
        outcomes=outcomes,
        revision=receipt.revision,
        earlier=receipt.repeated,
        same=receipt.same,
    )


def _wait(part: Part, receipt: Receipt, batches: Batches, until: float) -> Sequence[Outcome] | None:
    pause = FIRST_PAUSE_S
    while time.monotonic() + pause < until:
        time.sleep(pause)
        outcomes = _outcomes(part, receipt, batches)
        if outcomes is not None:
            return outcomes
        pause = min(pause * GROWTH, LONGEST_PAUSE_S)
    return None


def _outcomes(part: Part, receipt: Receipt, batches: Batches) -> Sequence[Outcome] | None:
    """The outcomes in the items' order; of another content, in the order of its slices."""
    by_slice = batches.outcomes(receipt.slices)
    if by_slice is None:
        return None
    if not receipt.same:
        return [one for outcomes in by_slice for one in outcomes]
    return in_order(part, receipt.slices, by_slice)


def in_order(
    part: Part, slices: Sequence[Slice], by_slice: Sequence[Sequence[Outcome]]
) -> Sequence[Outcome]:
    """The outcomes of a part's slices, in the order of its items."""
    left = {work.shard: iter(outcomes) for work, outcomes in zip(slices, by_slice, strict=True)}
    return [next(left[shard(item.key, part.shards)]) for item in part.items]
