"""Which stack a command works on, on AWS or on this machine, by the SDK's usual ways."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from batchgate import aws
from batchgate_cli.trouble import USAGE, Trouble

LOCAL = Path(".local") / "stack.json"

ENVIRONMENT = {
    "BATCHES_TABLE": "BatchesTable",
    "RECORDS_TABLE": "RecordsTable",
    "PARTNERS_TABLE": "PartnersTable",
    "QUEUE_URL": "WorkQueueUrl",
    "EVENT_BUS": "EventBus",
    "MASTER_SECRET": "MasterSecretArn",
}
"""What the gateway's code reads of its environment, and the output that says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where the stack is, as far as it was said."""

    stack_name: str | None = None
    endpoint_url: str | None = None
    region: str | None = None
    profile: str | None = None
    local: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A deployed stack. `now_s` is what AWS's clock said when it was found (UTC, s)."""

    name: str
    status: str
    base_url: str
    emulated: bool
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    date: str


def local_file(start: Path | None = None) -> Mapping[str, Any] | None:
    """What `.local/stack.json` says, here or in a folder above; `None` without one."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        file = folder / LOCAL
        if file.is_file():
            found: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return found
    return None


def known_local(where: Where) -> Mapping[str, Any] | None:
    """The local stack's file, where the local stack is meant.

    Raises:
        Trouble: it is asked for and not there.
    """
    known = local_file() if where.local or where.endpoint_url else None
    if where.local and known is None:
        raise Trouble(
            "No local stack is known here: there is no .local/stack.json in this folder or above.",
            "Start it with `make up`.",
        )
    if known is not None and not where.local and known["aws"]["endpoint_url"] != where.endpoint_url:
        return None
    return known


def enter(where: Where) -> Where:
    """Have all clients of this process call where it is said; what was left open, filled in."""
    known = known_local(where)
    if known is not None:
        at = known["aws"]
        where = Where(
            stack_name=where.stack_name or at["stack_name"],
            endpoint_url=at["endpoint_url"],
            region=at["region"],
            local=True,
        )
        for name in ("AWS_DEFAULT_PROFILE", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
            os.environ.pop(name, None)
        # What the emulator calls its root user.
        os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    given = {
        "AWS_ENDPOINT_URL": where.endpoint_url,
        "AWS_DEFAULT_REGION": where.region,
    }
    os.environ |= {name: value for name, value in given.items() if value}
    if where.profile:
        # As AWS_PROFILE it would come after keys in the environment.
        aws.session().set_config_variable("profile", where.profile)
    return where


def find(where: Where) -> Stack:
    """The stack that is meant; the gateway's code in this process works on it from here on.

    Raises:
        Trouble: no stack is named, or there is none of that name.
    """
    where = enter(where)
    if not where.stack_name:
        raise Trouble(
            "Which stack?",
            "Say --stack-name (or set BATCHGATE_STACK), or --local for the stack of `make up`.",
            code=USAGE,
        )
    answer = _described(where.stack_name)
    found = answer["Stacks"][0]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}
    missing = sorted(set(ENVIRONMENT.values()) - set(outputs))
    if missing:
        raise Trouble(
            f"The stack {where.stack_name} is {found['StackStatus']} and lacks the outputs "
            f"{', '.join(missing)}.",
            "Is it a Batchgate stack, and deployed whole?",
        )
    parameters = {
        one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", [])
    }
    os.environ |= {name: outputs[output] for name, output in ENVIRONMENT.items()}
    os.environ["BATCH_DAYS"] = parameters.get("BatchDays", "90")
    return Stack(
        name=where.stack_name,
        status=found["StackStatus"],
        base_url=_base_url(where, outputs),
        emulated=parameters.get("Cloud") == "local",
        outputs=outputs,
        parameters=parameters,
        date=str(answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date", "")),
    )


def _described(name: str) -> Any:
    try:
        with aws.busy():
            return aws.client("cloudformation").describe_stacks(StackName=name)
    except ClientError as error:
        if aws.code(error) != "ValidationError":
            raise
        raise Trouble(
            f"There is no stack {name} in this account and region.",
            "Check --stack-name, --region and --profile; `make up` makes a local one.",
        ) from error


def _base_url(where: Where, outputs: Mapping[str, str]) -> str:
    if not where.endpoint_url:
        return outputs["BaseUrl"]
    # An emulator's: many clients do not resolve <id>.execute-api.localhost.
    return f"{where.endpoint_url}/_aws/execute-api/{outputs['ApiId']}/{outputs['StageName']}"
