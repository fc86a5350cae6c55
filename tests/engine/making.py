"""Short ways to the things that the engine works with."""

from collections.abc import Sequence
from typing import Any

from batchgate import engine, wiring
from batchgate.model import BatchId, Fate, Item, Operation, Part, Record, Slice, Tally, digest

T0 = 1_760_000_000_000_000
"""When the gateway of the tests starts: µs since 1970."""

INSERT, UPDATE, UPSERT, REMOVE, DELETE, MERGE = (
    Operation.INSERT,
    Operation.UPDATE,
    Operation.UPSERT,
    Operation.REMOVE,
    Operation.DELETE,
    Operation.MERGE,
)


def batch(name: str = "b1", partner: str = "acme", feed: str = "stock") -> BatchId:
    """A batch of a feed that belongs to no contract."""
    return BatchId(partner, feed, name)


def item(key: str, content: str = "1", operation: Operation = UPSERT, fault: str = "") -> Item:
    """An item with this content."""
    return Item(key, operation, content.encode(), fault)


def work(**fields: Any) -> Slice:
    """A slice."""
    given: dict[str, Any] = {"batch": batch(), "part": "0", "shard": 0, "accepted_us": T0}
    return Slice(**given | {"digest": "d", "chunks": 1, "size": 1} | fields)


def record(key: str, content: str = "1", **fields: Any) -> Record:
    """A record that some other slice wrote when the clock of the tests started."""
    given: dict[str, Any] = {"number": 0, "written_by": b"somebody", "how": "i", "accepted_us": T0}
    data = content.encode()
    return Record(**{"key": key, "content": data, "digest": digest(data)} | given | fields)


def part(*items: Item, name: str = "b1", **fields: Any) -> Part:
    """A batch of one part, in one shard unless said otherwise."""
    given: dict[str, Any] = {"name": "0", "method": "upload", "shards": 1}
    given["declared"] = len(items)
    given |= {"batch": batch(name), "items": items}
    return Part(**given | fields)


def admit(*items: Item, name: str = "b1", **fields: Any) -> Sequence[Slice]:
    """Store a batch of one part; its slices, which are not sent."""
    return wiring.batches().admit(part(*items, name=name, **fields), wiring.clock()).slices


def desk() -> engine.Desk:
    """A worker's invocation."""
    return engine.Desk(wiring.batches(), wiring.records())


def apply(*items: Item, name: str, **fields: Any) -> Tally | None:
    """Store a batch of one slice and work it."""
    (only,) = admit(*items, name=name, **fields)
    return desk().work(only)


def sweep() -> int:
    """Look after batches with work left for too long; how many slices were sent again."""
    return engine.sweep(
        wiring.batches(), wiring.plans(), wiring.queue(), wiring.events(), wiring.clock
    )


def fates(of: BatchId) -> Sequence[Fate | None]:
    """How the items of a batch ended, in their order; `None` for those that have not."""
    results = wiring.lookups().results(of)
    assert results is not None
    return [outcome.fate if outcome else None for _, outcome in results.items]


def letters(of: BatchId) -> str:
    """How the items of a batch ended, a letter each; `-` for those that have not."""
    return "".join(fate or "-" for fate in fates(of))


def stored(keys: Sequence[str], like: Slice) -> dict[str, Record]:
    """The records of these keys, as workers see them."""
    return wiring.records().read(like, keys, contents=False)
