"""`make dashboard`: both dashboards as pictures, from what the local stack logged.

On AWS the template's own dashboards show the same, and more: what only an account measures,
such as DynamoDB's units, is not in a picture.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from bench import prices
from local import measures, panels
from local.emulator import Emulator, running_port
from local.measures import Measures, percentile
from local.panels import BAD, FAINT, FAIR, GOOD, INK, PALE, STRONG, words
from local.places import STATE, Trouble, report
from local.progress import say
from local.stack import Stack, find

ANSWERS = ("Answers2xx", "Answers4xx", "Answers5xx")
COLUMNS = 3
WIDTH, LINE, ROW = 17.0, 0.2, 3.1
"""Of a picture, of a line of its text, of a row of panels; in inches."""

type Draw = Callable[[Axes], None]


def main() -> int:
    """Draw both, and say where they are."""
    try:
        port = running_port(STATE)
        stack = find(Emulator(STATE, port)) if port else None
        if stack is None:
            raise Trouble("The local stack does not run: start it with `make run`.")
        for path in draw(stack, STATE):
            say(f"  {path}")
    except Trouble as trouble:
        return report(trouble)
    return 0


def draw(stack: Stack, folder: Path) -> list[Path]:
    """The pictures of a stack's two dashboards; `Trouble` if nothing has happened on it."""
    found = measures.read(stack)
    if not found.runs:
        raise Trouble("The logs are empty: send something first, with `make run`.")
    mpl.use("agg")
    views = {"partners": partners(found), "machine": machine(found, stack)}
    return [
        _picture(folder / f"dashboard-{name}.png", _good(stack, name), drawn)
        for name, drawn in views.items()
    ]


def partners(found: Measures) -> Mapping[str, Draw]:
    """The partners' view: panels by their titles."""
    span = found.span
    calls = found.by_what(*ANSWERS)
    ended = found.by_what("ItemsEnded")
    classes = {name[-3:]: found.points(name) for name in ANSWERS}
    items = {
        feed: [found.total(f"Items{what}", feed) for what in ("Accepted", "Ended", "Failed")]
        for feed in found.by_what("ItemsAccepted", "ItemsEnded")
    }
    times = [value for _, value in found.points("SliceTime")]
    middle = f"p50 {percentile(times, 50):.2f} s, p99 {percentile(times, 99):.2f} s"
    oldest = found.points("OldestPending")
    longest = f"the longest: {max((value for _, value in oldest), default=0):.0f} s"
    return {
        "Calls per endpoint": lambda axes: panels.stacked(axes, calls, span),
        "Answers by class": lambda axes: panels.stacked(axes, classes, span, (GOOD, FAIR, BAD)),
        "Latency (ms)": lambda axes: _durations(axes, found, calls),
        "Items per feed": lambda axes: panels.bars(
            axes, items, {"accepted": PALE, "ended": STRONG, "failed": BAD}
        ),
        "Items ended per feed": lambda axes: panels.stacked(axes, ended, span),
        "From accepted to ended, per slice (s)": lambda axes: panels.dots(
            axes, found.points("SliceTime"), span, middle
        ),
        "Oldest pending (s)": lambda axes: (
            panels.dots(axes, oldest, span, longest)
            if oldest
            else panels.nothing(axes, "The sweep has not run yet: it does every minute.")
        ),
        "Batches and replacements": lambda axes: _totals(
            axes, found, STRONG, "BatchesCompleted", "Replacements", "RecordsCleared"
        ),
        "Refused": lambda axes: _totals(axes, found, FAIR, "RequestsRefused", "RefusedSignatures"),
    }


def machine(found: Measures, stack: Stack) -> Mapping[str, Draw]:
    """The machine's view: panels by their titles."""
    runs = Counter(run.function for run in found.runs)
    errors = Counter(function for function, _ in found.errors)
    ran = [name for name in found.functions if name in runs]
    ends = {name: [(one.ended, 1.0) for one in found.runs if one.function == name] for name in ran}
    at_once = {name: [found.at_once(name)] for name in ran}
    counted = {name: [runs[name], errors[name]] for name in ran}
    return {
        "Alarms (grey: nothing to judge by)": lambda axes: panels.lamps(axes, _alarms(stack)),
        "Invocations and errors": lambda axes: panels.bars(
            axes, counted, {"invocations": PALE, "errors": BAD}
        ),
        "Duration (ms)": lambda axes: _durations(axes, found, ran),
        "Invocations over time": lambda axes: panels.stacked(axes, ends, found.span),
        "Running at once, at most": lambda axes: panels.bars(axes, at_once, {"": STRONG}),
        "Queues now (messages)": lambda axes: panels.bars(axes, _queues(stack), {"": STRONG}),
        "Sweep and give-up": lambda axes: _totals(
            axes, found, FAIR, "SlicesSentAgain", "SlicesGivenUp", "UnreadableMessages"
        ),
        "Faults": lambda axes: _totals(
            axes, found, BAD, "SlicesFailed", "ItemsBroken", "Busy", "CountsDoNotClose"
        ),
        "Dollars per million rows: Lambda and API": lambda axes: panels.bars(
            axes, _dollars(found), {"": STRONG}, "${:,.2f}"
        ),
    }


def _picture(path: Path, good: str, drawn: Mapping[str, Draw]) -> Path:
    """Draw panels, three in a row, below what good looks like."""
    title, *lines = good.replace("*", "").replace("\n- ", "\n•  ").split("\n")
    rows = -(-len(drawn) // COLUMNS)
    head = 0.9 + len(lines) * LINE
    height = head + rows * ROW + 0.4
    figure = plt.figure(figsize=(WIDTH, height), dpi=100, facecolor="white")
    grid = figure.add_gridspec(
        rows, COLUMNS, left=0.085, right=0.985, bottom=0.4 / height, top=1 - (head + 0.4) / height,
        hspace=0.34, wspace=0.36,
    )  # fmt: skip
    figure.text(
        0.02, 1 - 0.2 / height, title.strip("# "), fontsize=16, fontweight="bold", color=INK,
        va="top",
    )  # fmt: skip
    figure.text(
        0.02, 1 - 0.65 / height, "\n".join(lines), fontsize=9, color=FAINT, va="top",
        linespacing=1.5, parse_math=False,
    )  # fmt: skip
    for at, (name, panel) in enumerate(drawn.items()):
        axes = figure.add_subplot(grid[divmod(at, COLUMNS)])
        panels.frame(axes, name)
        panel(axes)
    figure.savefig(path)
    plt.close(figure)
    return path


def _good(stack: Stack, view: str) -> str:
    """What the dashboard of that name says in its text."""
    body = stack.client("cloudwatch").get_dashboard(DashboardName=f"{stack.stack_name}-{view}")
    text: str = json.loads(body["DashboardBody"])["widgets"][0]["properties"]["markdown"]
    return text


def _durations(axes: Axes, found: Measures, functions: Iterable[str]) -> None:
    taken = {name: found.durations(name) for name in sorted(functions)}
    rows = {name: [percentile(times, 50), percentile(times, 99)] for name, times in taken.items()}
    panels.bars(axes, rows, {"p50": "#0d9488", "p99": "#99f6e4"})


def _totals(axes: Axes, found: Measures, colour: str, *names: str) -> None:
    panels.bars(axes, {words(name): [found.total(name)] for name in names}, {"": colour})


def _alarms(stack: Stack) -> Mapping[str, str]:
    """The alarms' states, by their names in the template."""
    pages = stack.client("cloudwatch").get_paginator("describe_alarms").paginate()
    named = {
        alarm["AlarmName"].split("-")[1]: alarm["StateValue"]
        for page in pages
        for alarm in page["MetricAlarms"]
    }
    return {words(name.removesuffix("Alarm")): state for name, state in named.items()}


def _queues(stack: Stack) -> Mapping[str, Sequence[float]]:
    sqs = stack.client("sqs")
    states = {
        "waiting": "ApproximateNumberOfMessages",
        "at a function": "ApproximateNumberOfMessagesNotVisible",
    }
    held = {
        name: sqs.get_queue_attributes(
            QueueUrl=stack.outputs[output], AttributeNames=list(states.values())
        )["Attributes"]
        for name, output in (("Work", "WorkQueueUrl"), ("Dead letters", "DeadQueueUrl"))
    }
    return {
        f"{queue} {state}": [float(attributes[name])]
        for queue, attributes in held.items()
        for state, name in states.items()
    }


def _dollars(found: Measures) -> Mapping[str, Sequence[float]]:
    """What the logs tell of a million rows' cost, at AWS's list prices."""
    millions = found.total("ItemsEnded") / 1e6 or 1
    calls = sum(found.total(name) for name in ANSWERS)
    seconds = sum(run.seconds * run.memory_gb for run in found.runs)
    return {
        "Lambda, time": [seconds * prices.LAMBDA_ARM_GB_SECOND / millions],
        "Lambda, invocations": [len(found.runs) * prices.LAMBDA_REQUEST / millions],
        "API Gateway": [calls * prices.REST_API_REQUEST / millions],
    }


if __name__ == "__main__":
    sys.exit(main())
