"""A release takes over when it is deployed, and the one before can be put back."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from batchgate_cli.settings import OWN_LAYER
from local import sam, stack
from local.emulator import Emulator, free_port
from local.places import ROOT
from local.stack import Stack, deploy
from tests.cloudformation import expanded, functions, template

pytestmark = pytest.mark.stack

FUNCTIONS = functions()


class Releases:
    """A stack of its own, and how to deploy the next release to it."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._built = emulator.directory / "built"
        self._released: dict[str, str] | None = None
        self.stack: Stack = deploy(emulator)

    def release(self, **parameters: str) -> None:
        """Have this deployed: what was built, with a layer that differs by one file."""
        if parameters == self._released:
            return
        if not self._built.exists():
            shutil.copytree(sam.FOLDER / "local", self._built)
            (self._built / "BatchgateLayer" / "python" / "release").write_text("another")
        stack._deploy(self._emulator, self._built, parameters)
        self._released = parameters

    def operate(self, verb: str, *arguments: str) -> str:
        """What `python -m ops.versions` prints for this stack."""
        done = subprocess.run(
            [sys.executable, "-m", "ops.versions", verb, self.stack.stack_name, *arguments],
            env=sam.environment(self.stack.endpoint_url),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=ROOT,
        )
        return done.stdout

    def live(self, function: str) -> str:
        """The version that callers of a function reach."""
        client = self.stack.client("lambda")
        alias = client.get_alias(FunctionName=self.stack.outputs[function], Name="live")
        return str(alias["FunctionVersion"])


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Releases]:
    with Emulator(tmp_path_factory.mktemp("releases"), free_port(), auth=True) as emulator:
        yield Releases(emulator)


def test_new_code_in_the_layer_goes_live_and_the_old_can_be_put_back(releases: Releases) -> None:
    """Nearly all code is in the layer: without care a release of it would reach nobody."""
    assert {releases.live(name) for name in FUNCTIONS} == {"1"}

    releases.release()

    assert {releases.live(name) for name in FUNCTIONS} == {"2"}
    client, sweep = releases.stack.client("lambda"), releases.stack.outputs["Sweep"]
    (layer,) = client.get_function_configuration(FunctionName=sweep, Qualifier="live")["Layers"]
    (old,) = client.get_function_configuration(FunctionName=sweep, Qualifier="1")["Layers"]
    assert layer["Arn"] != old["Arn"]

    began = min(
        client.get_function_configuration(FunctionName=function, Qualifier="2")["LastModified"]
        for function in (releases.stack.outputs[name] for name in FUNCTIONS)
    )
    told = releases.operate("back", began, "--yes")

    assert told.count("went from 2 back to version 1") == len(FUNCTIONS)
    assert {releases.live(name) for name in FUNCTIONS} == {"1"}
    assert releases.operate("show").count("differs from what was deployed last") == len(FUNCTIONS)
    # Its layer is deleted by now, and is still what this version runs.
    done = client.invoke(FunctionName=sweep, Qualifier="live", Payload=b"{}")
    assert (done["ExecutedVersion"], "FunctionError" in done) == ("1", False)

    assert releases.operate("prune", "1", "--yes") == ""
    for name in FUNCTIONS:
        client.update_alias(
            FunctionName=releases.stack.outputs[name], Name="live", FunctionVersion="2"
        )
    assert releases.operate("prune", "1", "--yes").count("version 1 deleted") == len(FUNCTIONS)
    assert "differs" not in releases.operate("show")


def test_a_new_value_of_a_parameter_alone_goes_live(releases: Releases) -> None:
    """Otherwise a setting would be changed, shown as changed, and not be in force."""
    releases.release()
    before = {name: releases.live(name) for name in FUNCTIONS}

    releases.release(LogLevel="DEBUG")

    client = releases.stack.client("lambda")
    for name in FUNCTIONS:
        assert releases.live(name) != before[name]
        settings = client.get_function_configuration(
            FunctionName=releases.stack.outputs[name], Qualifier="live"
        )
        assert settings["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] == "DEBUG"


def test_a_canary_of_every_function_goes_back_when_an_alarm_rings() -> None:
    """Ten per cent of the calls find a bad release, not all of them."""
    made = expanded(template(), Rollout="canary")

    for name in FUNCTIONS:
        group = made[f"{name}DeploymentGroup"]["Properties"]
        assert group["AlarmConfiguration"] == {
            "Enabled": True,
            "Alarms": [
                {"Name": {"Ref": "ApiFaultsAlarm"}},
                {"Name": {"Ref": "WorkerErrorsAlarm"}},
            ],
        }
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        assert "CodeDeployLambdaAliasUpdate" in made[f"{name}Aliaslive"]["UpdatePolicy"]


def test_without_a_canary_there_is_nothing_of_codedeploy() -> None:
    """The emulator has no such thing, and who wants none need not have it."""
    kinds = {resource["Type"] for resource in expanded(template()).values()}

    assert "AWS::Lambda::Alias" in kinds
    assert not any(kind.startswith("AWS::CodeDeploy") for kind in kinds)


def test_the_doctor_knows_the_layer_by_the_name_that_sam_gives_it() -> None:
    """Each deployment makes a new resource of it; what stays is the name."""
    (layer,) = (
        resource["Properties"]
        for resource in expanded(template()).values()
        if resource["Type"] == "AWS::Lambda::LayerVersion"
    )

    assert f":layer:{layer['LayerName']}" == OWN_LAYER


def test_every_way_to_a_function_leads_to_what_is_live() -> None:
    """A trigger that calls the function itself would run what was never released."""
    made = expanded(template())
    aliases = {f"{name}Aliaslive" for name in FUNCTIONS}

    called = {
        "AWS::Lambda::Permission": "FunctionName",
        "AWS::Lambda::EventSourceMapping": "FunctionName",
        "AWS::Scheduler::Schedule": "Target",
    }
    ways = [
        json.dumps(resource["Properties"][called[resource["Type"]]])
        for resource in made.values()
        if resource["Type"] in called
    ]
    assert len(ways) > len(FUNCTIONS)
    for way in ways:
        assert any(f'"Ref": "{alias}"' in way for alias in aliases), way
