"""Checks of how a stack is doing: what waits, what is dead, what rings, what is late."""

import re
from collections.abc import Iterator
from itertools import islice

from batchgate import aws, wiring
from batchgate.model import Standing
from batchgate_cli import telling
from batchgate_cli.findings import WARNING, Finding, well, wrong
from batchgate_cli.settings import attributes
from batchgate_cli.stack import Stack

LATE_US = 5 * 60 * 1_000_000
"""How long after it was due a batch is looked at by the sweep, which runs every minute."""

LOOKED_AT = 1_000
"""How many open batches are looked at."""

SCHEDULES = {
    "sweep": (
        "rate(1 minute)",
        "every minute",
        "what is left undone stays so",
        "schedule-late.md",
    ),
    "audit": (
        "cron(30 * * * ? *)",
        "every hour",
        "nobody sees counts that do not close",
        "counts-do-not-close.md",
    ),
}
"""How often each function is called, in AWS's words and in ours; what comes of it if not, and
the page."""

_PAGE = re.compile(r"([a-z0-9-]+\.md)\b")


def dead_letters(stack: Stack) -> Iterator[Finding]:
    """What nobody could work."""
    count = _depth(stack, "DeadQueueUrl")
    if count:
        yield wrong("dead letters", f"{count} messages", "dead-letters.md")
    else:
        yield well("dead letters", "none")


def queue(stack: Stack) -> Iterator[Finding]:
    """What waits to be worked."""
    yield well("queue", f"{_depth(stack, 'WorkQueueUrl')} messages wait or are being worked")


def _depth(stack: Stack, name: str) -> int:
    found = attributes(stack, name)
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    return sum(int(found.get(one, 0)) for one in names)


def open_batches(_: Stack) -> Iterator[Finding]:
    """Whether batches with work left are looked after, and whether their counts close."""
    now = wiring.clock()
    standings: list[Standing] = []
    for name in islice(wiring.batches().due(2**53), LOOKED_AT):
        standing = wiring.batches().standing(name)
        if standing is not None:
            standings.append(standing)
    more = f", {LOOKED_AT} of them looked at" if len(standings) == LOOKED_AT else ""
    stuck = [one for one in standings if telling.stuck(one)]
    unclosed = [one for one in standings if one.pending < 0]
    late = sum(1 for _ in wiring.batches().due(now - LATE_US))
    for one in unclosed:
        batch = "#".join(telling.named(one.batch).values())
        yield wrong("counts", f"{batch} has more outcomes than items", "counts-do-not-close.md")
    if late:
        detail = f"{late} batches should have been looked after: does the sweep run?"
        yield wrong("sweep", detail, "schedule-late.md")
    if stuck:
        oldest = telling.age(now - min(one.accepted_us for one in stuck))
        yield wrong(
            "open batches",
            f"{len(stuck)} of {len(standings)} are stuck, the oldest for {oldest}: "
            f"batchgate batches --stuck",
            "oldest-message.md",
        )
    else:
        yield well("open batches", f"{len(standings)} have work left, none is stuck{more}")


def alarms(stack: Stack) -> Iterator[Finding]:
    """What rings. A page is the one that the alarm names."""
    pages = aws.client("cloudwatch").get_paginator("describe_alarms")
    answers = pages.paginate(AlarmNamePrefix=f"{stack.name}-")
    found = [one for answer in answers for one in answer.get("MetricAlarms", [])]
    ringing = [one for one in found if one["StateValue"] == "ALARM"]
    for one in ringing:
        page = _PAGE.search(one.get("AlarmDescription", ""))
        yield wrong("alarm", one["AlarmName"], page[1] if page else "")
    if not found:
        yield wrong("alarms", "there are none", state=WARNING)
    elif not ringing:
        yield well("alarms", f"none of {len(found)} rings")


def schedules(stack: Stack) -> Iterator[Finding]:
    """Whether the sweep is called every minute, and the audit every hour."""
    for name, (rate, often, undone, page) in SCHEDULES.items():
        found = aws.client("scheduler").get_schedule(Name=f"{stack.name}-{name}")
        if found["State"] != "ENABLED":
            yield wrong("schedule", f"the {name}'s is {found['State']}: {undone}", page)
        elif found["ScheduleExpression"] != rate:
            detail = f"the {name} runs at {found['ScheduleExpression']}, not {often}"
            yield wrong("schedule", detail, page, state=WARNING)
        else:
            yield well("schedule", f"the {name} runs {often}")
