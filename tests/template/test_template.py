"""What the template promises, whatever is added to it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloudformation import ROOT, functions, properties, resources, template

FUNCTIONS = functions()

# X-Ray and tags have no resources to name; nothing else may be granted on everything.
ON_EVERYTHING = {"xray:PutTelemetryRecords", "xray:PutTraceSegments", "tag:GetResources"}
# Objects of a bucket have no names yet when the template is written.
ONE_FOLDER = "${FaultBucket.Arn}/worker/*"


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    for role, definition in resources("AWS::IAM::Role").items():
        for policy in definition["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield role, statement
    for name, definition in resources("AWS::IAM::RolePolicy").items():
        for statement in definition["Properties"]["PolicyDocument"]["Statement"]:
            yield name, statement


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_python_is_the_one_of_the_work_tree() -> None:
    """What is tested is what runs."""
    version = (ROOT / ".python-version").read_text().strip()

    assert {function["Runtime"] for function in FUNCTIONS.values()} == {f"python{version}"}


def test_every_function_folder_is_deployed_and_every_function_has_its_folder() -> None:
    """A folder that the template forgot would be tested and never run."""
    folders = {f"functions/{path.parent.name}" for path in ROOT.glob("functions/*/app.py")}

    assert {function["CodeUri"] for function in FUNCTIONS.values()} == folders


def test_every_function_is_called_like_its_folder() -> None:
    """`make invoke FUNCTION=give_up` finds GiveUp."""
    for name, function in FUNCTIONS.items():
        folder = function["CodeUri"].removeprefix("functions/")
        assert name == "".join(word.capitalize() for word in folder.split("_"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_its_own_role_log_and_trace(name: str) -> None:
    """One function's permissions and logs are not another's."""
    function = FUNCTIONS[name]

    assert function["Role"] == {"Fn::GetAtt": f"{name}Role.Arn"}
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": f"{name}Log"}}
    assert f"{name}Log" in resources("AWS::Logs::LogGroup")
    assert function["Tracing"] == "Active"


@pytest.mark.parametrize("name", resources("AWS::Logs::LogGroup"))
def test_logs_do_not_stay_for_ever(name: str) -> None:
    """Logs without retention are kept, and paid for, until somebody notices."""
    assert properties(name)["RetentionInDays"] == {"Ref": "LogDays"}


def test_an_api_function_ends_before_the_gateway_gives_up() -> None:
    """API Gateway answers 504 after 29 s, whatever the function does then."""
    for function in FUNCTIONS.values():
        if any(event["Type"] == "Api" for event in function["Events"].values()):
            assert function["Timeout"] <= 29


WAITING = {"PushRows", "LoyaltyCards", "LoyaltyCoupons", "LoyaltySegments", "ProposalChange"}
"""The functions whose calls wait for outcomes."""


def test_concurrency_is_reserved_for_the_worker_and_for_calls_that_wait() -> None:
    """One partner's flood of calls that each wait 20 s must leave Lambda to the others.

    A function that gets no share could be starved by them; one that has a share it does
    not need starves others.
    """
    reserved = {
        name: function["ReservedConcurrentExecutions"]
        for name, function in FUNCTIONS.items()
        if "ReservedConcurrentExecutions" in function
    }

    assert reserved == {
        name: {"Fn::If": ["Reserves", {"Ref": share}, {"Ref": "AWS::NoValue"}]}
        for name, share in [("Worker", "Workers"), *((one, "WaitingCalls") for one in WAITING)]
    }


def test_the_functions_that_wait_are_those_that_store_parts_and_see_their_outcomes() -> None:
    """A new endpoint that answers with outcomes must not be forgotten above."""
    stores, sees = "dynamodb:BatchWriteItem", {"dynamodb:Query", "dynamodb:GetItem"}
    endpoints = {
        name
        for name, function in FUNCTIONS.items()
        if any(event["Type"] == "Api" for event in function["Events"].values())
    }
    waiting = {
        name
        for role, statement in statements()
        if statement["Resource"] == {"Fn::GetAtt": "BatchesTable.Arn"}
        and (name := role.removesuffix("Role")) in endpoints
        and stores in listed(statement["Action"])
        and sees & set(listed(statement["Action"]))
    }

    assert waiting == WAITING


def test_concurrency_is_reserved_on_request_only_and_never_on_one_machine() -> None:
    """AWS refuses the whole deploy where an account has too little concurrency to give away."""
    assert template()["Parameters"]["ReserveConcurrency"]["Default"] == "false"
    assert template()["Conditions"]["Reserves"] == {
        "Fn::And": [
            {"Condition": "IsAws"},
            {"Fn::Equals": [{"Ref": "ReserveConcurrency"}, "true"]},
        ]
    }


SCHEDULES = ("schedule/${ScheduleGroup}/*", "schedule/default/*")
"""Schedules are made at run time: what can be named is their group (the second: locally only)."""


def test_what_a_schedule_calls_is_not_tried_again_by_lambda() -> None:
    """The next minute, or hour, looks at the same batches; a second run would count them twice."""
    for name in ("Sweep", "Audit"):
        assert FUNCTIONS[name]["EventInvokeConfig"]["MaximumRetryAttempts"] == 0
        ((_, event),) = FUNCTIONS[name]["Events"].items()
        assert event["Properties"]["RetryPolicy"]["MaximumRetryAttempts"] == 0


def test_what_api_gateway_refuses_has_every_contracts_fields() -> None:
    """Its templates know the message and not the status."""
    for name, response in properties("Api")["GatewayResponses"].items():
        text = response["ResponseTemplates"]["application/json"]
        assert "$context.status" not in text, name
        told = json.loads(text.replace("$context.error.messageString", '"why"'))
        assert told["status"] == response["StatusCode"], name
        assert {"message", "data", "code", "msg", "error"} < told.keys(), name


def test_no_role_may_do_everything() -> None:
    """Least privilege: actions by name, resources by name."""
    for role, statement in statements():
        actions = set(listed(statement["Action"]))
        assert not any("*" in action for action in actions), (role, actions)
        if not actions <= ON_EVERYTHING:
            named = json.dumps(statement["Resource"])
            for told in (*SCHEDULES, ONE_FOLDER):
                named = named.replace(told, "")
            assert "*" not in named, (role, statement["Sid"])


def test_schedules_of_other_groups_are_reached_on_the_emulator_only() -> None:
    """On AWS a function makes and drops schedules of its own group, and no others."""
    for role, statement in statements():
        if "scheduler:" in json.dumps(statement["Action"]):
            own, other = statement["Resource"]
            assert own["Fn::Sub"].endswith(SCHEDULES[0]), role
            assert other["Fn::If"][:2] == ["IsAws", {"Ref": "AWS::NoValue"}], role


def test_no_function_has_a_policy_beside_its_role() -> None:
    """AWS's ready-made policies, which SAM adds by itself, grant on all resources."""
    for name, function in FUNCTIONS.items():
        assert "Policies" not in function, name
        assert "ManagedPolicyArns" not in properties(f"{name}Role"), name


def test_access_logs_hold_no_query_and_no_headers() -> None:
    """Signatures travel in the query and keys in headers."""
    given, _ = properties("Api")["AccessLogSetting"]["Fn::If"][1:]
    logged = json.loads(given["Format"].replace("$context.requestTimeEpoch", "0"))

    assert set(logged.values()) == {
        0,
        "$context.requestId",
        "$context.httpMethod",
        "$context.resourcePath",
        "$context.status",
        "$context.identity.sourceIp",
        "$context.responseLength",
        "$context.responseLatency",
        "$context.integrationLatency",
        "$context.integrationStatus",
        "$context.error.responseType",
    }


def test_the_api_is_throttled_and_takes_text_only() -> None:
    """Binary bodies reach Lambda as base64: 5 MB would not fit through its 6 MB."""
    api = properties("Api")

    assert "BinaryMediaTypes" not in api
    assert api["TracingEnabled"] is True
    assert api["MethodSettings"][0]["ThrottlingRateLimit"] == {"Ref": "ThrottleRate"}
    assert api["MethodSettings"][0]["DataTraceEnabled"] is False


def test_no_route_takes_any_method() -> None:
    """A method that no contract names is refused before a function starts."""
    routes = [
        event["Properties"]
        for function in FUNCTIONS.values()
        for event in function["Events"].values()
        if event["Type"] == "Api"
    ]

    assert all(route["Method"] in {"get", "post", "put", "patch", "delete"} for route in routes)
    assert len({(route["Path"], route["Method"]) for route in routes}) == len(routes)
