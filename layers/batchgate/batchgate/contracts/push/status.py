"""What became of a pushed batch: its totals, its sequences, its failed rows."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import orjson

from batchgate.access.seal import seal, unseal
from batchgate.contracts.push import calls, rows
from batchgate.contracts.push.datasets import DataSet
from batchgate.contracts.push.envelope import TEXTS
from batchgate.errors import BadParameter, UnknownBatch
from batchgate.http import PAGE_BYTES, Reply, Request, handed_over
from batchgate.model import Account, BatchId, Item, Outcome, Standing
from batchgate.store import Accepted

PARAMETERS = {"batch_id", "limit", "cursor"}
ROWS = 1_000
MOST_ROWS = 10_000
MOST_GAPS = 100_000
"""Up to which sequence gaps are told."""

_LIMIT = re.compile(r"[0-9]{1,5}", re.ASCII)
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)

type Place = tuple[int, str, int]
"""A failed row's place: when its part was accepted (UTC, µs), the part's name, its own place.

A corrected part goes to the end, so that none that is still to be told moves past a cursor.
"""


class Lookups(Protocol):
    """Where batches are looked up."""

    def standing(self, batch: BatchId) -> Standing | None:
        """Where a batch stands now."""

    def parts(self, batch: BatchId) -> Sequence[Accepted]:
        """The parts of a batch in the order of their acceptance, with their outcomes."""

    def items(self, part: Accepted) -> Sequence[tuple[Item, Outcome | None]]:
        """A part's items in their order, each with its outcome."""


def look(request: Request, account: Account, feed: DataSet, lookups: Lookups, key: bytes) -> Reply:
    """Where a batch stands, and one page of its failures.

    Raises:
        BadParameter: a parameter is missing, unknown, repeated or malformed.
        UnknownBatch: the partner has no such batch in this data set.
    """
    given = _parameters(request)
    batch = BatchId(account.partner, feed.name, given["batch_id"])
    bound = key + f"{batch.partner}#{batch.feed}#{batch.batch}".encode()
    begin: Place = (0, "", 0)
    if "cursor" in given:
        opened = unseal(bound, given["cursor"])
        if opened is None:
            raise BadParameter("Invalid", "cursor")
        accepted_us, part, row = orjson.loads(opened)
        begin = (accepted_us, part, row)
    if len(batch.batch.encode()) > TEXTS["batch_id"]:
        raise UnknownBatch  # DynamoDB refuses to look for a key of over 2,048 bytes
    standing = lookups.standing(batch)
    if standing is None:
        raise UnknownBatch
    parts = lookups.parts(batch)
    named = sequences([part.name for part in parts])
    limit, room = int(given.get("limit", ROWS)), PAGE_BYTES - handed_over(named)
    failures, place = _page(_failures(parts, begin, feed, lookups), limit, room)
    tally = standing.tally
    result = {
        **_counters(standing),
        **named,
        "inserted": tally.inserted,
        "updated": tally.updated,
        "unchanged": tally.unchanged,
        "removed": standing.removed,
        "failed": tally.failed,
        "pending": standing.pending,
        "failures": failures,
    }
    if place is not None:
        result["nextCursor"] = seal(bound, orjson.dumps(place))
    return Reply(200, {"code": "0", "msg": "request success", "result": result})


def refuse(error: Exception) -> Reply:
    """The answer to a call that is not served."""
    if isinstance(error, BadParameter):
        message = f"{calls.MESSAGES[calls.VERIFY]} {error.reason} parameter: {error.name}"
        return calls.said(calls.VERIFY, message, 400)
    return calls.refuse(error)


def _parameters(request: Request) -> dict[str, str]:
    given = dict(request.query)
    names = [name for name, _ in request.query]
    for name in names:
        if name not in PARAMETERS:
            raise BadParameter("Unknown", name)
    for name in names:
        if names.count(name) > 1:
            raise BadParameter("Repeated", name)
    if not given.get("batch_id"):
        raise BadParameter("Missing", "batch_id")
    limit = given.get("limit", str(ROWS))
    if not _LIMIT.fullmatch(limit) or not 1 <= int(limit) <= MOST_ROWS:
        raise BadParameter("Invalid", "limit")
    return given


def _counters(standing: Standing) -> dict[str, Any]:
    return {
        "batch_id": standing.batch.batch,
        "method": standing.method,
        "state": standing.phase,
        "batch_size": standing.declared,
        "received": standing.accepted,
    }


def sequences(names: Sequence[str]) -> dict[str, list[str]]:
    """The sequences that came, and the gaps between them where they are whole numbers."""
    if not all(_WHOLE.fullmatch(name) for name in names):
        return {"sequences": list(names), "missing": []}
    came = sorted(map(int, names))
    gaps = sorted(set(range(1, min(came[-1], MOST_GAPS))) - set(came))
    return {"sequences": [str(one) for one in came], "missing": [str(one) for one in gaps]}


def _page(
    failures: Iterable[tuple[Place, dict[str, Any]]], limit: int, room: int
) -> tuple[list[dict[str, Any]], Place | None]:
    """A failure at least, and no more than there is room for, in bytes; and where to go on."""
    page: list[dict[str, Any]] = []
    size = 0
    for place, failure in failures:
        size += handed_over(failure)
        if page and (len(page) == limit or size > room):
            return page, place
        page.append(failure)
    return page, None


def _failures(
    parts: Sequence[Accepted], begin: Place, feed: DataSet, lookups: Lookups
) -> Iterator[tuple[Place, dict[str, Any]]]:
    keys = ",".join(feed.keys)
    for part in sorted(parts, key=lambda part: (part.accepted_us, part.name)):
        at = (part.accepted_us, part.name)
        if at < begin[:2] or not part.failed:
            continue
        for row, (item, outcome) in enumerate(lookups.items(part)):
            if outcome is None or not outcome.fate.failed or (*at, row) < begin:
                continue
            _, faults = calls.told(item, outcome, keys)
            # Of a row to remove nothing is kept but its key.
            shown = item.content or orjson.dumps(rows.keys_of(item.key, feed))
            told = {"seq_id": part.name, "row": orjson.Fragment(shown), "verify": faults}
            yield (*at, row), told
