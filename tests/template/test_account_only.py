"""What only an AWS account can hold: there when it is asked for, and never on an emulator."""

from typing import Any

import pytest

from tests.cloudformation import chosen, decided, properties, resources, template
from tests.template.everything import EVERYTHING

ACCOUNT_ONLY = (
    "AWS::WAFv2::",
    "AWS::FIS::",
    "AWS::S3::",
    "AWS::Route53::",
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::BasePathMapping",
)


def present(**parameters: str) -> set[str]:
    """The resources of a stack with these parameters, by logical id."""
    return set(decided(template()["Resources"], chosen(**parameters)))


def account_only(names: set[str]) -> set[str]:
    """Those of them that no emulator has."""
    kinds = {name: template()["Resources"][name]["Type"] for name in names}
    return {name for name, kind in kinds.items() if kind.startswith(ACCOUNT_ONLY)}


def test_an_emulator_is_given_nothing_of_it_whatever_is_asked_for() -> None:
    """One resource that it refuses fails the whole deployment."""
    assert account_only(present(**EVERYTHING)) != set()
    assert account_only(present(**EVERYTHING, Cloud="local")) == set()


def test_an_account_has_none_of_it_that_was_not_asked_for() -> None:
    """A firewall and a domain cost money, and faults are for those who want them."""
    assert account_only(present()) == set()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"Firewall": "true"}, {"ApiFirewall", "ApiFirewallAssociation"}),
        ({"DomainName": "gateway.example.com"}, {"Domain", "DomainRoot", "DomainStage"}),
        (
            {"DomainName": "gateway.example.com", "HostedZone": "Z1"},
            {"Domain", "DomainRoot", "DomainStage", "DomainRecord"},
        ),
        ({"HostedZone": "Z1"}, set()),
        (
            {"FaultExperiments": "true"},
            {"WorkerFaults", "FaultRole", "FaultBucket", "WorkerReadsFaults"},
        ),
    ],
)
def test_each_is_switched_on_by_its_parameter(
    parameters: dict[str, str], expected: set[str]
) -> None:
    """One does not bring the other."""
    assert present(**parameters) - present() == expected


def rules() -> dict[str, dict[str, Any]]:
    return {rule["Name"]: rule for rule in properties("ApiFirewall")["Rules"]}


def test_the_firewall_lets_bulk_data_through() -> None:
    """A body has up to 5 MB and any text in its rows: none of it may block a whole batch."""
    common = rules()["common"]["Statement"]["ManagedRuleGroupStatement"]
    counted = {one["Name"] for one in common["RuleActionOverrides"]}

    assert common["Name"] == "AWSManagedRulesCommonRuleSet"
    assert counted == {
        "SizeRestrictions_BODY",
        "EC2MetaDataSSRF_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "CrossSiteScripting_BODY",
        "NoUserAgent_HEADER",
        "SizeRestrictions_QUERYSTRING",
    }
    for one in common["RuleActionOverrides"]:
        assert one["ActionToUse"] == {"Count": {}}


def test_an_address_that_calls_too_often_is_answered_as_by_a_throttle() -> None:
    """Partners' clients send again after 429, and give up after 403."""
    rule = rules()["calls-per-address"]

    assert rule["Statement"]["RateBasedStatement"] == {
        "AggregateKeyType": "IP",
        "EvaluationWindowSec": 300,
        "Limit": {"Ref": "CallsPerAddress"},
    }
    assert rule["Action"] == {"Block": {"CustomResponse": {"ResponseCode": 429}}}


def test_the_firewall_shows_nobody_a_call() -> None:
    """A sampled call has its headers and query: keys, tokens and signatures are there."""
    firewall = properties("ApiFirewall")

    assert resources("AWS::WAFv2::LoggingConfiguration") == {}
    for one in (firewall, *firewall["Rules"]):
        assert one["VisibilityConfig"]["SampledRequestsEnabled"] is False


def test_a_domain_answers_with_and_without_the_stage() -> None:
    """Row push has /uat/v1.0/… on a test system; a cookie for /api/spa wants no stage before it."""
    root, stage = properties("DomainRoot"), properties("DomainStage")

    assert "BasePath" not in root
    assert stage["BasePath"] == {"Ref": "Stage"}
    for mapping in (root, stage):
        assert mapping["RestApiId"] == {"Ref": "Api"}
        assert mapping["Stage"] == {"Ref": "Api.Stage"}


def test_faults_stop_when_partners_would_notice() -> None:
    """An experiment may slow the gateway down; it must not refuse anybody."""
    experiment = properties("WorkerFaults")

    assert experiment["StopConditions"] == [
        {"Source": "aws:cloudwatch:alarm", "Value": {"Fn::GetAtt": "ApiFaultsAlarm.Arn"}}
    ]
    assert experiment["Targets"]["worker"]["ResourceArns"] == [{"Fn::GetAtt": "Worker.Arn"}]
    for action in experiment["Actions"].values():
        assert action["ActionId"].startswith("aws:lambda:invocation-")
        assert action["Targets"] == {"Functions": "worker"}
        assert int(action["Parameters"]["invocationPercentage"]) < 100


def test_a_late_start_leaves_the_worker_time_to_work() -> None:
    """Past its timeout every delay would be a failure, and that is the other action."""
    delay = int(
        properties("WorkerFaults")["Actions"]["delay"]["Parameters"]["startupDelayMilliseconds"]
    )

    assert delay / 1_000 <= properties("Worker")["Timeout"] / 2


def test_the_worker_has_nothing_of_the_experiments_unless_they_are_on() -> None:
    """The extension sits between Lambda and the handler: not where nobody asked for it."""
    worker = properties("Worker")
    variables = worker["Environment"]["Variables"]
    given = [
        *worker["Layers"],
        variables["AWS_LAMBDA_EXEC_WRAPPER"],
        variables["AWS_FIS_CONFIGURATION_LOCATION"],
    ]

    for one in given:
        condition, _, otherwise = one["Fn::If"]
        assert (condition, otherwise) == ("Experiments", {"Ref": "AWS::NoValue"})
