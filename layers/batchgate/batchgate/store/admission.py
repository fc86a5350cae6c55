"""How parts get into a batch: stored first, then counted in, in one transaction."""

from batchgate.engine.audit import HOUR_US
from batchgate.engine.lifecycle import PATIENCE_US
from batchgate.errors import BatchMismatch, DataLost
from batchgate.model import BatchId, Part, Receipt, Tally
from batchgate.store import layout
from batchgate.store.lookups import DAY_US, Lookups
from batchgate.store.packing import pack_part
from batchgate.store.rows import Row, b, if_absent, n, number, put_all, s, transact

_FITS = "#method = :method AND #declared = :declared AND accepted <= :room AND #until > :now"
"""Whether a batch that was begun takes a part. Not one that has expired: whatever DynamoDB has
not deleted of it yet, nobody sees any more."""

UNREPLAYED = "NOT replays > :replays"
"""Whether no more slices were put back than were seen; none were where nothing is said."""


class Admission(Lookups):
    """The part of the batches' table that takes new parts."""

    def admit(self, part: Part, now_us: int) -> Receipt:
        """Make a part durable and count its items as accepted, once.

        The packed items lie under their own digest, so they can be written before it is
        known whether the part is new: one transaction then counts the part and makes
        them part of the batch. What is left over where it is refused expires.

        Raises:
            BatchMismatch: the batch has another method or size, or no room for the part.
            Busy: nothing was accepted; the same call may go through later.
        """
        meta = self._keep(part, now_us)
        before = self._count_in(part, meta, now_us)
        if before is None:
            return Receipt(batch=part.batch, slices=layout.slices_of(meta))
        return Receipt(
            batch=part.batch,
            slices=layout.slices_of(before, again=1),
            repeated=True,
            same=before["digest"] == meta["digest"],
            replays=number(before, "replays"),
        )

    def correct(self, part: Part, before: Receipt, failed: Tally, now_us: int) -> Receipt | None:
        """Take a part anew whose earlier content ended with failures; `None` if another call did.

        What the earlier content's outcomes counted, `failed`, is taken back, so that each
        row counts once.

        Raises:
            BatchMismatch: the batch has another method or size, or no room for more rows.
            Busy: nothing was accepted; the same call may go through later.
        """
        meta = self._keep(part, now_us) | {"revision": n(before.revision + 1)}
        grown = len(part.items) - sum(work.size for work in before.slices)
        names = {f"#{name}": name for name in meta if name not in ("pk", "sk")}
        replaced = {
            "Key": {"pk": meta["pk"], "sk": meta["sk"]},
            "UpdateExpression": "SET " + ", ".join(f"{name} = :{name[1:]}" for name in names),
            "ConditionExpression": f"#revision = :before AND {UNREPLAYED}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {f":{name}": meta[name] for name in names.values()}
            | {":before": n(before.revision), ":replays": n(before.replays)},
        }
        header = {
            "Key": {"pk": meta["pk"], "sk": s(layout.HEADER)},
            "UpdateExpression": "SET #open = :open, due = :due "
            "ADD accepted :grown, corrections :one",
            "ConditionExpression": _FITS,
            "ExpressionAttributeNames": {
                "#open": "open",
                "#method": "method",
                "#declared": "declared",
                "#until": "until",
            },
            "ExpressionAttributeValues": {
                ":open": s(layout.bucket(layout.partition(part.batch))),
                ":due": n(now_us + PATIENCE_US),
                ":grown": n(grown),
                ":one": n(1),
                ":room": n(part.declared - grown),
                ":method": s(part.method),
                ":declared": n(part.declared),
                ":now": n(now_us // 1_000_000),
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        tally = layout.taken_back(part.batch, failed, meta["expires"])
        refused = transact(self._table, *({"Update": one} for one in (replaced, header, tally)))
        if refused is None:
            return Receipt(batch=part.batch, slices=layout.slices_of(meta))
        if refused[0]["Code"] == "ConditionalCheckFailed":
            return None
        raise _mismatch(part, refused[1].get("Item"), now_us)

    def _keep(self, part: Part, now_us: int) -> Row:
        """Store a part's items; the row that would make them part of their batch."""
        digest, chunks = pack_part(part)
        pk, expires = s(layout.partition(part.batch)), {"expires": n(self._expires(now_us))}
        rows = [
            {"pk": pk, "sk": s(layout.data_key(part.name, digest, at)), "c": b(chunk)} | expires
            for at, chunk in enumerate(chunks)
        ]
        if put_all(self._table, rows):
            raise DataLost("a part that DynamoDB can't hold")
        return layout.meta_row(part, digest, len(chunks), now_us) | expires

    def _count_in(self, part: Part, meta: Row, now_us: int) -> Row | None:
        """Add a part to its batch; the part's earlier row if it was there before."""
        size, partition = len(part.items), layout.partition(part.batch)
        if size > part.declared:
            raise BatchMismatch("full")
        first = {
            "owner": s(f"{part.batch.partner}#{part.batch.feed}"),
            "at": n(now_us),
            "begun": s(layout.begun(now_us // HOUR_US, layout.bucket(partition))),
            "batch": s(part.batch.batch),
            "method": s(part.method),
            "declared": n(part.declared),
            "shards": n(part.shards),
            "state": s("open"),
            "open": s(layout.bucket(partition)),
            "due": n(now_us + PATIENCE_US),
            "until": meta["expires"],
            # A part that came last of all is kept for as long again.
            "expires": n(self._expires(now_us + self._days * DAY_US) + layout.AFTERLIFE_S),
        } | ({"replaces": {"BOOL": True}} if part.replaces else {})
        header = {
            "Key": {"pk": meta["pk"], "sk": s(layout.HEADER)},
            "UpdateExpression": "SET "
            + ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in first)
            + " ADD accepted :size",
            "ConditionExpression": f"attribute_not_exists(pk) OR ({_FITS})",
            "ExpressionAttributeNames": {f"#{name}": name for name in first},
            "ExpressionAttributeValues": {f":{name}": value for name, value in first.items()}
            | {
                ":size": n(size),
                ":room": n(part.declared - size),
                ":now": n(now_us // 1_000_000),
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        actions = [{"Put": if_absent(meta)}, {"Update": header}]
        if part.replaces:
            actions.append({"Update": self._begun(part.batch, meta)})
        refused = transact(self._table, *actions)
        if refused is None:
            return None
        begun = refused[1].get("Item")
        if refused[0]["Code"] == "ConditionalCheckFailed" and not _expired(begun, now_us):
            return dict(refused[0]["Item"])
        raise _mismatch(part, begun, now_us)

    def _begun(self, batch: BatchId, meta: Row) -> Row:
        return {
            "Key": layout.replacement_key(batch),
            "UpdateExpression": "SET #at = if_not_exists(#at, :at), expires = :expires",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": {":at": meta["at"], ":expires": meta["expires"]},
        }

    def _expires(self, accepted_us: int) -> int:
        """When all rows expire (UTC, s) that there are because of a part, by its acceptance."""
        return accepted_us // 1_000_000 + self._days * 86_400


def _expired(begun: Row | None, now_us: int) -> bool:
    """Whether what a batch's condition met is the header of one that nobody sees any more."""
    return begun is not None and number(begun, "until") <= now_us // 1_000_000


def _mismatch(part: Part, begun: Row | None, now_us: int) -> BatchMismatch:
    """Why the batch with this header does not take a part."""
    if begun is None or _expired(begun, now_us):
        return BatchMismatch("expired")
    if begun["method"]["S"] != part.method:
        return BatchMismatch("method")
    return BatchMismatch("full" if number(begun, "declared") == part.declared else "declared")
