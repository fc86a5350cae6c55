"""The deployed alarms ring, and the dashboards show this very stack."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local import dashboard
from local.stack import Stack
from tests.cloudformation import resources
from tests.stack.broker import Broker, batch, until
from tests.stack.keep_part import keep_part
from tests.stack.logs import lines
from tests.template.watching import alarms

pytestmark = pytest.mark.stack

EVERYWHERE = [
    name
    for name, alarm in resources("AWS::CloudWatch::Alarm").items()
    if "Condition" not in alarm  # the emulator knows no sums of metrics
]
BY_VALUE = [name for name in EVERYWHERE if alarms()[name].get("Statistic") != "SampleCount"]


def put(stack: Stack, alarm: Mapping[str, Any], value: float) -> None:
    """Have an alarm's metric take a value now. The emulator evaluates alarms only then."""
    datum = {
        "MetricName": alarm["MetricName"],
        "Dimensions": alarm["Dimensions"],
        "Timestamp": datetime.now(UTC),
        "Value": value,
    }
    stack.client("cloudwatch").put_metric_data(Namespace=alarm["Namespace"], MetricData=[datum])


def deployed(stack: Stack) -> dict[str, Mapping[str, Any]]:
    """The alarms of a stack as they are now, by logical id."""
    listed = stack.client("cloudformation").describe_stack_resources(StackName=stack.stack_name)
    names = {
        one["PhysicalResourceId"]: one["LogicalResourceId"] for one in listed["StackResources"]
    }
    pages = stack.client("cloudwatch").get_paginator("describe_alarms").paginate()
    found = [alarm for page in pages for alarm in page["MetricAlarms"]]
    return {names[alarm["AlarmName"]]: alarm for alarm in found if alarm["AlarmName"] in names}


@pytest.fixture(scope="module")
def quiet(stack: Stack) -> Mapping[str, Mapping[str, Any]]:
    """The deployed alarms, after each one's metric was 0 for once."""
    for alarm in deployed(stack).values():
        put(stack, alarm, 0)
    return deployed(stack)


def test_all_alarms_are_deployed_and_none_rings_where_all_is_well(
    quiet: Mapping[str, Mapping[str, Any]],
) -> None:
    """Zeroes are what a good day looks like."""
    assert {name: alarm["StateValue"] for name, alarm in quiet.items()} == dict.fromkeys(
        EVERYWHERE, "OK"
    )


@pytest.mark.parametrize("name", BY_VALUE)  # of silence the emulator does not judge
def test_an_alarm_rings_when_its_metric_passes_the_threshold(
    stack: Stack, quiet: Mapping[str, Mapping[str, Any]], name: str
) -> None:
    """As deployed: its metric, its statistic, its comparison, its threshold."""
    alarm = quiet[name]

    put(stack, alarm, 3 * alarm["Threshold"] + 1)

    assert deployed(stack)[name]["StateValue"] == "ALARM"


@pytest.mark.parametrize("name", EVERYWHERE)
def test_an_alarm_looks_at_this_stack(
    stack: Stack, quiet: Mapping[str, Mapping[str, Any]], name: str
) -> None:
    """The emulator matches metrics without their dimensions: AWS does not."""
    mine = {
        "FunctionName": set(stack.outputs.values()),
        "QueueName": {
            stack.outputs[one].rpartition("/")[2] for one in ("WorkQueueUrl", "DeadQueueUrl")
        },
        "ApiName": {stack.stack_name},
        "service": {stack.stack_name},
        "Stage": {stack.outputs["StageName"]},
    }

    dimensions = {one["Name"]: one["Value"] for one in quiet[name]["Dimensions"]}
    assert dimensions.keys() == {one["Name"] for one in alarms()[name].get("Dimensions", [])}
    for dimension, value in dimensions.items():
        assert value in mine[dimension]


def test_the_api_has_the_name_under_which_its_metrics_are_looked_for(stack: Stack) -> None:
    """API Gateway's metrics name the API, not its id."""
    api = stack.client("apigateway").get_rest_api(restApiId=stack.outputs["ApiId"])

    assert api["name"] == stack.stack_name


@pytest.mark.parametrize("view", ["partners", "machine"])
def test_a_dashboard_is_deployed_with_the_names_of_this_stack(stack: Stack, view: str) -> None:
    """A reference that was left unresolved shows nothing."""
    name = f"{stack.stack_name}-{view}"
    body = stack.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]
    lines = [
        line
        for widget in json.loads(body)["widgets"]
        for line in widget["properties"].get("metrics", [])
    ]

    named = {line[3] for line in lines if "FunctionName" in line}
    assert "${AWS" not in body
    assert '"Ref"' not in body
    assert named <= set(stack.outputs.values())
    assert len(named) == (len(resources("AWS::Serverless::Function")) if view == "machine" else 0)


def test_the_audit_counts_the_batches_of_an_hour(
    stack: Stack, brokers: Mapping[str, Broker]
) -> None:
    """With no more permissions than it needs to find them and to count their rows."""
    keep_part(stack, brokers["unlucky"].name, batch("investor-1", "investor-2"), age_s=3_600)

    answer = stack.client("lambda").invoke(FunctionName=stack.outputs["Audit"], Payload=b"{}")

    assert json.loads(answer["Payload"].read()) == {"do_not_close": 0}
    *_, line = until(lambda: lines(stack, "Audit", "BatchesCounted"))
    assert json.loads(line)["BatchesCounted"] >= [1.0]


def test_both_dashboards_are_drawn_from_the_logs(
    stack: Stack, acme: Broker, tmp_path: Path
) -> None:
    """For people without an account: two pictures of what this stack did."""
    sent = batch("investor-1", "investor-2")
    acme.submit(sent)
    acme.ended(batchId=sent["batchId"])

    pictures = dashboard.draw(stack, tmp_path)

    assert [path.name for path in pictures] == ["dashboard-partners.png", "dashboard-machine.png"]
    for path in pictures:
        assert path.read_bytes().startswith(b"\x89PNG")
