"""What the items of one key do to its record. Pure: no clock, no storage."""

from collections.abc import Iterator, Sequence

import orjson

from batchgate.model import Fate, Item, Operation, Record, Slice, digest


def decide(
    items: Sequence[Item], before: Record | None, work: Slice, numbers: Iterator[int]
) -> tuple[Sequence[Fate], Record | None]:
    """The fates of a key's items, in order, and the record to write (`None`: nothing).

    A record that this very slice wrote means that the slice is worked again after a
    crash: it reports what it did the first time and writes nothing, so counts stay exact.

    A slice that was queued again may come after newer ones. Where its key has been
    written by a newer part, its items end as unchanged.

    A record that is unchanged is written all the same where it is as old as a replacement
    that is open, which would remove it.
    """
    if before is not None and before.written_by == work.mark:
        return [Fate(letter) for letter in before.how], None
    late = bool(work.again) and before is not None and before.accepted_us > work.accepted_us
    exists = before is not None and not before.removed
    current = before.digest if before is not None and exists else b""
    content = before.content if before is not None and exists else b""
    number = before.number if before is not None else 0
    doomed = before is not None and before.accepted_us <= work.replaced_us
    spared = False
    fates = []
    for item in items:
        fate = Fate.REFUSED if item.fault else Fate.UNCHANGED
        if not item.fault and not late:
            merges = exists and item.operation is Operation.MERGE
            wanted = merge(content, item.content) if merges else item.content
            fresh = digest(wanted)
            fate = settle(item.operation, exists=exists, same=current == fresh)
            if item.guard and not fate.failed:
                fate = guarded(item.guard, content if exists else b"{}", wanted) or fate
            if fate is Fate.REMOVED:
                exists, current, content = False, b"", b""
            elif fate.wrote:
                exists, current, content = True, fresh, wanted
                number = number or next(numbers, 0)
            elif fate is Fate.UNCHANGED and exists and doomed:
                content, spared = wanted, True
        fates.append(fate)
    if not spared and not any(fate.wrote for fate in fates):
        return fates, None
    return fates, Record(
        key=items[0].key,
        content=content,
        digest=current,
        number=number,
        written_by=work.mark,
        how="".join(fates),
        accepted_us=work.accepted_us,
        removed=not exists,
    )


def settle(operation: Operation, *, exists: bool, same: bool) -> Fate:
    """What one operation comes to on a record that exists or not, with the same content or not.

    Content is compared by digest, so a partner that sends its whole catalogue every
    night pays for what changed and nothing else.
    """
    match operation:
        case Operation.REMOVE:
            return Fate.REMOVED if exists else Fate.UNCHANGED
        case Operation.DELETE:
            return Fate.REMOVED if exists else Fate.MISSING
        case Operation.UPDATE | Operation.MERGE if not exists:
            return Fate.MISSING
    if not exists:
        return Fate.INSERTED
    if same:
        return Fate.UNCHANGED
    return Fate.EXISTS if operation is Operation.INSERT else Fate.UPDATED


def merge(content: bytes, given: bytes) -> bytes:
    """A record's content with the given fields changed; fields that are `null` taken away."""
    merged = orjson.loads(content) | orjson.loads(given)
    kept = {name: value for name, value in merged.items() if value is not None}
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)


def guarded(guard: str, before: bytes, after: bytes) -> Fate | None:
    """What keeps an item from its record; `None` if nothing does."""
    rules = orjson.loads(guard)
    current = orjson.loads(before)
    if any(current.get(name, value) != value for name, value in rules.get("equal", {}).items()):
        return Fate.DENIED
    first, second = rules.get("order", ("", ""))
    left = orjson.loads(after or b"{}")
    if first in left and second in left and left[first] > left[second]:
        return Fate.DISORDERED
    return None
