"""`batchgate batches` and `batchgate batch show`: which batches there are, and one's timeline."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any

import typer

from batchgate import wiring
from batchgate.contracts.push.status import sequences
from batchgate.engine.replay import Ending
from batchgate.model import BatchId, Fate, Slice, Standing
from batchgate.store.survey import History
from batchgate_cli import finding, telling
from batchgate_cli.gate import Gate, command, table
from batchgate_cli.trouble import USAGE, Trouble

app = typer.Typer(help="One batch.", no_args_is_help=True)
STATES = ("receiving", "processing", "completed")

All = Annotated[
    bool, typer.Option("--all", help="All batches of all partners: it reads the whole table.")
]


def batches(
    gate: Gate,
    partner: finding.Partner = None,
    feed: finding.Feed = None,
    state: Annotated[str | None, typer.Option(help=f"Only {', '.join(STATES)}.")] = None,
    older: Annotated[str | None, typer.Option(help="Begun longer ago, such as 2h or 3d.")] = None,
    newer: Annotated[str | None, typer.Option(help="Begun since, such as 30m.")] = None,
    stuck: Annotated[
        bool, typer.Option("--stuck", help="Only with work left that is overdue.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    every: All = False,
) -> None:
    """List batches: a partner's, newest first, or all partners' that have work left."""
    if state not in (None, *STATES):
        raise Trouble(
            f"No state is called {state}.", f"Choose from {', '.join(STATES)}.", code=USAGE
        )
    ages = (finding.seconds(newer) if newer else 0, finding.seconds(older) if older else 0)
    names = finding.listed(gate, partner, feed, every=every)
    found = list(islice(_matching(names, state, ages, stuck=stuck), limit))
    told = [dict(telling.standing(one)) | {"stuck": late} for one, late in found]
    columns = ("batch", "state", "age", *telling.COUNTERS)
    rows = [
        (
            f"{one['partner']}#{one['feed']}#{one['batch']}",
            f"{one['state']}, stuck" if one["stuck"] else one["state"],
            telling.age(one["age_s"] * 1_000_000),
            *(one[name] for name in telling.COUNTERS),
        )
        for one in told
    ]
    gate.answer({"batches": told}, table(columns, rows) if rows else "No such batches.")


def _matching(
    names: Iterator[BatchId], state: str | None, ages: tuple[int, int], *, stuck: bool
) -> Iterator[tuple[Standing, bool]]:
    newer_s, older_s = ages
    for name in names:
        standing = wiring.batches().standing(name)
        if standing is None or state not in (None, standing.phase):
            continue
        age_s = (wiring.clock() - standing.accepted_us) // 1_000_000
        if age_s < older_s or (newer_s and age_s > newer_s):
            continue
        late = telling.stuck(standing)
        if late or not stuck:
            yield standing, late


@command(app, "show")
def show(
    gate: Gate, batch: finding.Batch, partner: finding.Partner = None, feed: finding.Feed = None
) -> None:
    """What befell one batch: its parts, slices and outcomes, what is missing, what failed."""
    name = finding.one(gate, batch, partner, feed)
    survey = finding.survey(gate)
    standing = survey.standing(name)
    if standing is None:
        raise Trouble(f"The batch {name.batch} has just expired.")
    parts = survey.parts(name)
    history = survey.history(name)
    missing = sequences([part.name for part in parts])["missing"] if len(parts) > 1 else []
    ended = {(one.work.part, one.work.shard): one for one in wiring.batches().endings(name)}
    told = {
        **telling.standing(standing),
        "stuck": telling.stuck(standing),
        **_history(history),
        "missing": missing,
        "failures": telling.fates(_failures(list(ended.values()))),
        "parts": [
            {
                "part": part.name,
                "accepted_at": telling.time(part.accepted_us),
                "revision": part.slices[0].revision,
                "slices": [_slice(work, ended) for work in part.slices],
            }
            for part in parts
        ],
    }
    gate.answer(told, _head(told), _timeline(told))


def _failures(endings: Sequence[Ending]) -> Counter[Fate]:
    return Counter(one.fate for ending in endings for one in ending.outcomes if one.fate.failed)


def _history(history: History) -> Mapping[str, Any]:
    return {
        "completed_at": telling.time(history.completed_us) if history.completed_us else None,
        "announced": history.announced,
        "next_look_at": telling.time(history.look_us) if history.look_us else None,
        "replayed": [
            {
                "part": one.part,
                "shard": one.shard,
                "at": telling.time(one.at_us),
                "items": one.items,
            }
            for one in history.replayed
        ],
    }


def _slice(work: Slice, ended: Mapping[tuple[str, int], Ending]) -> Mapping[str, Any]:
    ending = ended.get((work.part, work.shard))
    fates = telling.fates(Counter(one.fate for one in ending.outcomes)) if ending else {}
    return {
        "shard": work.shard,
        "items": work.size,
        "state": "ended" if ending else "pending",
        "outcomes": fates,
    }


def _head(told: Mapping[str, Any]) -> object:
    counts = ", ".join(f"{told[name]} {name}" for name in telling.COUNTERS[1:] if told[name])
    rows = [
        ("batch", f"{told['partner']}#{told['feed']}#{told['batch']}"),
        ("state", f"{told['state']}, stuck" if told["stuck"] else told["state"]),
        ("method", told["method"]),
        ("items", f"{told['accepted']} of {told['declared']}: {counts}"),
        ("accepted", told["accepted_at"]),
        ("completed", told["completed_at"] or "-"),
        ("announced", "yes" if told["announced"] else "no"),
        ("next look", told["next_look_at"] or "-"),
        ("cleared", told["cleared"]),
        ("missing", ", ".join(told["missing"]) or "-"),
        ("failures", ", ".join(f"{n} {word}" for word, n in told["failures"].items()) or "-"),
    ]
    return table(("", ""), [row for row in rows if row[1] not in ("-", 0)])


def _timeline(told: Mapping[str, Any]) -> object:
    events: list[tuple[str, str, int, int, str]] = [
        (
            part["accepted_at"],
            f"part {part['part']}"
            + (f", revision {part['revision']}" if part["revision"] > 1 else ""),
            one["shard"],
            one["items"],
            ", ".join(f"{n} {word}" for word, n in one["outcomes"].items()) or one["state"],
        )
        for part in told["parts"]
        for one in part["slices"]
    ]
    events += [
        (one["at"], f"part {one['part']} replayed", one["shard"], one["items"], "")
        for one in told["replayed"]
    ]
    events.sort(key=lambda event: event[0])
    return table(("time", "what", "shard", "items", "outcomes"), events)
