"""What became of a batch, or of all batches: counters, and pages of users' fates."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from batchgate.access.seal import seal, unseal
from batchgate.contracts.portfolio import FEED, SHARDS
from batchgate.contracts.portfolio.calls import answer
from batchgate.errors import BadParameter, UnknownBatch
from batchgate.http import PAGE_BYTES, Reply, Request, handed_over
from batchgate.model import (
    Account,
    BatchId,
    Fate,
    Item,
    Outcome,
    Record,
    Slice,
    Standing,
    shard,
)
from batchgate.store import Listed, Results

PARAMETERS = ("batchId", "limit", "cursor")
ROWS = 10_000
BATCHES = 1_000
"""A page ends after so many batches: each is a read, and API Gateway waits 29 s for all."""

_LIMIT = re.compile(r"[0-9]{1,5}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

MESSAGES = {
    Fate.BROKEN: "Lỗi hệ thống khi xử lý danh mục này",
    Fate.GIVEN_UP: "Không xử lý được sau nhiều lần thử",
}


class Lookups(Protocol):
    """Where batches are looked up."""

    def standing(self, batch: BatchId) -> Standing | None:
        """Where a batch stands now."""

    def results(self, batch: BatchId) -> Results | None:
        """A batch with all its items and outcomes."""

    def recent(self, partner: str, feed: str) -> Iterable[Listed]:
        """A partner's batches of a feed, newest first."""


class Records(Protocol):
    """Where users' portfolios are looked up."""

    def read(self, work: Slice, keys: Sequence[str], *, contents: bool) -> Mapping[str, Record]:
        """The records of these keys in a slice's shard; absent keys are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is asked for: one batch or all (`None`), and from which row on."""

    partner: str
    batch: BatchId | None
    limit: int
    start: tuple[int, str, int]
    """Accepted at (µs), batch, place of the item in it: rows are told from there on."""


START = (2**63, "", 0)


def read(request: Request, account: Account, key: bytes) -> Ask:
    """What an authenticated call asks for; `key` is what page cursors are sealed with.

    Raises:
        BadParameter: `batchId`, `limit` or `cursor` is not what it should be.
    """
    given = dict(request.query)
    batch = given.get("batchId")
    if batch is not None and not _UUID.fullmatch(batch.lower()):
        raise BadParameter("Invalid", "batchId")
    limit = given.get("limit", str(ROWS))
    if not _LIMIT.fullmatch(limit) or not 1 <= int(limit) <= ROWS:
        raise BadParameter("Invalid", "limit")
    wanted = BatchId(account.partner, FEED, batch.lower()) if batch is not None else None
    start = START
    if "cursor" in given:
        opened = unseal(_bound(key, account.partner, wanted), given["cursor"])
        if opened is None:
            raise BadParameter("Invalid", "cursor")
        at, name, place = orjson.loads(opened)
        start = (at, name, place)
    return Ask(partner=account.partner, batch=wanted, limit=int(limit), start=start)


def look(ask: Ask, lookups: Lookups, records: Records, key: bytes) -> Reply:
    """The counters of all that was asked for, and one page of its rows.

    Raises:
        UnknownBatch: the partner has no such batch.
    """
    if ask.batch is None:
        listed = list(lookups.recent(ask.partner, FEED))
        open_ones = {one.batch: lookups.standing(one.batch) for one in listed if one.tally is None}
    else:
        standing = lookups.standing(ask.batch)
        if standing is None:
            raise UnknownBatch
        listed = [Listed(batch=ask.batch, accepted_us=standing.accepted_us, tally=None)]
        open_ones = {ask.batch: standing}
    total = succeeded = failed = 0
    for one in listed:
        now = open_ones.get(one.batch)
        tally = one.tally or (now.tally if now else None)
        if tally is not None:
            total += now.accepted if now else tally.ended
            succeeded += tally.succeeded
            failed += tally.failed
    rows, cursor = _page(ask, listed, lookups)
    _number(rows, ask.partner, records)
    data: dict[str, Any] = {
        "batchId": ask.batch.batch if ask.batch else None,
        "totalCount": total,
        "successCount": succeeded,
        "failedCount": failed,
        "successes": [row for row in rows if row["status"]],
        "failures": [row for row in rows if not row["status"]],
        "pendingCount": total - succeeded - failed,
    }
    if cursor is not None:
        data["nextCursor"] = seal(_bound(key, ask.partner, ask.batch), orjson.dumps(cursor))
    return answer(200, "Success", data)


def _bound(key: bytes, partner: str, batch: BatchId | None) -> bytes:
    """The key for cursors of this partner and question: no other's fit."""
    return key + f"{partner}#{batch.batch if batch else ''}".encode()


def _page(
    ask: Ask, listed: Iterable[Listed], lookups: Lookups
) -> tuple[list[dict[str, Any]], tuple[int, str, int] | None]:
    rows: list[dict[str, Any]] = []
    size = 0
    for place, row in _rows(ask, listed, lookups):
        if row is None:
            return rows, place
        size += handed_over(row)
        if rows and (len(rows) == ask.limit or size > PAGE_BYTES):
            return rows, place
        rows.append(row)
    return rows, None


def _rows(
    ask: Ask, listed: Iterable[Listed], lookups: Lookups
) -> Iterator[tuple[tuple[int, str, int], dict[str, Any] | None]]:
    """Rows with their places, in order; `None` in place of a row where enough was read."""
    begin_us, begin, first = ask.start
    begun = not begin
    looked_into = 0
    for one in listed:
        here = one.batch.batch == begin
        begun = begun or here or one.accepted_us < begin_us
        if looked_into == BATCHES:
            yield (one.accepted_us, one.batch.batch, 0), None
        looked_into += begun
        results = lookups.results(one.batch) if begun else None
        for at, (item, outcome) in enumerate(results.items if results else ()):
            if outcome is not None and not (here and at < first):
                place = (one.accepted_us, one.batch.batch, at)
                yield place, _row(one.batch.batch, item, outcome)


def _row(batch: str, item: Item, outcome: Outcome) -> dict[str, Any]:
    """A row; its number is `None` where it is still to be looked up."""
    sought = outcome.fate is Fate.GIVEN_UP and item.key
    number = {"portfolioId": outcome.number or None} if outcome.number or sought else {}
    good = not outcome.fate.failed
    message = "Success" if good else item.fault or MESSAGES[outcome.fate]
    return {"batchId": batch, "userId": item.key, **number, "status": good, "message": message}


def _number(rows: Iterable[dict[str, Any]], partner: str, records: Records) -> None:
    """Tell the numbers of users that were given up: whoever gives up reads no records."""
    sought = [row for row in rows if row.get("portfolioId", 0) is None]
    users = dict.fromkeys(row["userId"] for row in sought)
    found: dict[str, Record] = {}
    for of in range(SHARDS):
        if here := [user for user in users if shard(user, SHARDS) == of]:
            found |= records.read(_shard(partner, of), here, contents=False)
    for row in sought:
        if record := found.get(row["userId"]):
            row["portfolioId"] = record.number
        else:
            del row["portfolioId"]


def _shard(partner: str, of: int) -> Slice:
    """A shard of a partner's portfolios, as records are asked for: by a slice of nothing."""
    return Slice(
        batch=BatchId(partner, FEED, ""),
        part="",
        shard=of,
        digest="",
        chunks=0,
        size=0,
        accepted_us=0,
    )
