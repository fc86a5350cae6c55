"""`batchgate status`: where one batch stands, once or live."""

import time
from typing import Annotated

import typer
from rich.live import Live
from rich.table import Table

from batchgate import wiring
from batchgate.model import BatchId, Standing
from batchgate_cli import finding, telling
from batchgate_cli.gate import Gate, table
from batchgate_cli.trouble import Trouble

LOOK_EVERY_S = 1.0


def status(
    gate: Gate,
    batch: finding.Batch,
    partner: finding.Partner = None,
    feed: finding.Feed = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Go on until the batch is completed.")
    ] = False,
    every: Annotated[float, typer.Option(help="Seconds between two looks.")] = LOOK_EVERY_S,
) -> int:
    """Where a batch stands. Exit code 0 without failures, 1 with some, 3 with work left."""
    name = finding.one(gate, batch, partner, feed)
    standing = _look(name)
    if not watch or gate.json:
        gate.answer(telling.standing(standing), _shown(standing))
        while watch and standing.phase != "completed":
            time.sleep(every)
            before, standing = standing, _look(name)
            if standing != before:
                gate.answer(telling.standing(standing))
        return code(standing)
    with Live(_shown(standing), console=gate.console, auto_refresh=False) as live:
        while standing.phase != "completed":
            time.sleep(every)
            standing = _look(name)
            live.update(_shown(standing), refresh=True)
    return code(standing)


def code(standing: Standing) -> int:
    """The exit code that tells where a batch stands."""
    if standing.phase != "completed":
        return 3
    return 1 if standing.tally.failed else 0


def _look(name: BatchId) -> Standing:
    standing = wiring.batches().standing(name)
    if standing is None:
        raise Trouble(f"The batch {name.batch} has just expired.")
    return standing


def _shown(standing: Standing) -> Table:
    told = telling.standing(standing)
    title = (
        f"{told['partner']}#{told['feed']}#{told['batch']}: {told['state']}, "
        f"{telling.age(told['age_s'] * 1_000_000)} old"
    )
    row = [told["declared"], *(told[name] for name in telling.COUNTERS), told["cleared"]]
    return table(("declared", *telling.COUNTERS, "cleared"), [row], title=title)
