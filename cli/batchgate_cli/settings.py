"""Checks of how a stack is set up: its queues, tables, functions, secret, and clocks."""

import json
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from batchgate import aws, wiring
from batchgate.engine.tries import LAST
from batchgate_cli.findings import WARNING, Finding, well, wrong
from batchgate_cli.stack import Stack

TIMEOUTS = 6
"""How many of the worker's timeouts a message must stay invisible, as AWS asks for."""

SKEW_S, LARGE_SKEW_S = 3, 60
"""Clocks further apart than this are told; signatures are good for some seconds."""

FUNCTIONS = ("Worker", "Sweep", "GiveUp", "Audit")
OWN_LAYER = ":layer:BatchgateLayer"


def stack_state(stack: Stack) -> Iterator[Finding]:
    """Whether the last deployment went well."""
    if stack.status.endswith("_COMPLETE") and "ROLLBACK" not in stack.status:
        yield well("stack", f"{stack.name} is {stack.status}")
    else:
        yield wrong("stack", f"{stack.name} is {stack.status}: deploy it again", state=WARNING)


def queue_settings(stack: Stack) -> Iterator[Finding]:
    """Whether messages come again late enough, are tried often enough, and are kept."""
    work = attributes(stack, "WorkQueueUrl")
    redrive = json.loads(work.get("RedrivePolicy", "{}"))
    faults = []
    if int(redrive.get("maxReceiveCount", 0)) != LAST:
        faults.append(f"messages are dead after {redrive.get('maxReceiveCount')} tries, not {LAST}")
    timeout = function(stack, "Worker")["Timeout"]
    if int(work["VisibilityTimeout"]) < TIMEOUTS * timeout:
        faults.append(
            f"messages come again after {work['VisibilityTimeout']} s, while the worker has "
            f"{timeout} s: at least {TIMEOUTS * timeout} s are needed"
        )
    for name in ("WorkQueueUrl", "DeadQueueUrl"):
        given = attributes(stack, name)
        if given.get("FifoQueue") != "true":
            faults.append(f"{name} is no FIFO queue: order is not kept")
        if int(given.get("MessageRetentionPeriod", 0)) < 1_209_600:
            faults.append(f"{name} keeps messages for less than 14 days")
    for fault in faults:
        yield wrong("queue settings", fault, "worker-errors.md")
    if not faults:
        yield well("queue settings", "as the template has them")


def table_settings(stack: Stack) -> Iterator[Finding]:
    """Whether tables can be restored, forget what is old, and refuse to be deleted."""
    for name in ("BatchesTable", "RecordsTable", "PartnersTable"):
        faults = list(_table(stack, stack.outputs[name]))
        state = WARNING if stack.emulated else "bad"
        for fault in faults:
            local = " (an emulator may not know it)" if stack.emulated else ""
            yield wrong(f"table {name}", fault + local, state=state)
        if not faults:
            yield well(f"table {name}", "restorable, protected, encrypted, forgets what is old")


def _table(stack: Stack, table: str) -> Iterator[str]:
    dynamodb = aws.client("dynamodb")
    described = dynamodb.describe_table(TableName=table)["Table"]
    if described["TableStatus"] not in ("ACTIVE", "UPDATING"):
        yield f"is {described['TableStatus']}"
    wanted = stack.parameters.get("DeletionProtection", "true") == "true"
    if wanted and not described.get("DeletionProtectionEnabled"):
        yield "could be deleted: deletion protection is off"
    if described.get("SSEDescription", {}).get("Status") not in ("ENABLED", "UPDATING"):
        yield "is not encrypted with a key of KMS"
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    restorable = backups.get("PointInTimeRecoveryDescription", {})
    if restorable.get("PointInTimeRecoveryStatus") != "ENABLED":
        yield "can't be restored to a point in time"
    expiry = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if expiry.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        yield "keeps for ever what should expire: TTL is off"


def versions(stack: Stack) -> Iterator[Finding]:
    """Whether all functions run the same code."""
    layers = {}
    for name in sorted(stack.outputs):
        value = stack.outputs[name]
        if name in FUNCTIONS or name.startswith(("Portfolio", "Push", "Loyalty", "Proposal")):
            configuration = aws.client("lambda").get_function_configuration(
                FunctionName=value, Qualifier="live"
            )
            layers_of = [one["Arn"] for one in configuration.get("Layers", [])]
            used = [arn for arn in layers_of if OWN_LAYER in arn]
            layers[name] = (configuration["Runtime"], *used)
    found = {tuple(one) for one in layers.values()}
    if len(found) == 1:
        runtime, *used = next(iter(found))
        shown = ", ".join(arn.split(":layer:")[-1] for arn in used)
        yield well("versions", f"{len(layers)} functions with {runtime} and {shown}")
    else:
        yield wrong(
            "versions", f"functions run {len(found)} versions: deploy again", "worker-errors.md"
        )


def master_secret(stack: Stack) -> Iterator[Finding]:
    """Whether the secret is there that partners' secrets are derived from."""
    newest = wiring.master().newest()
    yield well("master secret", f"{stack.outputs['MasterSecretArn'].split(':')[-1]}, {newest}")


def clock_skew(stack: Stack) -> Iterator[Finding]:
    """Whether this machine's clock is that of AWS: signed calls are good for seconds."""
    if not stack.date:
        return
    skew = time.time() - parsedate_to_datetime(stack.date).timestamp()
    told = f"this machine is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} AWS"
    if abs(skew) <= SKEW_S:
        yield well("clock", "this machine's is that of AWS")
    else:
        state = "bad" if abs(skew) > LARGE_SKEW_S else WARNING
        yield wrong("clock", told, "refused-signatures.md", state=state)


def attributes(stack: Stack, queue: str) -> dict[str, str]:
    """All attributes of a queue."""
    answer = aws.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs[queue], AttributeNames=["All"]
    )
    found: dict[str, str] = answer["Attributes"]
    return found


def function(stack: Stack, name: str) -> Any:
    """A function's configuration."""
    return aws.client("lambda").get_function_configuration(FunctionName=stack.outputs[name])
