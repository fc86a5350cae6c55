"""Clearing after a full replacement: what its batch does not name is removed, shard by shard."""

from collections.abc import Sequence
from itertools import groupby

from batchgate import aws
from batchgate.engine.replace import step_of
from batchgate.errors import DataLost
from batchgate.model import BatchId, Clearing, Slice, Standing, shard
from batchgate.store import layout
from batchgate.store.batches import Batches as _Batches
from batchgate.store.packing import unpack_part
from batchgate.store.rows import if_absent, n, number, s, transact


class Batches(_Batches):
    """Batches that may replace a feed's whole content."""

    def replaced_us(self, batch: BatchId) -> int:
        """When the newest replacement began that another batch of the feed has open, or 0."""
        own = layout.replacement_key(batch)["sk"]
        now = self._clock() // 1_000_000
        feed = BatchId(batch.partner, batch.feed, "")
        begun = (
            number(row, "at")
            for row in self._query(feed, layout.REPLACEMENTS)
            if row["sk"] != own and number(row, "expires") > now
        )
        return max(begun, default=0)

    def end_replacement(self, batch: BatchId) -> None:
        """Remember that a replacement removes nothing any more."""
        with aws.busy():
            aws.client("dynamodb").delete_item(
                TableName=self._table, Key=layout.replacement_key(batch)
            )

    def named(self, batch: BatchId, of: int) -> set[str]:
        """All keys of a shard that a batch names, in whatever way their items ended.

        Raises:
            DataLost: a part is not there whole: what it named must not be taken for unnamed.
        """
        current = {
            layout.data_key(meta["part"]["S"], meta["digest"]["S"], 0)[:-3]: number(meta, "chunks")
            for meta in self._query(batch, "m/")
        }
        keys: set[str] = set()
        rows = self._query(batch, "p/")
        for prefix, together in groupby(rows, lambda row: str(row["sk"]["S"][:-3])):
            chunks = [row["c"]["B"] for row in together]
            if current.get(prefix) == len(chunks):
                del current[prefix]
                part = unpack_part(chunks)
                keys |= {one.key for one in part.items if shard(one.key, part.shards) == of}
        if current:
            raise DataLost("a part's rows are missing")
        return keys

    def close_step(self, work: Slice, removed: int, stopped: str) -> str:
        """Keep what a step of clearing removed, once; where it stopped, "" at the shard's end.

        What it answers is what the first try at the step kept.
        """
        pk = s(layout.partition(work.batch))
        row = {
            "pk": pk,
            "sk": s(layout.outcome_key(work)),
            "removed": n(removed),
            "stopped": s(stopped),
            "at": n(self._clock()),
            "expires": n(self._expires(work.accepted_us)),
        }
        header = {
            "Key": {"pk": pk, "sk": s(layout.HEADER)},
            "UpdateExpression": "ADD cleared :removed, cleared_shards :through",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": {
                ":removed": n(removed),
                ":through": n(0 if stopped else 1),
            },
        }
        refused = transact(self._table, {"Put": if_absent(row)}, {"Update": header})
        if refused is None:
            return stopped
        # Without a header the batch has expired: nobody waits for the rest.
        return str(refused[0]["Item"]["stopped"]["S"]) if "Item" in refused[0] else ""

    def step(self, work: Slice) -> tuple[bool, str]:
        """Whether a step of clearing was done, and where it stopped."""
        for row in self._query(work.batch, layout.outcome_key(work)):
            return True, row["stopped"]["S"]
        return False, ""

    def uncleared(self, standing: Standing) -> Sequence[tuple[int, Slice]]:
        """The next step of clearing for each shard that is not through, and since when it waits.

        That is since the step before it was done (UTC, µs).
        """
        begun = (standing.clearing_us, Clearing(step=0, after=""))
        following: dict[int, tuple[int, Clearing]] = dict.fromkeys(range(standing.shards), begun)
        for row in self._query(standing.batch, "c/"):
            _, of, step = row["sk"]["S"].split("/")
            if stopped := row["stopped"]["S"]:
                following[int(of)] = number(row, "at"), Clearing(step=int(step) + 1, after=stopped)
            else:
                del following[int(of)]
        minutes = (self._clock() - standing.accepted_us) // 60_000_000
        return [
            (since_us, step_of(standing, of, step, again=minutes))
            for of, (since_us, step) in following.items()
        ]
