"""The command line on the deployed stack: a push, a replay, and a look over all of it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.places import REGION, ROOT
from local.stack import Stack
from tests.stack.broker import Broker, batch, counters
from tests.stack.keep_part import keep_part
from tests.stack.troubles import USERS, send

pytestmark = pytest.mark.stack


@dataclass(frozen=True, slots=True)
class Command:
    """The command line in a process of its own, as an operator starts it."""

    stack: Stack
    folder: Path

    def __call__(
        self, *arguments: str, code: int | None = 0, environment: Mapping[str, str] | None = None
    ) -> Any:
        """The last line of JSON that a command answers; `code` is how it must end, if at all."""
        paths = [ROOT, ROOT / "cli", ROOT / "layers" / "batchgate"]
        done = subprocess.run(
            [sys.executable, "-m", "batchgate_cli", *arguments, "--json"],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join(map(str, paths)),
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_REGION": REGION,
                "AWS_ENDPOINT_URL": self.stack.endpoint_url,
                "BATCHGATE_STACK": self.stack.stack_name,
                **(environment or {}),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert code in (None, done.returncode), done.stdout + done.stderr
        return json.loads((done.stdout or done.stderr).splitlines()[-1])


@pytest.fixture
def command(stack: Stack, tmp_path: Path) -> Command:
    """The command line of somebody who may do everything."""
    return Command(stack, tmp_path)


def enrolled(command: Command, name: str, secrets: set[str]) -> Mapping[str, str]:
    """A new manufacturer's credentials, as environment variables."""
    made = command("partner", "create", name, "--contract", "push")["credentials"]
    secrets.add(made["client_secret"])
    return {f"BATCHGATE_{name.upper()}": value for name, value in made.items()}


def test_a_csv_file_is_pushed_watched_and_listed(
    command: Command, secrets: set[str], tmp_path: Path
) -> None:
    """From a new partner to a completed batch with nothing but the command line."""
    me = enrolled(command, "pusher", secrets)
    rows = [f"P{at:04},H121,{'x' if at == 700 else 10}" for at in range(1_200)]
    (tmp_path / "parts.csv").write_text("\n".join(["LENOVO_PN,PLANT,QTY", *rows]))

    pushed = command(
        *("push", "parts.csv", "--contract", "push", "--partner", "pusher"),
        *("--data-set", "odm/master_data"),
        code=1,
        environment=me,
    )
    (name,) = pushed["batches"]
    watched = command("status", name, "--partner", "pusher", "--watch", code=1)
    listed = command("batches", "--partner", "pusher")["batches"]
    shown = command("batch", "show", f"pusher#odm/master_data#{name}")

    assert (pushed["succeeded"], pushed["failed"]) == (1199, 1)
    assert (watched["state"], watched["inserted"], watched["failed"]) == ("completed", 1199, 1)
    assert [one["batch"] for one in listed] == [name]
    assert [part["part"] for part in shown["parts"]] == ["1", "2", "3"]
    assert shown["failures"] == {"refused": 1}
    (failure,) = (tmp_path / "parts.csv.failures.jsonl").read_text().splitlines()
    assert json.loads(failure)["row"] == 702


def test_a_batch_that_was_given_up_is_replayed(
    command: Command, stack: Stack, brokers: Mapping[str, Broker]
) -> None:
    """The partner sees what it would have seen, had nothing gone wrong."""
    unlucky = brokers["unlucky"]
    dead = batch(*USERS)
    for message in keep_part(stack, unlucky.name, dead):
        send(stack, "DeadQueueUrl", message)
    assert counters(unlucky.ended(batchId=dead["batchId"])) == (8, 0, 8, 0)
    command("status", dead["batchId"], "--partner", "unlucky", "--watch", code=1)

    planned = command("replay", dead["batchId"], "--partner", "unlucky", "--dry-run")
    done = command("replay", dead["batchId"], "--partner", "unlucky")
    watched = command("status", dead["batchId"], "--partner", "unlucky", "--watch")

    assert planned["batches"][0]["given_up"] == done["batches"][0]["given_up"] == 8
    assert done["batches"][0]["put_back"] == done["batches"][0]["slices"]
    assert (watched["accepted"], watched["failed"], watched["pending"]) == (8, 0, 0)
    assert counters(unlucky.status(batchId=dead["batchId"])) == (8, 8, 0, 0)
    assert command("replay", dead["batchId"], "--partner", "unlucky")["batches"] == []


def test_the_doctor_finds_a_deployed_stack_in_order(command: Command, stack: Stack) -> None:
    """Each check can be made; other tests may just have dead letters there."""
    told = command("doctor", code=None)

    found = {one["check"]: one["state"] for one in told["findings"]}
    assert "unknown" not in found.values()
    assert {found[name] for name in ("queue settings", "schedule", "versions", "stack")} == {"ok"}


def test_the_doctor_tells_of_a_sweep_that_was_switched_off(command: Command, stack: Stack) -> None:
    """With the page that helps."""
    scheduler = stack.client("scheduler")
    name = f"{stack.stack_name}-sweep"
    known = scheduler.get_schedule(Name=name)
    kept = {
        one: known[one] for one in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    }
    scheduler.update_schedule(**kept, State="DISABLED")
    try:
        told = command("doctor", code=1)
    finally:
        scheduler.update_schedule(**kept, State="ENABLED")

    found = [one for one in told["findings"] if one["check"] == "schedule"]
    assert [(one["state"], one["page"]) for one in found] == [
        ("bad", "docs/runbooks/schedule-late.md"),
        ("ok", ""),
    ]


def test_a_stack_that_is_not_there_is_told_without_a_traceback(command: Command) -> None:
    """As AWS says it, in words."""
    told = command("partner", "list", "--stack-name", "no-such-stack", code=1)

    assert told["error"] == "There is no stack no-such-stack in this account and region."
