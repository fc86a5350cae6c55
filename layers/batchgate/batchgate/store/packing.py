"""How parts, outcomes and records are packed into few bytes: bytes are what storage costs.

A part is one line of JSON that describes its items, then a line of canonical JSON per
item, compressed together: a worker takes contents as they are, without parsing them.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

import orjson

from batchgate.engine.ports import StoredPart
from batchgate.errors import DataLost
from batchgate.model import Fate, Item, Operation, Outcome, Part, Record, digest

CHUNK_BYTES = 350_000
"""How much of a packed part one row holds; DynamoDB takes 400 KB."""

_RECORD = struct.Struct(">16s8sQQ?")


def pack_part(part: Part) -> tuple[str, Sequence[bytes]]:
    """A part's content digest (hex) and its packed bytes, cut into rows' sizes."""
    head = {
        "keys": [item.key for item in part.items],
        "operations": "".join(item.operation for item in part.items),
        "faults": {str(at): item.fault for at, item in enumerate(part.items) if item.fault},
        "shards": part.shards,
        "guards": {str(at): item.guard for at, item in enumerate(part.items) if item.guard},
        "numbered": part.numbered,
        "contents": part.contents,
        "note": part.note,
    }
    lines = b"\n".join([orjson.dumps(head), *(item.content for item in part.items)])
    packed = zlib.compress(lines, 6)
    chunks = [packed[at : at + CHUNK_BYTES] for at in range(0, len(packed), CHUNK_BYTES)]
    return digest(lines).hex(), chunks


def unpack_part(chunks: Iterable[bytes]) -> StoredPart:
    """The part whose packed bytes these are.

    Raises:
        DataLost: the bytes are not those of a part.
    """
    try:
        first, *contents = zlib.decompress(b"".join(chunks)).split(b"\n")
        head = orjson.loads(first)
        items = [
            Item(key, Operation(operation), content)
            for key, operation, content in zip(
                head["keys"], head["operations"], contents, strict=True
            )
        ]
        for at, fault in head["faults"].items():
            items[int(at)] = replace(items[int(at)], fault=fault)
        for at, guard in head["guards"].items():
            items[int(at)] = replace(items[int(at)], guard=guard)
        return StoredPart(
            items=items,
            shards=head["shards"],
            numbered=head["numbered"],
            contents=head["contents"],
        )
    except (zlib.error, ValueError, KeyError) as error:
        raise DataLost("a part's bytes can't be read") from error


def pack_outcomes(outcomes: Sequence[Outcome]) -> bytes:
    """A slice's outcomes in its items' order. Numbers are kept as their differences."""
    numbers = [outcome.number for outcome in outcomes]
    steps = [after - before for before, after in pairwise([0, *numbers])] if any(numbers) else []
    fates = "".join(outcome.fate for outcome in outcomes)
    return zlib.compress(orjson.dumps([fates, steps]), 6)


def unpack_outcomes(packed: bytes) -> Sequence[Outcome]:
    """The outcomes that `pack_outcomes` packed."""
    fates, steps = orjson.loads(zlib.decompress(packed))
    numbers = list(accumulate(steps)) or [0] * len(fates)
    return [Outcome(Fate(fate), number) for fate, number in zip(fates, numbers, strict=True)]


def pack_record(record: Record) -> bytes:
    """All of a record but its key and content, in one binary attribute.

    Reading a slice's records is the worker's largest piece of CPU, and it grows with the
    number of attributes.
    """
    fixed = _RECORD.pack(
        record.digest, record.written_by, record.accepted_us, record.number, record.removed
    )
    return fixed + record.how.encode()


def unpack_record(key: str, packed: bytes, content: bytes = b"") -> Record:
    """The record that `pack_record` packed."""
    content_digest, written_by, accepted_us, number, removed = _RECORD.unpack_from(packed)
    return Record(
        key=key,
        content=content,
        digest=content_digest,
        number=number,
        written_by=written_by,
        how=packed[_RECORD.size :].decode(),
        accepted_us=accepted_us,
        removed=removed,
    )
