"""What the stack shows to the outside: its API, and nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloudformation import functions, properties, resources, template

FUNCTIONS = functions()
OPENS_ITSELF = {
    "AWS::ApiGateway::ApiKey",
    "AWS::CloudFront::Distribution",
    "AWS::DynamoDB::GlobalTable",
    "AWS::EC2::SecurityGroup",
    "AWS::Events::EventBusPolicy",
    "AWS::Lambda::LayerVersionPermission",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Url",
    "AWS::Logs::ResourcePolicy",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
}
"""Types by which something is called or read from outside, past the roles of the stack."""

NUMBERS = {"BatchDays"}
NAMES = {
    "BatchEvents",
    "BatchesTable",
    "PartnersTable",
    "RecordsTable",
    "ScheduleGroup",
    "WorkQueue",
}
PLACES = {"MasterSecret.Id", "ScheduleRole.Arn", "WorkQueue.Arn"}
"""A secret's ARN tells where it is; what it says is read with the function's role."""


def test_nothing_opens_itself_to_the_outside() -> None:
    """Partners come through the API's routes, AWS through what SAM makes of the events."""
    kinds = {resource["Type"] for resource in template()["Resources"].values()}

    assert kinds & OPENS_ITSELF == set()
    assert len(resources("AWS::Serverless::Api")) == 1
    for name, function in FUNCTIONS.items():
        assert not function.keys() & {"FunctionUrlConfig", "VpcConfig"}, name


def test_no_table_queue_or_bucket_has_a_policy_of_its_own() -> None:
    """Who may do what stands in the roles, where tests read it."""
    for name, resource in template()["Resources"].items():
        assert not resource["Properties"].keys() & {"ResourcePolicy", "Policy", "KmsKeyPolicy"}, (
            name
        )


@pytest.mark.parametrize("name", resources("AWS::S3::Bucket"))
def test_a_bucket_can_never_be_public(name: str) -> None:
    """Not even by an object's own list of readers."""
    assert properties(name)["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }


@pytest.mark.parametrize("name", resources("AWS::IAM::Role"))
def test_a_role_is_for_one_service_of_aws(name: str) -> None:
    """Neither people nor other accounts can take it, and services not for other accounts."""
    (statement,) = properties(name)["AssumeRolePolicyDocument"]["Statement"]
    service = statement["Principal"]["Service"]

    assert statement["Principal"].keys() == {"Service"}
    assert statement["Action"] == "sts:AssumeRole"
    if service in {"scheduler.amazonaws.com", "fis.amazonaws.com"}:
        own = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        assert statement["Condition"] == {"StringEquals": own}
    else:
        # These take a role only for what was made with iam:PassRole, in the account.
        assert service in {"lambda.amazonaws.com", "apigateway.amazonaws.com"}


def variables() -> Iterator[tuple[str, str, Any]]:
    common = template()["Globals"]["Function"]["Environment"]["Variables"]
    for name, value in common.items():
        yield "Globals", name, value
    for function, definition in resources("AWS::Serverless::Function").items():
        for name, value in definition["Properties"]["Environment"]["Variables"].items():
            yield function, name, value


@pytest.mark.parametrize(("function", "name", "value"), list(variables()))
def test_a_functions_variables_are_names_places_and_settings(
    function: str, name: str, value: Any
) -> None:
    """Whoever may look at a function reads its variables: no secret may be there."""
    match value:
        case {"Ref": str(one)}:
            assert one in NAMES | NUMBERS | {"LogLevel", "AWS::StackName"}
        case {"Fn::GetAtt": str(one)}:
            assert one in PLACES
        case {"Fn::If": ["Experiments", *given]}:
            told = json.dumps(given)
            assert "resolve:" not in told
            assert "Secret" not in told
        case _:
            assert (name, value) in {
                ("POWERTOOLS_METRICS_NAMESPACE", "Batchgate"),
                ("PYDANTIC_DISABLE_PLUGINS", "__all__"),
            }


def test_no_secret_is_written_into_the_stack() -> None:
    """A secret in a template, a parameter or an output is one that anybody can look up."""
    text = json.dumps(template())

    assert "resolve:secretsmanager" not in text
    assert "resolve:ssm-secure" not in text
    assert "SecretString" not in properties("MasterSecret")
    assert not [name for name in template()["Parameters"] if "secret" in name.lower()]
    for name, output in template()["Outputs"].items():
        assert "secret" not in name.lower() or name.endswith("Arn"), output
