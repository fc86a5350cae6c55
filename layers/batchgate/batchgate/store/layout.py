"""Where the rows of a batch lie. All share the batch's partition.

| sort key | row |
|---|---|
| `#` | header: contract, totals, state, times |
| `#t/<shard>` | tally of one shard; one writer |
| `m/<part>` | what was accepted: a part's digest, size and time |
| `p/<part>/<digest>/<n>` | the packed items, named by their content: written twice is harmless |
| `o/<part>/<shard>` | the packed outcomes of a slice |
| `a/<part>/<shard>` | tries at a slice that failed before |
"""

from collections.abc import Mapping
from urllib.parse import quote

import orjson

from batchgate.model import BatchId, Part, Slice, Standing, Tally, shard
from batchgate.store.rows import Row, n, number, s

HEADER = "#"
BUCKETS = 8
"""Over how many partitions of the index `open` batches with work left are spread."""

COUNTERS = ("inserted", "updated", "unchanged", "removed", "failed")


def partition(batch: BatchId) -> str:
    """The partition key of a batch. Partner and feed have no `#`, so it names one batch."""
    return f"{batch.partner}#{batch.feed}#{batch.batch}"


def batch_of(key: str) -> BatchId:
    """The batch that a partition key names."""
    return BatchId(*key.split("#", 2))


def bucket(of: str) -> str:
    """The partition of the index `open` in which a batch with work left is found."""
    return str(shard(of, BUCKETS))


def tally_key(of: int) -> str:
    """The sort key of a shard's tally."""
    return f"#t/{of}"


def meta_key(part: str) -> str:
    """The sort key of what was accepted as a part."""
    return f"m/{quote(part, safe='')}"


def data_key(part: str, digest: str, chunk: int) -> str:
    """The sort key of one row of a part's packed items."""
    return f"p/{quote(part, safe='')}/{digest}/{chunk:03}"


def outcome_key(part: str, of: int) -> str:
    """The sort key of a slice's outcomes."""
    return f"o/{quote(part, safe='')}/{of}"


def attempt_key(part: str, of: int) -> str:
    """The sort key of a slice's counted tries."""
    return f"a/{quote(part, safe='')}/{of}"


def meta_row(part: Part, digest: str, chunks: int, now_us: int) -> Row:
    """What is kept of a part for as long as its batch: enough to queue its slices again."""
    sizes = [0] * part.shards
    for item in part.items:
        sizes[shard(item.key, part.shards)] += 1
    return {
        "pk": s(partition(part.batch)),
        "sk": s(meta_key(part.name)),
        "part": s(part.name),
        "digest": s(digest),
        "chunks": n(chunks),
        "sizes": s(orjson.dumps(sizes).decode()),
        "at": n(now_us),
        "correlation_id": s(part.correlation_id),
    }


def slices_of(meta: Row, again: int = 0) -> list[Slice]:
    """The slices of the part that this row describes."""
    return [
        Slice(
            batch=batch_of(meta["pk"]["S"]),
            part=meta["part"]["S"],
            shard=of,
            digest=meta["digest"]["S"],
            chunks=number(meta, "chunks"),
            size=size,
            accepted_us=number(meta, "at"),
            correlation_id=meta["correlation_id"]["S"],
            again=again,
        )
        for of, size in enumerate(orjson.loads(meta["sizes"]["S"]))
        if size
    ]


def tally_of(row: Row) -> Tally:
    """The tally in a row's counters."""
    return Tally(**{name: number(row, name) for name in COUNTERS})


def counters(tally: Tally) -> Mapping[str, int]:
    """A tally's counters that are not zero, by name."""
    return {name: count for name in COUNTERS if (count := getattr(tally, name))}


def standing_of(rows: list[Row], now_us: int) -> Standing | None:
    """Where the batch stands whose header and tallies these are; `None` if it has expired."""
    if not rows or rows[0]["sk"]["S"] != HEADER:
        return None
    header, *tallies = rows
    if number(header, "expires") <= now_us // 1_000_000:
        return None
    return Standing(
        batch=batch_of(header["pk"]["S"]),
        method=header["method"]["S"],
        declared=number(header, "declared"),
        accepted=number(header, "accepted"),
        accepted_us=number(header, "at"),
        completed=header["state"]["S"] == "completed",
        announced="open" not in header,
        tally=sum((tally_of(row) for row in tallies), Tally()),
    )
