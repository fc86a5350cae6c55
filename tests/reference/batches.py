"""What the model knows of batches and records: how they stand, and when a batch is over."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from batchgate.model import Item, Part

type Content = dict[str, Any]

OURS, GOOD = frozenset("bg"), frozenset("iusr")
SHARDS = 2


@dataclass(slots=True, kw_only=True)
class Held:
    """A record: its content (`None` once it is removed), and which slice left it so, and how."""

    content: Content | None
    by: tuple[object, ...]
    how: str
    at: int


@dataclass(slots=True, kw_only=True, eq=False)
class Piece:
    """The items of one part that fall into one shard; `fates` once they have ended.

    `kept` is what they had ended as before they were replayed, `answered` whether its
    caller was told that it was accepted, `astray` whether its first message was not worked
    in its turn: it was never sent, became a dead letter, or was replayed.
    """

    name: tuple[object, ...]
    batch: "Batch"
    part: str
    of: int
    at: int
    replaced: int
    items: Sequence[Item]
    fates: list[str] | None = None
    kept: list[str] | None = None
    tries: int = 0
    answered: bool = False
    astray: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Batch:
    """A batch: its parts' pieces by their names, and how far it is."""

    owner: str
    name: str
    declared: int
    at: int
    replaces: bool = False
    parts: dict[str, list[Piece]] = field(default_factory=dict)
    given: dict[str, Part] = field(default_factory=dict)
    past: list[Piece] = field(default_factory=list)
    removing: bool = False
    begun: int = 0
    cut_short: bool = False
    state: str = "open"
    through: set[int] = field(default_factory=set)
    steps: set[tuple[int, int]] = field(default_factory=set)
    cleared: int = 0
    untold: dict[str, int] = field(default_factory=dict)
    """Keys that a step removed which died before it could say so, with their shards."""

    @property
    def pieces(self) -> list[Piece]:
        """All pieces of the contents that its parts have now."""
        return [piece for pieces in self.parts.values() for piece in pieces]

    @property
    def accepted(self) -> int:
        """How many items it has taken."""
        return sum(len(piece.items) for piece in self.pieces)

    @property
    def done(self) -> bool:
        """Whether all that it declared has ended."""
        return self.accepted == self.declared and not self.pending

    @property
    def pending(self) -> int:
        """How many of them have not ended."""
        return sum(len(piece.items) for piece in self.pieces if piece.fates is None)

    def count(self) -> dict[str, int]:
        """How many items ended how."""
        ended = [fate for piece in self.pieces for fate in piece.fates or ()]
        names = {"inserted": "i", "updated": "u", "unchanged": "s", "removed": "r"}
        told = {name: ended.count(fate) for name, fate in names.items()}
        return told | {"failed": sum(fate not in GOOD for fate in ended)}

    def settle(self) -> None:
        """What a worker does with it that ended something of it and lived."""
        if self.state == "completed" or not self.done:
            return
        if self.state == "open" and self.replaces:
            self.state = "clearing"
        elif not self.replaces or len(self.through) == SHARDS:
            self.state, self.removing = "completed", False
