"""`batchgate replay`: put back what failed through our fault, and what got stuck."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

from batchgate import wiring
from batchgate.engine import replay as engine
from batchgate.engine.replay import Plan
from batchgate.model import BatchId, Fate
from batchgate.model.items import OURS
from batchgate_cli import finding, telling
from batchgate_cli.gate import Gate, table
from batchgate_cli.partner import register
from batchgate_cli.trouble import UNFINISHED, USAGE, Trouble

ERRORS = {"broken": Fate.BROKEN, "given-up": Fate.GIVEN_UP}


def replay(
    gate: Gate,
    batch: Annotated[
        str | None, typer.Argument(help="One batch; without it all that are meant below.")
    ] = None,
    partner: finding.Partner = None,
    feed: finding.Feed = None,
    error: Annotated[
        str | None, typer.Option(help=f"Only slices with items that ended so: {', '.join(ERRORS)}.")
    ] = None,
    stuck: Annotated[bool, typer.Option("--stuck", help="Only slices that got stuck.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Those of all partners.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
) -> int:
    """Have slices worked again that were given up, broke, or got stuck. Safe to run twice."""
    if error is not None and error not in ERRORS:
        raise Trouble(
            f"No failure of ours is called {error}.",
            f"Choose from {', '.join(ERRORS)}.",
            code=USAGE,
        )
    if error and stuck:
        raise Trouble("What got stuck has not failed.", "Say --error or --stuck.", code=USAGE)
    if batch is None and partner is None and not all_:
        raise Trouble("Whose batches?", "Name a batch, or say --partner or --all.", code=USAGE)
    fates: Collection[Fate] = [] if stuck else [ERRORS[error]] if error else OURS
    names = _meant(gate, batch, partner, feed)
    plans = _plans(names, fates, stuck=error is None)
    told = [_told(plan) for plan in plans]
    reads = engine.looks_into(plans, wiring.batches())
    if reads:
        gate.say(f"To tell what is newer, batches of the same feeds are read: {reads}.")
    if not dry_run:
        back = engine.put_back(
            plans, wiring.batches(), wiring.records(), wiring.queue(), wiring.clock
        )
        counted = Counter(work.batch for work in back)
        for plan, one in zip(plans, told, strict=True):
            one["put_back"] = counted[plan.standing.batch]
    _answer(gate, told, reads=reads, dry_run=dry_run)
    left = sum(one["slices"] - one["put_back"] for one in told)
    return UNFINISHED if left and not dry_run else 0


def _meant(
    gate: Gate, batch: str | None, partner: str | None, feed: str | None
) -> Iterable[BatchId]:
    """The batch that was named, or those of one partner or all that may need it, by index."""
    if batch is not None:
        return [finding.one(gate, batch, partner, feed)]
    names = [partner] if partner else sorted(register(gate).names())
    return (found for name in names for found in finding.listed(gate, name, feed, failed=True))


def _plans(names: Iterable[BatchId], fates: Collection[Fate], *, stuck: bool) -> list[Plan]:
    """What is to be put back, in the order in which it was accepted."""
    found = []
    for name in names:
        standing = wiring.batches().standing(name)
        if standing is None or not (standing.pending or standing.tally.failed):
            continue  # nothing of it waits or failed: its rows need not be read
        plan = engine.plan(name, wiring.batches(), wiring.clock, fates=fates)
        if plan is not None:
            plan = Plan(standing=plan.standing, dead=plan.dead, stuck=plan.stuck if stuck else [])
            if plan.dead or plan.stuck:
                found.append(plan)
    return sorted(found, key=lambda plan: plan.standing.accepted_us)


def _told(plan: Plan) -> dict[str, Any]:
    outcomes = [one.fate for ending in plan.dead for one in ending.outcomes]
    return {
        **telling.named(plan.standing.batch),
        "slices": len(plan.dead) + len(plan.stuck),
        "broken": outcomes.count(Fate.BROKEN),
        "given_up": outcomes.count(Fate.GIVEN_UP),
        "stuck": sum(work.size for work in plan.stuck),
        "put_back": 0,
    }


def _answer(gate: Gate, told: Sequence[Mapping[str, Any]], *, reads: int, dry_run: bool) -> None:
    columns = ("slices", "broken", "given_up", "stuck", "put_back")
    rows = [
        [f"{one['partner']}#{one['feed']}#{one['batch']}", *(one[name] for name in columns)]
        for one in told
    ]
    slices = sum(one["slices"] for one in told)
    back = sum(one["put_back"] for one in told)
    if not told:
        closing = "Nothing to put back."
    elif dry_run:
        closing = f"{slices} slices would be put back. Nothing was changed."
    else:
        closing = f"{back} of {slices} slices were put back. `batchgate status` tells how they end."
        if back < slices:
            closing += (
                "\nThe others have changed since they were looked at, or their content is lost: "
                "run it again, then see docs/runbooks/dead-letters.md."
            )
    shown = [table(("batch", *columns), rows)] if rows else []
    gate.answer({"dry_run": dry_run, "reads": reads, "batches": list(told)}, *shown, closing)
