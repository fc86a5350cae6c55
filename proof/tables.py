"""What lies in a stack's tables, read with the gateway's own code in a process of its own.

It is given the feeds to look at, and prints what they hold; or looks after batches, as
the sweep does when their time has come.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from local import inside
from local.stack import Stack

SHARDS = 2
"""How many shards each feed has."""

FOREVER_US = 2**60
SOON_S = 3_600
"""What plans do later than that is not waited for."""


def read(stack: Stack, feeds: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
    """Records, batches, failed items and plans of these feeds (partner, feed)."""
    found: Mapping[str, Any] = inside.run(stack, "proof.tables", {"feeds": list(feeds)})
    return found


def left(stack: Stack, feeds: Sequence[tuple[str, str]]) -> Sequence[str]:
    """Batches that are not done, and plans of these feeds with something to do today, by name."""
    names: Sequence[str] = inside.run(stack, "proof.tables", {"left": list(feeds)})
    return names


def sweep(stack: Stack, ahead_s: int) -> int:
    """Look after batches as the sweep will in so many seconds; how many slices were sent again."""
    resent: int = inside.run(stack, "proof.tables", {"ahead_s": ahead_s})
    return resent


def main() -> None:
    """Do what is asked for on the standard input, and print what it came to."""
    given = json.load(sys.stdin)
    if "ahead_s" in given:
        told: object = looked_after(given["ahead_s"])
    elif "left" in given:
        told = unfinished(given["left"])
    else:
        told = everything(given["feeds"])
    json.dump(told, sys.stdout)


def looked_after(ahead_s: int) -> int:
    """See `sweep`."""
    from batchgate import engine, wiring  # noqa: PLC0415 (only here the gateway's environment is)

    return engine.sweep(
        wiring.batches(),
        wiring.plans(),
        wiring.queue(),
        wiring.events(),
        lambda: wiring.clock() + ahead_s * 1_000_000,
    )


def unfinished(feeds: Sequence[Sequence[str]]) -> Sequence[str]:
    """What a stack has still to do."""
    from batchgate import wiring  # noqa: PLC0415 (only here the gateway's environment is there)
    from batchgate.model import PhaseName  # noqa: PLC0415 (see above)

    soon_s = wiring.clock() // 1_000_000 + SOON_S
    standings = map(wiring.batches().standing, wiring.batches().due(FOREVER_US))
    batches = [
        f"{one.batch.partner}/{one.batch.batch}"
        for one in standings
        # One that its partner never sent the rest of is not the gateway's to end.
        if one is not None and (one.pending or one.accepted == one.declared)
    ]
    plans = [
        f"{partner}/{plan.id.number}"
        for partner, feed in feeds
        for plan in wiring.plans().listed(partner, feed)
        for name in PhaseName
        if plan.phase(name).open and plan.phase(name).at_s <= soon_s
    ]
    return batches + plans


def everything(feeds: Sequence[Sequence[str]]) -> Mapping[str, Any]:
    """What the tables hold of these feeds."""
    return {
        "records": [one for feed in feeds for one in records(*feed)],
        "batches": [one for feed in feeds for one in batches(*feed)],
        "failed": [one for feed in feeds for one in failed(*feed)],
        "plans": [one for feed in feeds for one in plans(*feed)],
    }


def records(partner: str, feed: str) -> Sequence[tuple[str, str, str, str, int]]:
    """Partner, feed, key, content and number of each record that is there."""
    import os  # noqa: PLC0415 (see above)

    from batchgate.store.packing import unpack_record  # noqa: PLC0415 (see above)
    from batchgate.store.rows import query, s  # noqa: PLC0415 (see above)

    rows = (
        row
        for of in range(SHARDS)
        for row in query(
            os.environ["RECORDS_TABLE"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": s(f"{partner}#{feed}#{of}")},
            ConsistentRead=True,
        )
        if "c" in row
    )
    found = (unpack_record(row["sk"]["S"], row["m"]["B"], row["c"]["B"]) for row in rows)
    return [(partner, feed, one.key, one.content.decode(), one.number) for one in found]


def batches(partner: str, feed: str) -> Sequence[Mapping[str, Any]]:
    """Where each batch stands; as completed counts one that its partner never sent the rest of.

    `pending` and `outcomes` are counted row by row: the batch's own counts are held against them.
    """
    from batchgate import wiring  # noqa: PLC0415 (see above)
    from batchgate.model import Tally  # noqa: PLC0415 (see above)

    found = []
    for listed in wiring.lookups().recent(partner, feed):
        standing = wiring.lookups().standing(listed.batch)
        if standing is not None:
            parts = wiring.lookups().parts(listed.batch)
            slices = [(work, part.ended.get(work.shard)) for part in parts for work in part.slices]
            found.append(
                {
                    "partner": partner,
                    "feed": feed,
                    "batch": standing.batch.batch,
                    "accepted": standing.accepted,
                    "pending": sum(work.size for work, outcomes in slices if outcomes is None),
                    "announced": standing.announced,
                    "completed": (standing.completed and standing.announced)
                    or standing.accepted < standing.declared,
                    "corrections": standing.corrections,
                    "tally": asdict(standing.tally),
                    "outcomes": asdict(
                        Tally.of(one for _, outcomes in slices for one in outcomes or ())
                    ),
                }
            )
    return found


def failed(partner: str, feed: str) -> Sequence[tuple[str, str, str, str, str]]:
    """Partner, feed, key, content and fate of each item that the gateway tells as failed."""
    from batchgate import wiring  # noqa: PLC0415 (see above)

    lookups = wiring.lookups()
    return [
        (partner, feed, item.key, item.content.decode(), str(outcome.fate))
        for listed in lookups.recent(partner, feed)
        if listed.tally is None or listed.tally.failed
        for part in lookups.parts(listed.batch)
        if part.failed
        for item, outcome in lookups.items(part)
        if outcome is not None and outcome.fate.failed
    ]


def plans(partner: str, feed: str) -> Sequence[tuple[str, int, str]]:
    """Partner, number and state of execution of each plan."""
    from batchgate import wiring  # noqa: PLC0415 (see above)

    found = wiring.plans().listed(partner, feed)
    return [(partner, plan.id.number, str(plan.execute.state)) for plan in found]


if __name__ == "__main__":
    main()
