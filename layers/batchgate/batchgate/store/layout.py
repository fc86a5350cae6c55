"""Where the rows of a batch lie. All share the batch's partition.

| sort key | row |
|---|---|
| `#` | header: contract, totals, state, times; nobody sees a batch any more from `until` on |
| `#t/<shard>` | tally of one shard; one writer |
| `m/<part>` | what was accepted: a part's digest, size and time |
| `p/<part>/<digest>/<n>` | the packed items, named by their content: written twice is harmless |
| `o/<part>/<shard>` | the packed outcomes of a slice |
| `c/<shard>/<step>` | what a step of clearing a shard removed, and where it stopped |
| `a/<part>/<shard>` | tries at a slice that failed before |
| `k/<part>/<shard>` | what the items of a replayed slice had ended as, and when it was replayed |

A feed has a partition, too, which is that of a batch without a name: `r/<batch>` says when
a replacement of the feed began that is still open.
"""

from collections.abc import Mapping
from urllib.parse import quote

import orjson

from batchgate.model import BatchId, Part, Slice, Standing, Tally, shard
from batchgate.store.rows import Row, n, number, s

HEADER = "#"
AFTERLIFE_S = 15 * 86_400
"""How long a header outlives the last row that its batch may have.

DynamoDB deletes what has expired in any order, days late: what is left over of a batch must not
be met by another of its name.
"""

BUCKETS = 8
"""Over how many partitions of an index batches are spread that are looked for together."""

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


def begun(hour: int, bucket: str) -> str:
    """A partition of the index `begun`: batches that began in this hour since 1970."""
    return f"{hour}/{bucket}"


REPLACEMENTS = "r/"
"""What the sort keys of a feed's open replacements begin with."""

SUPERSEDED = "#t/-"
"""The sort key of the tally that takes back what outcomes counted that are no more."""


def tally_key(of: int) -> str:
    """The sort key of a shard's tally."""
    return f"#t/{of}"


def meta_key(part: str) -> str:
    """The sort key of what was accepted as a part."""
    return f"m/{quote(part, safe='')}"


def data_key(part: str, digest: str, chunk: int) -> str:
    """The sort key of one row of a part's packed items."""
    return f"p/{quote(part, safe='')}/{digest}/{chunk:03}"


def outcomes_prefix(part: str, revision: int) -> str:
    """What the sort keys of a part's outcomes begin with. No part's name holds a bare `!`."""
    return f"o/{quote(part, safe='')}{f'!{revision}' if revision > 1 else ''}/"


def outcome_key(work: Slice) -> str:
    """The sort key of a slice's outcomes."""
    if work.clearing:
        return f"c/{work.shard:04}/{work.clearing.step:06}"
    return f"{outcomes_prefix(work.part, work.revision)}{work.shard}"


def tries_key(work: Slice) -> str:
    """The sort key of a slice's counted tries."""
    return f"a/{outcome_key(work)}"


def kept_key(work: Slice) -> str:
    """The sort key of what a replayed slice's items had ended as."""
    return f"k/{outcome_key(work)}"


def replacement_key(batch: BatchId) -> Mapping[str, Row]:
    """Where it is kept that a replacement is open."""
    feed = BatchId(batch.partner, batch.feed, "")
    return {"pk": s(partition(feed)), "sk": s(f"{REPLACEMENTS}{batch.batch}")}


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
        "revision": n(1),
        "replaced": n(part.replaced_us),
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
            revision=number(meta, "revision"),
            replaced_us=number(meta, "replaced"),
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


def taken_back(batch: BatchId, tally: Tally, expires: Row) -> Row:
    """A transaction's update that takes back what outcomes counted."""
    counts = counters(tally)
    return {
        "Key": {"pk": s(partition(batch)), "sk": s(SUPERSEDED)},
        "UpdateExpression": "SET expires = :expires ADD "
        + ", ".join(f"{name} :{name}" for name in counts),
        "ExpressionAttributeValues": {f":{name}": n(-count) for name, count in counts.items()}
        | {":expires": expires},
    }


def standing_of(rows: list[Row], now_us: int) -> Standing | None:
    """Where the batch stands whose header and tallies these are; `None` if it has expired."""
    if not rows or rows[0]["sk"]["S"] != HEADER:
        return None
    header, *tallies = rows
    if number(header, "until") <= now_us // 1_000_000:
        return None
    return Standing(
        batch=batch_of(header["pk"]["S"]),
        method=header["method"]["S"],
        declared=number(header, "declared"),
        accepted=number(header, "accepted"),
        accepted_us=number(header, "at"),
        state=header["state"]["S"],
        announced="announced" in header,
        tally=sum((tally_of(row) for row in tallies), Tally()),
        shards=number(header, "shards"),
        replaces="replaces" in header,
        cleared=number(header, "cleared"),
        cleared_shards=number(header, "cleared_shards"),
        clearing_us=number(header, "clearing"),
        replays=number(header, "replays"),
        corrections=number(header, "corrections"),
    )
