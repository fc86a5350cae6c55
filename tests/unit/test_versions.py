"""What is live can be put back, after a look at what that would do."""

import io
import zipfile
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops import versions

LONG_AGO, SOON = "2020-01-01T00:00:00", "2100-01-01T00:00:00"

STACK = {
    "StackResourceSummaries": [
        {"ResourceType": "AWS::Lambda::Function", "PhysicalResourceId": "worker"},
        {"ResourceType": "AWS::SQS::Queue", "PhysicalResourceId": "work"},
    ]
}


def package(content: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("app.py", content)
    return made.getvalue()


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A stack with one function, of three published versions, with the oldest one live.

    moto's CloudFormation needs much more than moto: it is answered here.
    """
    with mock_aws():
        session = boto3.Session()
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
        session.events.register_first(
            "before-call.cloudformation.ListStackResources",
            lambda **_: (SimpleNamespace(status_code=200), STACK),
        )
        role = boto3.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")
        client = boto3.client("lambda")
        client.create_function(
            FunctionName="worker",
            Runtime="python3.13",
            Handler="app.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": package("first")},
            Publish=True,
        )
        for content in ("second", "third"):
            client.update_function_code(
                FunctionName="worker", ZipFile=package(content), Publish=True
            )
        client.create_alias(FunctionName="worker", Name="live", FunctionVersion="1")
        yield client


def live(client: Any) -> str:
    return str(client.get_alias(FunctionName="worker", Name="live")["FunctionVersion"])


def there(client: Any) -> list[str]:
    listed = client.list_versions_by_function(FunctionName="worker")["Versions"]
    return [one["Version"] for one in listed if one["Version"] != "$LATEST"]


def test_going_back_is_only_told_until_it_is_confirmed(
    functions: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """It moves every function of a stack at once, and the wrong hour is easily typed."""
    assert versions.main(["back", "gateway", SOON]) == 3
    assert capsys.readouterr().out == (
        "worker: would go from 1 back to version 3\n"
        "Changes to make to gateway: 1. Nothing was changed: say --yes.\n"
    )
    assert live(functions) == "1"

    assert versions.main(["back", "gateway", SOON, "--yes"]) == 0
    assert capsys.readouterr().out == "worker: went from 1 back to version 3\n"
    assert live(functions) == "3"


def test_where_nothing_is_to_be_put_back_nothing_is_left_to_confirm(
    functions: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a second try finds is not an open question."""
    versions.main(["back", "gateway", SOON, "--yes"])

    assert versions.main(["back", "gateway", SOON]) == 0
    assert capsys.readouterr().out.endswith("worker: version 3 already\n")
    assert versions.main(["back", "gateway", LONG_AGO]) == 0
    assert capsys.readouterr().out == "worker: nothing from before, stays\n"
    assert live(functions) == "3"


def test_versions_are_deleted_only_when_that_is_confirmed(
    functions: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A deleted version can't be put back; what is live stays whatever its age."""
    assert versions.main(["prune", "gateway", "1"]) == 3
    assert capsys.readouterr().out.startswith("worker: version 2 would be deleted\n")
    assert there(functions) == ["1", "2", "3"]

    assert versions.main(["prune", "gateway", "1", "--yes"]) == 0
    assert there(functions) == ["1", "3"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["back", "gateway", "yesterday"], "yesterday is no time as ISO 8601 writes it"),
        (["prune", "gateway", "0"], "0 is no number of versions to keep"),
        (["forward", "gateway"], "invalid choice: 'forward'"),
        (["show", "gateway", "--yes"], "unrecognized arguments: --yes"),
    ],
)
def test_who_asks_for_something_else_is_told_how_to_ask(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    """Nothing moves by a slip of the hand."""
    with pytest.raises(SystemExit) as stopped:
        versions.main(arguments)

    assert stopped.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("keep", ["3", "4", "5", "10"])
def test_where_there_are_no_more_than_are_kept_none_is_deleted(functions: Any, keep: str) -> None:
    """A young stack has fewer versions than an operator is used to keep."""
    assert versions.main(["prune", "gateway", keep, "--yes"]) == 0
    assert there(functions) == ["1", "2", "3"]
