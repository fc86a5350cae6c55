"""How the template lets a release take over, and go back."""

import tomllib

from tests.cloudformation import ROOT, functions, properties, resources, template

GLOBALS = template()["Globals"]["Function"]
ALARMS = ("ApiFaultsAlarm", "WorkerErrorsAlarm")


def test_every_function_is_published_behind_an_alias() -> None:
    """What has no version can't be put back."""
    for name, function in functions().items():
        assert function["AutoPublishAlias"] == "live", name
        # Without these two, a change of the layer or of a setting would publish nothing.
        assert function["AutoPublishAliasAllProperties"] is True, name
    assert properties("BatchgateLayer")["PublishLambdaVersion"] is True


def test_a_setting_that_no_version_holds_changes_the_description_as_well() -> None:
    """SAM publishes when a property changes, and Lambda refuses if all that it keeps is equal.

    A function's own concurrency is no part of its versions. Its description is.
    """
    assert not any("Tags" in function for function in functions().values())
    for name, function in functions().items():
        if "ReservedConcurrentExecutions" in function:
            condition, number, _ = function["ReservedConcurrentExecutions"]["Fn::If"]
            described = function["Description"]["Fn::Sub"]
            assert condition == "Reserves"
            assert f"${{{number['Ref']}}}" in described, name
            assert "${ReserveConcurrency}" in described, name


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
