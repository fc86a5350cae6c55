"""Items, the records they change, and how they end."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b


class Operation(StrEnum):
    """What an item asks for."""

    INSERT = "i"
    UPDATE = "u"
    UPSERT = "p"
    REMOVE = "r"
    """A record that does not exist needs no removal."""
    DELETE = "d"
    """As `REMOVE`, of a record that must exist."""
    MERGE = "m"
    """As `UPDATE`, of the fields given; `null` takes a field away."""


class Fate(StrEnum):
    """How an item ended. One letter each: a slice's fates are stored as one string."""

    INSERTED = "i"
    UPDATED = "u"
    UNCHANGED = "s"
    REMOVED = "r"
    REFUSED = "x"
    """Failed: its content breaks the contract (the item's `fault` says how)."""
    EXISTS = "e"
    """Failed: an insert met a record with other content."""
    MISSING = "m"
    """Failed: an update, merge or deletion met no record."""
    DENIED = "d"
    """Failed: the record has another value where the item's guard names one."""
    DISORDERED = "o"
    """Failed: two fields that its guard names would be in the wrong order."""
    BROKEN = "b"
    """Failed: our fault, and only this item's."""
    GIVEN_UP = "g"
    """Failed: its slice could not be worked, however often it was tried."""

    @property
    def failed(self) -> bool:
        """Whether the item had no effect because of a failure."""
        return self not in SUCCESSES

    @property
    def ours(self) -> bool:
        """Whether the item failed through our fault, and may be worked again."""
        return self in OURS

    @property
    def wrote(self) -> bool:
        """Whether the item changed its record."""
        return self in CHANGES


CHANGES = frozenset({Fate.INSERTED, Fate.UPDATED, Fate.REMOVED})
SUCCESSES = CHANGES | {Fate.UNCHANGED}
OURS = frozenset({Fate.BROKEN, Fate.GIVEN_UP})


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a part.

    `content` is canonical JSON without a line break (of a refused item: what was received).
    `fault` is set on an item that breaks its contract; it is never applied. `key` is ""
    only where such an item has no usable one. `guard` is "" or a JSON object of what must
    hold: `{"equal": {field: value}}` of the record that it meets, where that has the field,
    `{"order": [first, second]}` of the record that it leaves.
    """

    key: str
    operation: Operation
    content: bytes
    fault: str = ""
    guard: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The current state of one key in a feed, or that it was removed (`removed`).

    `written_by` is the mark of the slice that wrote it, `how` the fates that the slice's
    items of this key had, in their order, `accepted_us` when that slice's part was accepted.
    """

    key: str
    content: bytes
    digest: bytes
    number: int
    written_by: bytes
    how: str
    accepted_us: int
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one item ended; `number` is its record's number, 0 where it has none."""

    fate: Fate
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many items ended how."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: int = 0

    @property
    def ended(self) -> int:
        """All items that have an outcome."""
        return self.inserted + self.updated + self.unchanged + self.removed + self.failed

    @property
    def succeeded(self) -> int:
        """All items that did not fail."""
        return self.ended - self.failed

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            inserted=self.inserted + other.inserted,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
            removed=self.removed + other.removed,
            failed=self.failed + other.failed,
        )

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> "Tally":
        """The tally of these outcomes."""
        count = Counter(outcome.fate for outcome in outcomes)
        good = sum(count[fate] for fate in SUCCESSES)
        return cls(
            inserted=count[Fate.INSERTED],
            updated=count[Fate.UPDATED],
            unchanged=count[Fate.UNCHANGED],
            removed=count[Fate.REMOVED],
            failed=count.total() - good,
        )


def digest(content: bytes) -> bytes:
    """Sixteen bytes that differ for contents that differ."""
    return blake2b(content, digest_size=16).digest()
