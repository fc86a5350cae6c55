"""How the template lets a release take over, and go back."""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from tests.cloudformation import ROOT, functions, properties, resources, template

GLOBALS = template()["Globals"]["Function"]
NO_SETTINGS = {"Events", "DeploymentPreference"}
ALARMS = ("ApiFaultsAlarm", "WorkerErrorsAlarm")


def test_every_function_is_published_behind_an_alias() -> None:
    """What has no version can't be put back."""
    for name, function in functions().items():
        assert function["AutoPublishAlias"] == "live", name
        # Without these two, a change of the layer or of a setting would publish nothing.
        assert function["AutoPublishAliasAllProperties"] is True, name
    assert properties("BatchgateLayer")["PublishLambdaVersion"] is True


def parameters_of(value: Any) -> Iterator[str]:
    """The parameters that something depends on, by itself or through a condition."""
    match value:
        case {"Ref": name} if name in template()["Parameters"]:
            yield name
        case {"Fn::If": [condition, *values]}:
            yield from parameters_of(template()["Conditions"][condition])
            yield from parameters_of(values)
        case {"Condition": str(condition)}:
            yield from parameters_of(template()["Conditions"][condition])
        case {"Fn::Sub": str(text)}:
            names = re.findall(r"\$\{(\w+)\}", text)
            yield from (name for name in names if name in template()["Parameters"])
        case dict():
            for one in value.values():
                yield from parameters_of(one)
        case list():
            for one in value:
                yield from parameters_of(one)


def test_a_new_value_of_a_parameter_publishes_versions() -> None:
    """To SAM a parameter is its name, which stays. The layer's text has the values in it.

    A trigger and the way a release takes over belong to no version.
    """
    settings = [
        {name: value for name, value in function.items() if name not in NO_SETTINGS}
        for function in functions().values()
    ]
    named = properties("BatchgateLayer")["Description"]["Fn::ToJsonString"]

    # A stack never moves from one cloud to another.
    assert named.keys() == set(parameters_of([GLOBALS["Environment"], *settings])) - {"Cloud"}
    for name, value in named.items():
        assert value == {"Ref": name}
    # Lambda takes 256 characters.
    defaults = {name: str(template()["Parameters"][name]["Default"]) for name in named}
    assert len(json.dumps(defaults)) <= 220


def test_no_function_has_what_a_version_does_not_keep() -> None:
    """SAM would publish, and Lambda refuses since all that it keeps is equal."""
    for name, function in functions().items():
        assert not function.keys() & {"Tags", "CodeSigningConfigArn"}, name
        # It never changes: the worker's chain of steps may be as long as a feed asks.
        assert function.get("RecursiveLoop") == ("Allow" if name == "Worker" else None), name


def test_a_release_goes_back_when_an_alarm_rings() -> None:
    """A bad release is noticed by the alarms before most callers notice it."""
    preference = GLOBALS["DeploymentPreference"]

    assert preference["Alarms"] == [{"Ref": name} for name in ALARMS]
    assert preference["Type"] == "Canary10Percent5Minutes"
    for function in resources("AWS::Serverless::Function").values():
        assert "DeploymentPreference" not in function["Properties"]


def test_a_gradual_release_is_asked_for_by_a_parameter() -> None:
    """Where it is off nothing of CodeDeploy exists: the local emulator has no such thing."""
    assert GLOBALS["DeploymentPreference"]["Enabled"] == {
        "Fn::FindInMap": ["Rollouts", {"Ref": "Rollout"}, "Gradual"]
    }
    assert template()["Mappings"]["Rollouts"] == {
        "all-at-once": {"Gradual": "false"},
        "canary": {"Gradual": "true"},
    }
    assert template()["Parameters"]["Rollout"]["Default"] == "all-at-once"
    assert template()["Parameters"]["Rollout"]["AllowedValues"] == ["all-at-once", "canary"]


def test_the_alarms_of_a_release_ring_while_it_is_a_canary() -> None:
    """One that looks at more than five minutes would ring when all calls have moved."""
    for name in ALARMS:
        alarm = properties(name)
        assert alarm["Period"] * alarm["EvaluationPeriods"] <= 300, name
        # No calls are no fault, or a quiet night would stop every release.
        assert alarm["TreatMissingData"] == "notBreaching", name


def test_production_is_released_gradually_and_behind_a_firewall() -> None:
    """What must not be forgotten there is in the file that is used there."""
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    chosen = {
        name: dict(
            pair.split("=", 1)
            for pair in settings[name]["deploy"]["parameters"]["parameter_overrides"]
        )
        for name in ("local", "uat", "prod")
    }

    assert (chosen["prod"]["Rollout"], chosen["prod"]["Firewall"]) == ("canary", "true")
    assert "Rollout" not in chosen["local"]
    for name, pairs in chosen.items():
        assert pairs.keys() <= template()["Parameters"].keys(), name
