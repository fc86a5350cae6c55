"""Which batches a command is about."""

import re
from collections.abc import Iterator
from heapq import merge
from typing import Annotated

import typer

from batchgate import wiring
from batchgate.model import BatchId
from batchgate.store import Listed, Register, Survey
from batchgate_cli.contracts import feeds
from batchgate_cli.gate import Gate
from batchgate_cli.partner import account
from batchgate_cli.trouble import USAGE, Trouble

Batch = Annotated[str, typer.Argument(help="What the partner calls it, or partner#feed#batch.")]
Partner = Annotated[str | None, typer.Option(envvar="BATCHGATE_PARTNER", help="Whose batches.")]
Feed = Annotated[
    str | None,
    typer.Option(help="Of which feed, such as portfolio, odm/inventory, card. Without it all."),
]

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_AGE = re.compile(r"([0-9]{1,6})([smhd])", re.ASCII)


def survey(gate: Gate) -> Survey:
    """The batches of a command's stack."""
    days = int(gate.stack.parameters.get("BatchDays", "90"))
    return Survey(gate.stack.outputs["BatchesTable"], days, wiring.clock)


def seconds(age: str) -> int:
    """The seconds in a length of time such as `90s`, `30m`, `2h`, `3d`."""
    form = _AGE.fullmatch(age)
    if form is None:
        raise Trouble(f"{age!r} is no length of time.", "Say 90s, 30m, 2h or 3d.", code=USAGE)
    return int(form[1]) * SECONDS[form[2]]


def feeds_of(gate: Gate, partner: str, feed: str | None) -> list[str]:
    """The feed that was named, or all that a partner may have batches in."""
    if feed is not None:
        return [feed]
    return feeds(account(Register(gate.stack.outputs["PartnersTable"]), partner).contracts)


def one(gate: Gate, batch: str, partner: str | None, feed: str | None) -> BatchId:
    """The batch that is meant.

    Raises:
        Trouble: there is none, or several feeds have one of this name.
    """
    if batch.count("#") >= 2 and partner in (None, batch.partition("#")[0]):
        partner, feed, batch = batch.split("#", 2)
    if partner is None:
        raise Trouble("Whose batch?", "Say --partner, or partner#feed#batch.", code=USAGE)
    batches = survey(gate)
    wanted = [BatchId(partner, name, batch) for name in feeds_of(gate, partner, feed)]
    wanted += [BatchId(partner, "portfolio", batch.lower())] if batch != batch.lower() else []
    found = [one for one in wanted if batches.standing(one) is not None]
    if not found:
        where = f" in {feed}" if feed else ""
        raise Trouble(
            f"{partner} has no batch {batch}{where}.",
            f"`batchgate batches --partner {partner}` lists those there are.",
        )
    if len(found) > 1:
        names = ", ".join(one.feed for one in found)
        raise Trouble(f"Several feeds have a batch {batch}: {names}.", "Say --feed.", code=USAGE)
    return found[0]


def listed(
    gate: Gate, partner: str | None, feed: str | None, *, every: bool = False, failed: bool = False
) -> Iterator[BatchId]:
    """The batches that are meant, newest first where their partner is named.

    With `failed`, those are left out whose items are known to have ended well.

    Named by partner they are found by the index `recent`; without one, those that have work
    left by the index `open`. Only `every` reads the whole table.
    """
    batches = survey(gate)
    if every:
        gate.say("Reading the whole table of batches: this costs as much as it is large.")
        for batch in batches.everything():
            if partner in (None, batch.partner) and feed in (None, batch.feed):
                yield batch
        return
    if partner is None:
        if feed is not None:
            raise Trouble("Whose batches of that feed?", "Say --partner, or --all.", code=USAGE)
        yield from wiring.batches().due(2**53)
        return
    every_feed = (batches.recent(partner, name) for name in feeds_of(gate, partner, feed))
    for found in merge(*every_feed, key=_newest):
        if not failed or found.tally is None or found.tally.failed:
            yield found.batch


def _newest(one: Listed) -> int:
    return -one.accepted_us
