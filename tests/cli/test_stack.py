"""Which stack a command works on, and what it says where there is none."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from unittest.mock import patch

import botocore.session
import pytest

from batchgate import aws
from batchgate_cli import stack
from batchgate_cli.stack import Where
from batchgate_cli.trouble import Trouble
from tests.cli.calling import Cli
from tests.engine.calls import answering, refusal

type Whose = Callable[..., str]


def test_a_stack_that_is_not_there_is_told(cli: Cli) -> None:
    """A typing error, another region, another account."""
    done = cli("partner", "list", stack="batchgate-prd")

    assert done.code == 1
    assert "There is no stack batchgate-prd in this account and region." in done.err


def test_a_stack_must_be_named(cli: Cli) -> None:
    """Nobody works on production by default."""
    done = cli("partner", "list", stack="")

    assert done.code == 2
    assert "Which stack?" in done.err


def test_a_stack_that_is_not_whole_is_told(cli: Cli) -> None:
    """Its outputs come with its last resource."""
    cli.outputs, cli.status = {}, "CREATE_FAILED"

    done = cli("partner", "list")

    assert done.code == 1
    assert "is CREATE_FAILED and lacks the outputs BatchesTable" in done.err


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("UnrecognizedClientException", "AWS does not take these credentials"),
        ("ExpiredTokenException", "AWS does not take these credentials"),
        ("AccessDeniedException", "These credentials may not do that"),
        ("ResourceNotFoundException", "AWS refused Scan: ResourceNotFoundException"),
        ("ThrottlingException", "AWS was busy or out of reach (ThrottlingException)."),
    ],
)
def test_what_aws_refuses_is_told_in_words(cli: Cli, code: str, said: str) -> None:
    """Whoever holds the wrong credentials learns it without a traceback."""
    with answering("Scan", refusal(code)):
        done = cli("partner", "list")

    assert done.code == 1
    assert said in done.err


def local(folder: Path) -> Path:
    """A folder with a local stack's file; a folder in it."""
    (folder / ".local").mkdir()
    at = {"endpoint_url": "http://127.0.0.1:4566", "region": "us-east-1", "stack_name": "batchgate"}
    (folder / ".local" / "stack.json").write_text(json.dumps({"aws": at, "partners": {}}))
    inside = folder / "a" / "b"
    inside.mkdir(parents=True)
    return inside


def test_the_local_stack_is_found_from_a_folder_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `--local`, or where the endpoint is that of the local stack."""
    monkeypatch.chdir(local(tmp_path))

    for where in (Where(local=True), Where(endpoint_url="http://127.0.0.1:4566")):
        known = stack.known_local(where)
        assert known is not None
        assert known["aws"]["stack_name"] == "batchgate"
    assert stack.known_local(Where(endpoint_url="http://127.0.0.1:4599")) is None
    assert stack.known_local(Where()) is None


def test_a_local_stack_that_was_never_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what makes one."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(Trouble) as told:
        stack.known_local(Where(local=True))

    assert told.value.help == "Start it with `make up`."


CONFIG = """
[profile uat]
aws_access_key_id = uat
aws_secret_access_key = x
[profile prod]
aws_access_key_id = prod
aws_secret_access_key = x
"""
KEYS = {"AWS_ACCESS_KEY_ID": "keys", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "x"}


@pytest.fixture
def whose(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Whose]:
    """Which credentials a command works with."""
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for name in (*KEYS, "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    def ask(environment: Mapping[str, str], *arguments: str) -> str:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(aws, "session", cache(botocore.session.get_session))
        cli("partner", "list", *arguments)
        return str(aws.session().get_credentials().access_key)

    with patch.dict(os.environ):
        yield ask


@pytest.mark.parametrize("environment", [{}, KEYS, {"AWS_DEFAULT_PROFILE": "prod"}])
def test_a_profile_that_is_said_goes_before_the_environment(
    whose: Whose, environment: Mapping[str, str]
) -> None:
    """As with AWS's own command line: nobody works in the account he was in before."""
    assert whose(environment, "--profile", "uat") == "uat"


def test_keys_in_the_environment_go_before_a_profile_there(whose: Whose) -> None:
    """As with AWS's own command line."""
    assert whose({"AWS_PROFILE": "prod"}) == "prod"
    assert whose({"AWS_PROFILE": "prod"} | KEYS) == "keys"


def test_the_local_stack_gets_no_credentials_of_aws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a profile's nor a session's."""
    monkeypatch.chdir(local(tmp_path))

    with patch.dict(os.environ, {"AWS_PROFILE": "prod", "AWS_DEFAULT_PROFILE": "prod"} | KEYS):
        stack.enter(Where(local=True))
        left = dict(os.environ)

    assert left["AWS_ACCESS_KEY_ID"] == "test"
    assert not {"AWS_DEFAULT_PROFILE", "AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(left)
