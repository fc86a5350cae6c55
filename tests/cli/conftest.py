"""The command line in this process, on a gateway whose stack CloudFormation describes."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from batchgate import aws
from tests.cli.calling import Cli
from tests.gateway import Gateway


@pytest.fixture
def cli(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
    """The command line. moto's CloudFormation needs much more than moto: it is answered here."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL", "BATCHGATE_STACK"):
        monkeypatch.delenv(name, raising=False)
    cli = Cli(
        gateway,
        {
            "BatchesTable": "BatchesTable",
            "RecordsTable": "RecordsTable",
            "PartnersTable": "PartnersTable",
            "WorkQueueUrl": gateway.queue,
            "DeadQueueUrl": gateway.dead,
            "EventBus": "bus",
            "MasterSecretArn": "master",
            "BaseUrl": "https://api.example/uat",
            "ApiId": "api",
            "StageName": "uat",
        },
    )

    def reply(params: dict[str, Any], **_: Any) -> Any:
        answer = cli.describe(params["body"]["StackName"])
        return SimpleNamespace(status_code=answer["ResponseMetadata"]["HTTPStatusCode"]), answer

    events = aws.client("cloudformation").meta.events
    events.register_first("before-call.cloudformation", reply)
    yield cli
    events.unregister("before-call.cloudformation", reply)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files are, far from any local stack; pauses between tries take no time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.sleep", lambda _: None)
    return tmp_path
