"""Taking back how slices ended, so that they are worked again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import takewhile

from batchgate import telemetry
from batchgate.engine.lifecycle import PATIENCE_US
from batchgate.engine.replay import Ending
from batchgate.errors import DataLost
from batchgate.model import BatchId, Outcome, PhaseName, Slice, Standing, Tally
from batchgate.store import layout
from batchgate.store.admission import UNREPLAYED
from batchgate.store.clearing import Batches as _Batches
from batchgate.store.lookups import Accepted
from batchgate.store.packing import pack_outcomes, unpack_outcomes
from batchgate.store.rows import Row, b, n, number, s, transact

LOOK_BACK_US = 86_400 * 1_000_000
"""How much earlier than a slice's part a batch may have begun and still be looked into for
parts that are newer than it."""


class Batches(_Batches):
    """Batches whose slices can be put back."""

    def kept(self, work: Slice) -> Sequence[Outcome] | None:
        """What a replayed slice's items ended as before; `None` of one that was not replayed."""
        key = layout.kept_key(work)
        for row in self._query(work.batch, key):
            if row["sk"]["S"] == key:
                return unpack_outcomes(row["o"]["B"])
        return None

    def endings(self, batch: BatchId) -> Sequence[Ending]:
        """How the slices of a batch ended, of those that did, oldest part first."""
        # In this order: what is put back between the two is known by its part's row.
        metas = sorted(self._query(batch, "m/"), key=lambda row: number(row, "at"))
        packed = {row["sk"]["S"]: row["o"]["B"] for row in self._query(batch, "o/")}
        return [
            Ending(
                work=work,
                outcomes=unpack_outcomes(packed[key]),
                replays=number(meta, "replays"),
            )
            for meta in metas
            for work in layout.slices_of(meta)
            if (key := layout.outcome_key(work)) in packed
        ]

    def waiting(self, standing: Standing) -> Sequence[tuple[int, Slice]]:
        """All work of a batch that has no outcome, and since when (UTC, µs) each of it waits.

        A slice waits since it was accepted or replayed, a step of clearing since the one
        before it was done.
        """
        slices = self._waiting(standing.batch, replayed=standing.replays > 0)
        return [*slices, *(self.uncleared(standing) if standing.state == "clearing" else ())]

    def stuck(self, batch: BatchId, since_us: int) -> Sequence[Slice]:
        """Slices of a batch that wait for their outcomes since before then."""
        return [work for at_us, work in self._waiting(batch, replayed=True) if at_us < since_us]

    def _waiting(self, batch: BatchId, *, replayed: bool) -> Sequence[tuple[int, Slice]]:
        kept = self._query(batch, "k/") if replayed else ()
        at = {row["sk"]["S"]: number(row, "at") for row in kept}
        return [
            (max(work.accepted_us, at.get(layout.kept_key(work), 0)), work)
            for work in self.unworked(batch)
        ]

    def named_later(
        self, batch: BatchId, keys: AbstractSet[str], since_us: int
    ) -> Mapping[str, int]:
        """When these keys were last named by a part of their feed that is newer than that.

        Only by parts that did not fail for them, or still wait. A replacement names all
        keys, once it removes what it does not name, and so does a part whose content is
        lost. The revert of a plan counts also where it failed: it found nothing to take
        back, and nothing may be there after it. Looked into are the feed's batches that
        began at most a day before.
        """
        named: dict[str, int] = {}
        for other in self.around(batch, since_us):
            standing = self.standing(other)
            if standing is None:
                continue
            if other != batch and standing.replaces and standing.state != "open":
                named |= {key: max(standing.accepted_us, named.get(key, 0)) for key in keys}
            reverts = standing.method == PhaseName.REVERT
            for part in self.parts(other):
                if part.accepted_us > since_us and (reverts or _holds(part)):
                    for key in self._holding(part, keys, reverts=reverts):
                        named[key] = max(part.accepted_us, named.get(key, 0))
        return named

    def _holding(self, part: Accepted, keys: AbstractSet[str], *, reverts: bool) -> Iterable[str]:
        """Which of these keys a newer part stands for."""
        try:
            items = self.items(part)
        except DataLost:
            telemetry.logger.exception("content lost", extra={"part": part.name})
            return keys
        return [
            item.key
            for item, outcome in items
            if item.key in keys
            and not item.fault
            and (outcome is None or not outcome.fate.failed or (reverts and not outcome.fate.ours))
        ]

    def around(self, batch: BatchId, since_us: int) -> Iterator[BatchId]:
        """The batches of a feed that may have parts newer than that: what is looked into."""
        recent = self.recent(batch.partner, batch.feed)
        begin = since_us - LOOK_BACK_US
        for one in takewhile(lambda listed: listed.accepted_us >= begin, recent):
            if one.batch != batch:
                yield one.batch
        yield batch

    def reopen(
        self, ending: Ending, kept: Sequence[Outcome], standing: Standing, now_us: int
    ) -> Slice | None:
        """Take a slice's outcomes back; `None` if slice or batch changed meanwhile.

        One transaction: the outcomes go and what they counted is taken back, so that the
        counts close before and after it. A completed batch is open again, and completed and
        announced anew with its new counts. The part's row tells a correction, and a second
        replay, that the outcomes they know are no more.

        Raises:
            Busy: nothing was done.
        """
        if standing.completed and not standing.announced:
            return None  # somebody is just completing it
        work = replace(ending.work, again=now_us)
        pk, expires = s(layout.partition(work.batch)), n(self._expires(work.accepted_us))
        row = {
            "pk": pk,
            "sk": s(layout.kept_key(work)),
            "o": b(pack_outcomes(kept)),
            "part": s(work.part),
            "shard": n(work.shard),
            "at": n(now_us),
            "items": n(sum(1 for one in kept if one.fate.ours)),
            "expires": expires,
        }
        gone = {
            "Key": {"pk": pk, "sk": s(layout.outcome_key(work))},
            "ConditionExpression": "attribute_exists(pk)",
        }
        meta = {
            "Key": {"pk": pk, "sk": s(layout.meta_key(work.part))},
            "UpdateExpression": "ADD replays :one",
            "ConditionExpression": f"revision = :revision AND {UNREPLAYED}",
            "ExpressionAttributeValues": {
                ":one": n(1),
                ":revision": n(work.revision),
                ":replays": n(ending.replays),
            },
        }
        actions: list[Row] = [
            {"Delete": gone},
            {"Delete": {"Key": {"pk": pk, "sk": s(layout.tries_key(work))}}},
            {"Put": {"Item": row}},
            {"Update": meta},
            {"Update": layout.taken_back(work.batch, Tally.of(ending.outcomes), expires)},
            {"Update": _reopened(pk, standing, now_us)},
        ]
        return work if transact(self._table, *actions) is None else None


def _holds(part: Accepted) -> bool:
    """Whether any item of a part waits or has not failed."""
    return len(part.ended) < len(part.slices) or any(
        not one.fate.failed for outcomes in part.ended.values() for one in outcomes
    )


def _reopened(pk: Row, standing: Standing, now_us: int) -> Row:
    """What becomes of a batch's header."""
    state = standing.state
    change = "SET #state = :state, #open = :open, due = :due"
    if standing.completed:
        # A replacement that is through with all shards does not begin to remove again.
        state = "clearing" if standing.replaces else "open"
        change += " REMOVE counts, completed, announced"
    return {
        "Key": {"pk": pk, "sk": s(layout.HEADER)},
        "UpdateExpression": f"{change} ADD replays :one",
        "ConditionExpression": "#state = :seen",
        "ExpressionAttributeNames": {"#state": "state", "#open": "open"},
        "ExpressionAttributeValues": {
            ":state": s(state),
            ":seen": s(standing.state),
            ":open": s(layout.bucket(pk["S"])),
            ":due": n(now_us + PATIENCE_US),
            ":one": n(1),
        },
    }
