"""Batches, their parts, and the slices they are worked in."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import quote

from batchgate.model.items import Item, Tally


@dataclass(frozen=True, slots=True)
class BatchId:
    """A batch's name: whose, in which feed, and what the partner calls it."""

    partner: str
    feed: str
    batch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The items of one request, and what the batch they belong to says of itself.

    `declared` is the number of rows of the whole batch. `numbered` feeds give each new
    record an integer of its own. `shards` is the feed's number of shards. A batch that
    `replaces` removes, once all its rows are applied, every record that it does not name.
    `replaced_us` is when the newest replacement began that another batch has open: it
    removes records as old as that, unless they are written anew.
    `contents` says that items are decided on what their records contain, not only on
    whether that differs. `note` is the contract's own and belongs to the content.
    """

    batch: BatchId
    name: str
    method: str
    declared: int
    items: Sequence[Item]
    shards: int
    numbered: bool = False
    replaces: bool = False
    replaced_us: int = 0
    contents: bool = False
    note: str = ""
    correlation_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The items of one part that fall into one shard: the unit of work in the queue.

    `digest` names the part's content, `chunks` the rows it is stored in, `size` the
    items of this slice. `accepted_us` is when the part was accepted (UTC, µs since
    1970). `again` counts how often it was put into the queue after the first time.
    `revision` counts the contents that the part has had: what failed may be corrected.
    `replaced_us` is its part's.
    """

    batch: BatchId
    part: str
    shard: int
    digest: str
    chunks: int
    size: int
    accepted_us: int
    correlation_id: str = ""
    again: int = 0
    revision: int = 1
    replaced_us: int = 0
    clearing: "Clearing | None" = None

    @property
    def name(self) -> str:
        """The slice's own name among all slices ever."""
        b = self.batch
        batch, part = quote(b.batch, safe=""), quote(self.part, safe="")
        step = f"clear {self.clearing.step}" if self.clearing else self.digest
        return f"{b.partner}#{b.feed}#{batch}#{part}#{self.revision}#{step}#{self.shard}"

    @property
    def mark(self) -> bytes:
        """Eight bytes that a record keeps to remember which slice wrote it."""
        return blake2b(self.name.encode(), digest_size=8).digest()

    @property
    def group(self) -> str:
        """What is worked in order, one at a time: a shard of a partner's feed."""
        return f"{self.batch.partner}/{self.batch.feed}/{self.shard}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """One step of clearing a shard after a full replacement: records after this key."""

    step: int
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a batch stands: what its header and tallies say at one moment.

    `state` is `open`, then `clearing` where the batch replaces, then `completed`.
    `cleared` counts the records that a replacement removed, `cleared_shards` the shards
    that it is through with, `clearing_us` tells when it began to remove. `replays` counts
    how often slices of it were put back, `corrections` how often parts were taken anew.
    """

    batch: BatchId
    method: str
    declared: int
    accepted: int
    accepted_us: int
    state: str
    announced: bool
    tally: Tally
    shards: int = 1
    replaces: bool = False
    cleared: int = 0
    cleared_shards: int = 0
    clearing_us: int = 0
    replays: int = 0
    corrections: int = 0

    @property
    def completed(self) -> bool:
        """Whether the batch was completed; a sequence may still be corrected."""
        return self.state == "completed"

    @property
    def phase(self) -> str:
        """How far it is, as partners and operators are told.

        `receiving` until all rows came, `processing` until all ended, then `completed`.
        """
        if self.accepted < self.declared:
            return "receiving"
        return "processing" if self.pending or not self.completed else "completed"

    @property
    def removed(self) -> int:
        """Records that are no longer: removed by its rows, or because it names them no more."""
        return self.tally.removed + self.cleared

    @property
    def pending(self) -> int:
        """Accepted items that have no outcome yet."""
        return self.accepted - self.tally.ended

    @property
    def done(self) -> bool:
        """Whether every row that the batch declared was accepted and has its outcome."""
        return self.accepted == self.declared and self.pending == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What accepting a part came to.

    `repeated`: the part was there before, and these are its slices; `same`: with the same
    content. `revision` counts the contents that the part has had, `replays` how often
    slices of it were put back.
    """

    batch: BatchId
    slices: Sequence[Slice]
    repeated: bool = False
    same: bool = True
    replays: int = 0

    @property
    def revision(self) -> int:
        """How many contents the part has had."""
        return self.slices[0].revision


def shard(key: str, shards: int) -> int:
    """The shard that a key belongs to, for ever: a feed's records are laid out by it."""
    # Not a CRC: its low bits are linear in the key's, and counted keys would pile up.
    return int.from_bytes(blake2b(key.encode(), digest_size=4).digest()) % shards
