"""What operators watch: every metric is emitted, every alarm leads to a page that helps."""

import json
import re
from typing import Any

import pytest

from batchgate import http, telemetry
from tests.cloudformation import ROOT, functions, properties, resources, template
from tests.template.watching import KNOWN, Metric, alarms, dashboards, shown, watched, widgets

ALARMS = alarms()
WIDGETS = [(name, widget) for name, widget in widgets("metric")]
TITLES = [f"{name}: {widget['title']}" for name, widget in WIDGETS]
RUNBOOKS = ROOT / "docs" / "runbooks"
NOTIFIES = {"Fn::If": ["Notifies", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}


def page(alarm: dict[str, Any]) -> str:
    """The runbook that an alarm's description ends with."""
    found = re.search(r"\$\{Runbooks\}/([a-z0-9-]+\.md)$", alarm["AlarmDescription"]["Fn::Sub"])
    assert found, alarm["AlarmDescription"]
    return found[1]


@pytest.mark.parametrize(("name", "widget"), WIDGETS, ids=TITLES)
def test_a_widget_shows_metrics_that_somebody_emits(name: str, widget: dict[str, Any]) -> None:
    """A misspelt name or a dimension too many shows an empty graph, which looks like peace."""
    metrics = list(shown(widget))

    assert metrics
    assert [metric for metric in metrics if not metric.known] == []


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_looks_at_a_metric_that_somebody_emits(name: str) -> None:
    """An alarm on nothing never rings."""
    metrics = list(watched(ALARMS[name]))

    assert metrics
    assert [metric for metric in metrics if not metric.known] == []


@pytest.mark.parametrize(("name", "widget"), WIDGETS, ids=TITLES)
def test_a_widget_of_functions_or_tables_leaves_none_out(name: str, widget: dict[str, Any]) -> None:
    """What is added to the template is watched from its first day."""
    listed = {"FunctionName": set(functions()), "TableName": set(resources("AWS::DynamoDB::Table"))}
    for dimension, everything in listed.items():
        by_metric: dict[str, set[str]] = {}
        for metric in shown(widget):
            if dimension in metric.dimensions:
                of = by_metric.setdefault(metric.name, set())
                of.add(metric.dimensions[dimension]["Ref"])
        for metric_name, found in by_metric.items():
            if len(found) > 1:
                assert everything - found == set(), metric_name


@pytest.mark.parametrize("metric", ["Errors", "Duration", "Throttles", "ConcurrentExecutions"])
def test_every_function_is_in_the_machines_view(metric: str) -> None:
    """Each with what goes wrong with it, how long it takes and how often it runs at once."""
    seen = {
        one.dimensions["FunctionName"]["Ref"]
        for name, widget in WIDGETS
        if name == "MachinesView"
        for one in shown(widget)
        if one.name == metric
    }

    assert set(functions()) - seen == set()


def test_every_metric_of_our_own_is_on_a_dashboard() -> None:
    """What is emitted is paid for; what nobody sees is not worth it."""
    names = {one.name for _, widget in WIDGETS for one in shown(widget)}

    own = telemetry.TOTALS | telemetry.BY_FUNCTION | telemetry.BY_FEED
    assert own - names == {telemetry.BATCH_TIME}  # its log line and its event tell more


def test_the_throttles_of_every_table_and_index_ring() -> None:
    """An index that is throttled throttles the writes to its table."""
    wanted = {
        (table, kind)
        for table in resources("AWS::DynamoDB::Table")
        for kind in ("ReadThrottleEvents", "WriteThrottleEvents")
    } | {
        (index["IndexName"], "WriteThrottleEvents")
        for table in resources("AWS::DynamoDB::Table")
        for index in properties(table).get("GlobalSecondaryIndexes", [])
    }

    def named(metric: Metric) -> str:
        index: str = metric.dimensions.get("GlobalSecondaryIndexName", "")
        table: str = metric.dimensions["TableName"]["Ref"]
        return index or table

    seen = {(named(one), one.name) for one in watched(ALARMS["TableThrottlesAlarm"])}
    assert seen == wanted


def test_the_dollars_per_million_rows_bill_each_function_for_its_memory() -> None:
    """A second of all counts as one of a GB, which is 1,024 MB; the worker's has more to it."""
    (line,) = (
        line[0]["expression"]
        for _, widget in WIDGETS
        for line in widget["metrics"]
        if isinstance(line[0], dict) and line[0].get("id") == "cost"
    )
    (added,) = re.findall(r"([0-9.]+) \* FILL\(timeWorker, 0\)", line)
    usual = template()["Globals"]["Function"]["MemorySize"]
    memory = {name: properties(name).get("MemorySize", usual) for name in functions()}

    assert float(added) == pytest.approx(memory.pop("Worker") / 1024 - 1, abs=0.0001)
    assert set(memory.values()) == {1024}


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_names_a_runbook_that_tells_of_it(name: str) -> None:
    """Whoever is woken by it reads what it means and what to do."""
    text = (RUNBOOKS / page(ALARMS[name])).read_text(encoding="utf-8")

    assert f"`{name}`" in text


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_a_runbook_says_what_it_means_how_to_look_what_to_do_and_when_it_is_over(
    path: Any,
) -> None:
    """The four questions of three in the morning, in that order."""
    headings = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert headings == ["What it means", "How to look", "What to do", "How to know it is over"]
    assert path.name in {page(alarm) for alarm in ALARMS.values()}


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_a_runbooks_commands_name_what_the_stack_has(path: Any) -> None:
    """A command that fails at three in the morning is worse than none."""
    text = path.read_text(encoding="utf-8")
    outputs = set(re.findall(r"\bout ([A-Z]\w+)", text))
    logged = set(re.findall(r"\b(?:tell|logs) ([A-Z]\w+)", text))
    metrics = set(re.findall(r"\bmeasured ([\w/]+) (\w+) ", text))

    assert outputs - template()["Outputs"].keys() == set()
    assert {f"{name}Log" for name in logged} - resources("AWS::Logs::LogGroup").keys() == set()
    assert [(space, name) for space, name in metrics if name not in KNOWN[space]] == []


def test_the_refusals_that_ring_are_those_that_the_runbook_looks_for() -> None:
    """An alarm whose page lists no call of any partner sends one to look elsewhere."""
    text = (RUNBOOKS / "refused-signatures.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"filter refusal in (\[.+?\])", text)

    assert json.loads(listed) == [refusal.__name__ for refusal in http.SIGNED_WRONGLY]


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_a_pattern_for_the_access_log_compares_with_what_stands_there(path: Any) -> None:
    """A number fits no text: API Gateway's status is a text, as its format has it in quotes."""
    formats = properties("Api")["AccessLogSetting"]["Fn::If"][1]["Format"]
    line = json.loads(re.sub(r"\$context[\w.]+", "0", formats))

    compared = re.findall(r"\{ \$\.(\w+) = (\S+) \}", path.read_text(encoding="utf-8"))
    for name, value in compared:
        assert type(json.loads(value)) is type(line[name]), name
    assert bool(compared) is (path.stem == "refused-signatures")


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_tells_when_it_rings_and_when_it_is_over(name: str) -> None:
    """To the topic that was given, if any."""
    alarm = ALARMS[name]

    assert template()["Parameters"]["AlarmTopic"]["Default"] == ""
    assert alarm["AlarmActions"] == alarm["OKActions"] == NOTIFIES


@pytest.mark.parametrize("name", sorted(ALARMS.keys() - {"SweepSilentAlarm"}))
def test_silence_of_a_metric_is_no_alarm(name: str) -> None:
    """Most are of what should not happen, and quiet hours are no trouble."""
    alarm = ALARMS[name]

    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"


def test_a_sweep_that_says_nothing_for_five_minutes_rings() -> None:
    """It gives a figure every minute, work or no work; one minute left out is none of them."""
    alarm = ALARMS["SweepSilentAlarm"]
    every = properties("Sweep")["Events"]["EveryMinute"]["Properties"]["ScheduleExpression"]

    assert every == "rate(1 minute)"
    assert (alarm["MetricName"], alarm["Statistic"]) == (telemetry.OLDEST_PENDING, "SampleCount")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (60, 5)
    assert "DatapointsToAlarm" not in alarm
    assert alarm["TreatMissingData"] == "breaching"


def test_a_new_stack_has_a_sweep_before_it_has_the_alarm_of_its_silence() -> None:
    """Else it would ring for as long as the rest of the stack takes."""
    alarm = resources("AWS::CloudWatch::Alarm")["SweepSilentAlarm"]

    assert alarm["DependsOn"] == "SweepEveryMinute"
    assert "EveryMinute" in properties("Sweep")["Events"]  # SAM names its schedule after both


def test_every_alarm_is_on_the_machines_view() -> None:
    """One look tells whether any rings."""
    ((name, widget),) = widgets("alarm")
    listed = {
        one["Fn::GetAtt"].partition(".")[0] for one in widget["alarms"] if "Fn::GetAtt" in one
    }

    assert name == "MachinesView"
    assert ALARMS.keys() - listed == {"TableThrottlesAlarm"}  # by its name: it is not everywhere


def test_an_alarm_of_one_stack_does_not_ring_for_another() -> None:
    """Several stacks of an account share the namespaces: dimensions tell them apart."""
    assert [name for name, alarm in ALARMS.items() if not next(watched(alarm)).dimensions] == [
        "LambdaThrottlesAlarm"  # the account's concurrency is shared
    ]
    service = template()["Globals"]["Function"]["Environment"]["Variables"][
        "POWERTOOLS_SERVICE_NAME"
    ]
    assert service == {"Ref": "AWS::StackName"}


def test_each_dashboard_says_what_good_looks_like() -> None:
    """A graph without that shows whatever one fears."""
    assert dashboards().keys() == {"PartnersView", "MachinesView"}
    for body in dashboards().values():
        first = body["widgets"][0]
        assert first["type"] == "text"
        assert "what good looks like" in first["properties"]["markdown"]


@pytest.mark.parametrize("query", ["OneIdQuery", "BatchQuery", "TroubleQuery"])
def test_a_saved_query_about_everything_reads_the_logs_of_all_functions(query: str) -> None:
    """One id is followed from its call to the end of its batch, wherever that was."""
    read = {log["Ref"] for log in properties(query)["LogGroupNames"]}

    assert {f"{name}Log" for name in functions()} - read == set()


@pytest.mark.parametrize("query", ["CallsQuery", "RefusalsQuery"])
def test_a_saved_query_about_calls_reads_the_logs_of_all_endpoints(query: str) -> None:
    """A partner's calls are those of any contract."""
    endpoints = {
        name
        for name, function in functions().items()
        if any(event["Type"] == "Api" for event in function["Events"].values())
    }

    read = {log["Ref"] for log in properties(query)["LogGroupNames"]}
    assert read == {f"{name}Log" for name in endpoints}
