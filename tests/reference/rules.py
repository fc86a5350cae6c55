"""What batches come to, in as few lines as can be: the engine has to agree with this.

It knows nothing of storage, and what a crash leaves undecided it is told. Known limits of
the gateway are where comments here and in `working` say so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import orjson

from batchgate.model import Item, Part, shard
from tests.reference.batches import GOOD, OURS, SHARDS, Batch, Content, Held, Piece

FATES = {"i": "ise", "u": "msu", "p": "isu", "r": "srr", "d": "mrr", "m": "msu"}
"""What each operation comes to where there is no record, the same, and another."""

type Coming = dict[str, tuple[Held | None, list[str]]]
"""What the items of each key come to: the record that they leave (`None`: as it is), and fates."""


@dataclass(slots=True)
class Model:
    """All batches and records."""

    batches: dict[tuple[str, str], Batch] = field(default_factory=dict)
    records: dict[tuple[str, str], Held] = field(default_factory=dict)

    def take(self, batch: Batch, part: Part, at: int) -> list[Piece]:
        """Take a part, or another content of it."""
        self.batches[batch.owner, batch.name] = batch
        earlier = batch.parts.get(part.name, [])
        if batch.replaces and not earlier and not batch.removing:
            # Also one that is completed and gets rows for others that were corrected away: it
            # removes nothing any more, and others' records are written anew in vain.
            batch.removing, batch.begun = True, at
        pieces = [
            Piece(
                name=(batch.owner, batch.name, part.name, at, of),
                batch=batch,
                part=part.name,
                of=of,
                at=at,
                replaced=self.replaced(batch),
                items=mine,
            )
            for of in range(SHARDS)
            if (mine := [one for one in part.items if shard(one.key, SHARDS) == of])
        ]
        assert all(piece.fates is not None for piece in earlier)
        batch.past += earlier
        batch.parts[part.name], batch.given[part.name] = pieces, part
        return pieces

    def replaced(self, batch: Batch) -> int:
        """When the newest replacement began that another batch of its owner has open."""
        others = (
            one.begun
            for one in self.batches.values()
            if one.owner == batch.owner and one is not batch and one.removing
        )
        return max(others, default=0)

    def work(self, piece: Piece, *, again: bool, refused: Iterable[str] = ()) -> Coming:
        """What a piece comes to on the records that it meets."""
        left: Coming = {}
        for key in dict.fromkeys(one.key for one in self.left(piece)):
            items = [one for one in self.left(piece) if one.key == key]
            before = self.records.get((piece.batch.owner, key))
            if before is not None and before.by == piece.name:
                left[key] = (None, list(before.how))
                continue
            after, fates = decide(items, before, piece, again=again)
            if after is not None and after.content is not None and key in refused:
                left[key] = (None, ["b"] * len(items))
            else:
                left[key] = (after, fates)
        return left

    def left(self, piece: Piece) -> list[Item]:
        """The items of a piece that have still to be worked."""
        kept = piece.kept or ["g"] * len(piece.items)
        return [one for one, fate in zip(piece.items, kept, strict=True) if fate in OURS]

    def end(self, piece: Piece, fates: dict[str, list[str]]) -> None:
        """End a piece: these fates in their order per key, and what was kept."""
        kept = piece.kept or ["g"] * len(piece.items)
        coming = {key: iter(several) for key, several in fates.items()}
        piece.fates = [
            next(coming[one.key]) if fate in OURS else fate
            for one, fate in zip(piece.items, kept, strict=True)
        ]

    def doomed(self, batch: Batch, of: int) -> set[str]:
        """The keys of a shard that a replacement is to remove."""
        named = {one.key for part in batch.given.values() for one in part.items}
        return {
            key
            for (owner, key), held in self.records.items()
            if owner == batch.owner and shard(key, SHARDS) == of and held.content is not None
            if key not in named and held.at <= batch.at
        }

    def named_later(self, piece: Piece, key: str) -> bool:
        """Whether a part that is newer names a key, and has not failed for it."""
        return any(
            one.key == key and not one.fault and (other.fates is None or other.fates[at] in GOOD)
            for batch in self.batches.values()
            if batch.owner == piece.batch.owner
            for other in batch.pieces
            if other.at > piece.at
            for at, one in enumerate(other.items)
        ) or any(
            batch.replaces and batch.state != "open" and batch.at > piece.at
            for batch in self.batches.values()
            if batch.owner == piece.batch.owner and batch is not piece.batch
        )

    def kept(self, piece: Piece) -> list[str]:
        """What stays of how a piece ended that is replayed: all but what failed through our
        fault and does not come too late."""
        fates = piece.fates or []
        return [self._kept(piece, one, fate) for one, fate in zip(piece.items, fates, strict=True)]

    def _kept(self, piece: Piece, item: Item, fate: str) -> str:
        held = self.records.get((piece.batch.owner, item.key))
        wrote = held is not None and held.by == piece.name
        if fate not in OURS or item.fault or wrote or not self.named_later(piece, item.key):
            return fate
        return "s"


def decide(
    items: Sequence[Item], before: Held | None, piece: Piece, *, again: bool
) -> tuple[Held | None, list[str]]:
    """What the items of one key come to on the record that they meet."""
    content = before.content if before else None
    late = again and before is not None and before.at > piece.at
    doomed = before is not None and before.at <= piece.replaced
    fates: list[str] = []
    written = False
    for one in items:
        if one.fault or late:
            fates.append("x" if one.fault else "s")
            continue
        merges = one.operation == "m" and content is not None
        wanted = read(one) if not merges else {**(content or {}), **read(one)}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        fate = FATES[one.operation][0 if content is None else 1 if wanted == content else 2]
        fates.append(fate)
        if fate in "iur":
            content = None if fate == "r" else wanted
        # What an open replacement would remove is written anew.
        written |= fate in "iur" or (fate == "s" and content is not None and doomed)
    if not written:
        return None, fates
    return Held(content=content, by=piece.name, how="".join(fates), at=piece.at), fates


def read(item: Item) -> Content:
    """What an item says."""
    said: Content = orjson.loads(item.content or b"{}")
    return said
