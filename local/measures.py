"""What the functions of a stack measured of themselves, read from its logs.

An account's CloudWatch makes metrics of these lines; the local one only keeps them.
"""

import json
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import quantiles
from typing import Any

from local.panels import Points
from local.stack import Stack

HOURS = 12
"""How far back the logs are read."""

_REPORT = re.compile(r"REPORT RequestId: \S+\tDuration: ([\d.]+) ms\t.*Memory Size: (\d+) MB")
_FAILED = re.compile(r"Task timed out|Runtime exited|\[ERROR\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One value of one metric; `of` is its function or feed, "" for the whole stack's. UTC, s."""

    at: float
    name: str
    of: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One invocation of a function: when it ended (UTC, s), how long it took, its memory."""

    function: str
    ended: float
    seconds: float
    memory_gb: float

    @property
    def began(self) -> float:
        """UTC, s."""
        return self.ended - self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """All that the logs tell: metrics, invocations, and those that did not end by themselves."""

    measured: Sequence[Measure]
    runs: Sequence[Run]
    errors: Sequence[tuple[str, float]]
    functions: Sequence[str]

    def of(self, *names: str) -> list[Measure]:
        """The values of these metrics."""
        return [one for one in self.measured if one.name in names]

    def total(self, name: str, of: str = "") -> float:
        """The sum of a metric."""
        return sum(one.value for one in self.of(name) if one.of == of or not of)

    def by_what(self, *names: str) -> dict[str, Points]:
        """Moments and values of these metrics, by what they are of; the largest sum first."""
        series: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for one in self.of(*names):
            series[one.of].append((one.at, one.value))
        return dict(sorted(series.items(), key=lambda pair: -sum(value for _, value in pair[1])))

    def points(self, name: str) -> Points:
        """Moments and values of a metric."""
        return sorted((one.at, one.value) for one in self.of(name))

    def durations(self, function: str) -> list[float]:
        """How long the invocations of a function took, in ms."""
        return [run.seconds * 1e3 for run in self.runs if run.function == function]

    def at_once(self, function: str) -> int:
        """The most invocations of a function at one moment."""
        runs = [run for run in self.runs if run.function == function]
        steps = sorted([(run.began, 1) for run in runs] + [(run.ended, -1) for run in runs])
        return max(accumulate(step for _, step in steps), default=0)

    @property
    def span(self) -> tuple[float, float]:
        """From the first to the last moment at which anything happened (UTC, s)."""
        times = [one.at for one in self.measured] + [run.ended for run in self.runs]
        return min(times), max(times)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many per cent of these do not pass; 0 if there are none."""
    if len(values) < 2:
        return sum(values)
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def read(stack: Stack) -> Measures:
    """Read the logs of all functions of a stack."""
    measured: list[Measure] = []
    runs: list[Run] = []
    errors: list[tuple[str, float]] = []
    functions = []
    for function, group in _groups(stack):
        functions.append(function)
        for at, line in _lines(stack, group):
            if report := _REPORT.search(line):
                gigabytes = int(report[2]) / 1024
                runs.append(
                    Run(
                        function=function,
                        ended=at,
                        seconds=float(report[1]) / 1e3,
                        memory_gb=gigabytes,
                    )
                )
            elif line.startswith('{"_aws"'):
                measured += _measures(json.loads(line))
            elif _FAILED.search(line):
                errors.append((function, at))
    return Measures(measured=measured, runs=runs, errors=errors, functions=functions)


def _groups(stack: Stack) -> Iterator[tuple[str, str]]:
    """Every function's name in the template and its log group."""
    pages = stack.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=stack.stack_name):
        for one in page["StackResourceSummaries"]:
            name = one["LogicalResourceId"].removesuffix("Log")
            if one["ResourceType"] == "AWS::Logs::LogGroup" and name in stack.outputs:
                yield name, one["PhysicalResourceId"]


def _lines(stack: Stack, group: str) -> Iterator[tuple[float, str]]:
    pages = stack.client("logs").get_paginator("filter_log_events")
    since = int((time.time() - HOURS * 3600) * 1000)
    for page in pages.paginate(logGroupName=group, startTime=since):
        yield from ((one["timestamp"] / 1e3, one["message"]) for one in page["events"])


def _measures(line: dict[str, Any]) -> Iterable[Measure]:
    at = line["_aws"]["Timestamp"] / 1e3
    of = line.get("function") or line.get("feed") or ""
    for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
        name = metric["Name"]
        yield from (Measure(at=at, name=name, of=of, value=value) for value in line[name])
