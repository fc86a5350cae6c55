"""What the template's alarms and dashboards look at, read as data."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from batchgate import telemetry
from tests.cloudformation import properties, resources

SEARCHED = re.compile(r"SEARCH\('\{([^}]+)\} MetricName=\"(\w+)\"")

type Dimensions = frozenset[tuple[str, ...]]

OWN: dict[str, Dimensions] = {
    **dict.fromkeys(telemetry.TOTALS, frozenset({("service",)})),
    **dict.fromkeys(telemetry.BY_FUNCTION, frozenset({("function", "service")})),
    **dict.fromkeys(telemetry.BY_FEED, frozenset({("feed", "service")})),
}
"""The metrics that the code emits, with the dimensions that it gives them."""

_FUNCTION = frozenset({("FunctionName",), ()})
_QUEUE = frozenset({("QueueName",)})
_TABLE = frozenset({("TableName",), ("GlobalSecondaryIndexName", "TableName")})
_API = frozenset({("ApiName", "Stage"), ("ApiName", "Method", "Resource", "Stage")})
AWS: dict[str, dict[str, Dimensions]] = {
    "AWS/Lambda": dict.fromkeys(
        ("ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"), _FUNCTION
    ),
    "AWS/SQS": dict.fromkeys(
        (
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
            "NumberOfEmptyReceives",
            "NumberOfMessagesReceived",
            "NumberOfMessagesSent",
        ),
        _QUEUE,
    ),
    "AWS/DynamoDB": dict.fromkeys(
        (
            "ConsumedReadCapacityUnits",
            "ConsumedWriteCapacityUnits",
            "ReadThrottleEvents",
            "WriteThrottleEvents",
        ),
        _TABLE,
    ),
    "AWS/ApiGateway": dict.fromkeys(("4XXError", "5XXError", "Count", "Latency"), _API),
}
"""The metrics of AWS that we use: the services' own pages on monitoring with CloudWatch."""

KNOWN: dict[str, dict[str, Dimensions]] = {"Batchgate": OWN, **AWS}


REFERENCE = re.compile(r"\$\{([A-Za-z0-9:.]+)\}")


class Metric(NamedTuple):
    """A metric that something looks at; `dimensions` are names and values."""

    namespace: str
    name: str
    dimensions: dict[str, Any]

    @property
    def known(self) -> bool:
        """Whether anybody emits it, with just these dimensions."""
        wanted = KNOWN.get(self.namespace, {}).get(self.name, frozenset())
        return tuple(sorted(self.dimensions)) in wanted


def dashboards() -> dict[str, dict[str, Any]]:
    """The dashboards' bodies, by logical id, with references as in the template's YAML."""
    return {
        name: _referring(json.loads(properties(name)["DashboardBody"]["Fn::Sub"]))
        for name in resources("AWS::CloudWatch::Dashboard")
    }


def _referring(value: Any) -> Any:
    """JSON with what `Fn::Sub` puts into its texts told as references."""
    match value:
        case dict():
            return {name: _referring(one) for name, one in value.items()}
        case list():
            return [_referring(one) for one in value]
        case str() if alone := REFERENCE.fullmatch(value):
            return {"Fn::GetAtt": alone[1]} if "." in alone[1] else {"Ref": alone[1]}
        case str() if REFERENCE.search(value):
            return {"Fn::Sub": value}
        case str():
            return value.replace("${!", "${")
        case _:
            return value


def widgets(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """All widgets of a type, with the names of their dashboards."""
    for name, body in dashboards().items():
        for widget in body["widgets"]:
            if widget["type"] == kind:
                yield name, widget["properties"]


def shown(widget: dict[str, Any]) -> Iterator[Metric]:
    """The metrics that a widget shows or computes with."""
    for line in widget["metrics"]:
        if isinstance(line[0], dict):
            expression = line[0]["expression"]
            text = expression["Fn::Sub"] if isinstance(expression, dict) else expression
            for schema, name in SEARCHED.findall(text):
                namespace, *dimensions = schema.split(",")
                yield Metric(namespace, name, dict.fromkeys(dimensions))
            continue
        namespace, name, *rest = [
            one for one in line if not (isinstance(one, dict) and _options(one))
        ]
        yield Metric(namespace, name, dict(zip(rest[::2], rest[1::2], strict=True)))


def _options(given: dict[str, Any]) -> bool:
    """Whether this ends a widget's line, and is no reference."""
    return not given.keys() & {"Ref", "Fn::GetAtt", "Fn::Sub"}


def alarms() -> dict[str, dict[str, Any]]:
    """The alarms' properties, by logical id."""
    return {name: properties(name) for name in resources("AWS::CloudWatch::Alarm")}


def watched(alarm: dict[str, Any]) -> Iterator[Metric]:
    """The metrics that an alarm looks at."""
    given = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one]
    for metric in given or [alarm]:
        dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions", [])}
        yield Metric(metric["Namespace"], metric["MetricName"], dimensions)
