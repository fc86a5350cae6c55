"""What `doctor` says of a stack that is well, and of each thing that may be wrong with it."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from batchgate import aws
from tests.cli.calling import STACK, Cli, Done
from tests.cloudformation import properties, table
from tests.engine.calls import answering, refusal
from tests.engine.making import admit, desk, item, sweep
from tests.gateway import Gateway

TABLES = ("BatchesTable", "RecordsTable", "PartnersTable")


class Functions:
    """What Lambda says of the functions: moto's needs containers."""

    def __init__(self) -> None:
        self.timeout = int(properties("Worker")["Timeout"])
        self.layers: dict[str, str] = {}

    def __call__(self, params: dict[str, Any], **_: Any) -> Any:
        name = params["url_path"].split("/")[3]
        layer = self.layers.get(name, "arn:aws:lambda:us-east-1:1:layer:BatchgateLayer:7")
        told = {"Timeout": self.timeout, "Runtime": "python3.13", "Layers": [{"Arn": layer}]}
        return SimpleNamespace(status_code=200), told


@pytest.fixture
def functions(cli: Cli) -> Iterator[Functions]:
    """A stack that is well in all that can be set."""
    cli.outputs = {**cli.outputs, **{name: name for name in ("Worker", "Sweep", "GiveUp")}}
    dynamodb = boto3.client("dynamodb")
    for name in TABLES:
        dynamodb.delete_table(TableName=name)
        dynamodb.create_table(
            TableName=name,
            SSESpecification={"Enabled": True},
            DeletionProtectionEnabled=True,
            **table(name),
        )
        dynamodb.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        dynamodb.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
        )
    work = properties("WorkQueue")
    kept = {"MessageRetentionPeriod": str(work["MessageRetentionPeriod"])}
    visible = {"VisibilityTimeout": str(work["VisibilityTimeout"])}
    boto3.client("sqs").set_queue_attributes(QueueUrl=cli.gateway.queue, Attributes=kept | visible)
    boto3.client("sqs").set_queue_attributes(QueueUrl=cli.gateway.dead, Attributes=kept)
    schedule("ENABLED")
    schedule("ENABLED", "audit", "cron(30 * * * ? *)")
    alarm("OK")
    told = Functions()
    events = aws.client("lambda").meta.events
    events.register_first("before-call.lambda", told)
    yield told
    events.unregister("before-call.lambda", told)


def schedule(state: str, of: str = "sweep", rate: str = "rate(1 minute)") -> None:
    """A function's schedule."""
    scheduler = boto3.client("scheduler")
    given: dict[str, Any] = {
        "Name": f"{STACK}-{of}",
        "ScheduleExpression": rate,
        "State": state,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": "arn:aws:lambda:us-east-1:1:function:sweep",
            "RoleArn": "arn:aws:iam::1:role/r",
        },
    }
    try:
        scheduler.create_schedule(**given)
    except scheduler.exceptions.ConflictException:
        scheduler.update_schedule(**given)


def alarm(state: str, page: str = "docs/runbooks/dead-letters.md") -> None:
    """An alarm of the stack's."""
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=f"{STACK}-DeadLettersAlarm-1",
        AlarmDescription=f"Messages stay in the dead-letter queue: {page}",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="m",
        Namespace="n",
        Period=60,
        Statistic="Sum",
        Threshold=0,
    )
    cloudwatch.set_alarm_state(
        AlarmName=f"{STACK}-DeadLettersAlarm-1", StateValue=state, StateReason="a test"
    )


def wrong(done: Done) -> list[tuple[str, str, str]]:
    """What a doctor found that is not well: what, how bad, and the page."""
    return [
        (one["check"], one["state"], one["page"].removeprefix("docs/runbooks/"))
        for one in done.json["findings"]
        if one["state"] != "ok"
    ]


def test_a_stack_that_is_well_is_told_so(cli: Cli, functions: Functions) -> None:
    """Nothing rings, nothing waits, and all is set as it must be."""
    done = cli("doctor", "--json")

    assert wrong(done) == []
    assert (done.code, done.json["bad"], done.json["stack"]) == (0, 0, STACK)
    assert "Nothing is wrong." in cli("doctor").out


def test_dead_letters_and_what_rings_are_told_with_their_pages(
    cli: Cli, functions: Functions
) -> None:
    """The page is the one that the alarm itself names."""
    cli.gateway.sqs.send_message(
        QueueUrl=cli.gateway.dead,
        MessageBody="x",
        MessageGroupId="g",
        MessageDeduplicationId="1",
    )
    alarm("ALARM", page="https://wiki.example/runbooks/throttles.md")

    done = cli("doctor", "--json")

    assert done.code == 1
    assert wrong(done) == [
        ("alarm", "bad", "throttles.md"),
        ("dead letters", "bad", "dead-letters.md"),
    ]


def test_work_that_is_stuck_and_a_sweep_that_does_not_run_are_told(
    cli: Cli, functions: Functions, gateway: Gateway
) -> None:
    """Nobody looked after a batch that is due since long."""
    admit(item("FPT"))
    gateway.clock.move(seconds=3600)
    schedule("DISABLED")

    done = cli("doctor", "--json")

    assert wrong(done) == [
        ("sweep", "bad", "schedule-late.md"),
        ("open batches", "bad", "oldest-message.md"),
        ("schedule", "bad", "schedule-late.md"),
    ]


def test_an_audit_that_does_not_run_is_told(cli: Cli, functions: Functions) -> None:
    """It is the only one who would see that counts do not close, and nothing else rings."""
    schedule("DISABLED", "audit", "cron(30 * * * ? *)")
    assert wrong(cli("doctor", "--json")) == [("schedule", "bad", "counts-do-not-close.md")]

    schedule("ENABLED", "audit", "rate(1 day)")
    assert wrong(cli("doctor", "--json")) == [("schedule", "warning", "counts-do-not-close.md")]


def test_a_batch_that_has_expired_is_no_sign_of_a_sweep_that_does_not_run(
    cli: Cli, functions: Functions, gateway: Gateway
) -> None:
    """Its partner never sent the rest, and DynamoDB has not deleted it yet."""
    (work,) = admit(item("FPT"), declared=2)
    desk().work(work)
    gateway.clock.move(seconds=90 * 86_400)
    for _ in range(10):
        sweep()
        gateway.clock.move(seconds=60)

    assert wrong(cli("doctor", "--json")) == []


def test_counts_that_do_not_close_are_told(
    cli: Cli, functions: Functions, gateway: Gateway
) -> None:
    """A batch that has more outcomes than items."""
    admit(item("FPT"))
    gateway.dynamodb.put_item(
        TableName="BatchesTable",
        Item={"pk": {"S": "acme#stock#b1"}, "sk": {"S": "#t/0"}, "failed": {"N": "2"}},
    )

    assert wrong(cli("doctor", "--json")) == [("counts", "bad", "counts-do-not-close.md")]


def test_queues_that_were_changed_by_hand_are_told(cli: Cli, functions: Functions) -> None:
    """A message that comes again while its worker still runs is worked twice at once."""
    functions.timeout = 60
    policy = json.loads(
        cli.gateway.sqs.get_queue_attributes(
            QueueUrl=cli.gateway.queue, AttributeNames=["RedrivePolicy"]
        )["Attributes"]["RedrivePolicy"]
    )
    cli.gateway.sqs.set_queue_attributes(
        QueueUrl=cli.gateway.queue,
        Attributes={"RedrivePolicy": json.dumps(policy | {"maxReceiveCount": 2})},
    )

    done = cli("doctor")

    assert done.code == 1
    assert "messages are dead after 2 tries, not 5" in done.out
    assert "at least 360 s are needed" in done.out


def test_tables_that_could_be_lost_are_told(cli: Cli, functions: Functions) -> None:
    """On AWS that is bad; an emulator may not know the setting."""
    boto3.client("dynamodb").update_table(TableName="RecordsTable", DeletionProtectionEnabled=False)
    boto3.client("dynamodb").update_continuous_backups(
        TableName="PartnersTable",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )
    assert wrong(cli("doctor", "--json")) == [
        ("table RecordsTable", "bad", ""),
        ("table PartnersTable", "bad", ""),
    ]

    cli.cloud = "local"
    assert [state for _, state, _ in wrong(cli("doctor", "--json"))] == ["warning", "warning"]


def test_functions_of_two_versions_are_told(cli: Cli, functions: Functions) -> None:
    """A deployment that stopped half way."""
    functions.layers["Sweep"] = "arn:aws:lambda:us-east-1:1:layer:BatchgateLayer:6"

    assert wrong(cli("doctor", "--json")) == [("versions", "bad", "worker-errors.md")]


def test_what_can_not_be_looked_at_is_not_taken_for_well(cli: Cli, functions: Functions) -> None:
    """Credentials that may not read alarms or the secret say nothing of them."""
    with answering("GetSecretValue", refusal("AccessDeniedException")):
        done = cli("doctor", "--json")

    assert wrong(done) == [("master secret", "unknown", "")]
    assert done.code == 0


@pytest.mark.parametrize(("seconds", "state"), [(-30, "warning"), (600, "bad")])
def test_a_clock_that_is_wrong_is_told(
    cli: Cli, functions: Functions, seconds: int, state: str
) -> None:
    """Signatures are good for seconds: all calls from this machine would be refused."""
    cli.ahead_s = seconds

    assert wrong(cli("doctor", "--json")) == [("clock", state, "refused-signatures.md")]
