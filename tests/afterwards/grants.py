"""What every function may do and is given is what it used in all the tests before.

`make test` runs it after them, by its name: no run of tests takes it along by itself, since
it reads what a whole run noted.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from batchgate import wiring
from tests.cloudformation import functions, properties
from tests.used import KEPT, Right, Used

FUNCTIONS = functions()

PLATFORM = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
"""What Lambda does in a function's name, never its code."""
TRIGGER = {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}
"""What Lambda does in the name of a function that a queue triggers: on that queue."""
EXPERIMENTS = {"AWS_FIS_CONFIGURATION_LOCATION", "AWS_LAMBDA_EXEC_WRAPPER"}
"""Variables that are read by what is in the worker during experiments, not by its code."""


@pytest.fixture(scope="module")
def used(pytestconfig: pytest.Config) -> Used:
    """What the functions used in the last run of tests."""
    told = pytestconfig.cache.get(KEPT, None)
    assert told, 'nothing was noted: first run all tests, with `pytest -m "not stack"`'
    noted = Used()
    noted.add(told)
    return noted


def folder(name: str) -> str:
    """Where a function's code is, which is what it is noted under."""
    return str(FUNCTIONS[name]["CodeUri"]).removeprefix("functions/")


def granted(name: str) -> Iterator[Right]:
    """What a function's role allows it, but for what Lambda does in its name."""
    for policy in properties(f"{name}Role")["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            for action in many(statement["Action"]):
                for resource in many(statement["Resource"]):
                    if action not in PLATFORM and (told := logical(resource)):
                        yield Right(action, told)


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def logical(resource: Mapping[str, Any]) -> str:
    """A resource's name in the template; none for what there is on the emulator only."""
    match resource:
        case {"Fn::GetAtt": str(attribute)}:
            return attribute.partition(".")[0]
        case {"Fn::Sub": str(text)} if text.endswith("/${ScheduleGroup}/*"):
            return "ScheduleGroup"
        case {"Fn::Sub": str(text)}:
            return text.replace("${", "").replace(".Arn}", "")
        case {"Fn::If": ["IsAws", {"Ref": "AWS::NoValue"}, _]}:
            return ""
        case _:
            raise ValueError(json.dumps(resource))


def triggered(name: str) -> set[Right]:
    """What Lambda does with the queues that a function reads."""
    return {
        Right(action, logical(event["Properties"]["Queue"]))
        for event in FUNCTIONS[name]["Events"].values()
        if event["Type"] == "SQS"
        for action in TRIGGER
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_role_allows_what_its_function_calls_and_nothing_else(name: str, used: Used) -> None:
    """What is never called would only be of use to somebody who got in."""
    may, does = set(granted(name)), used.rights[folder(name)] | triggered(name)

    # One comparison, so that neither hides the other.
    assert {
        "granted and never called": {str(right) for right in may - does},
        "called without a grant": {str(right) for right in does - may},
    } == {"granted and never called": set(), "called without a grant": set()}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_given_the_variables_that_it_reads_and_no_others(
    name: str, used: Used
) -> None:
    """One that is left over tells where something is that the function has no business with."""
    given = FUNCTIONS[name]["Environment"]["Variables"].keys() - EXPERIMENTS

    assert given == {
        variable for wired in used.wired[folder(name)] for variable in variables(wired)
    }


def variables(wired: str) -> set[str]:
    """The environment variables that a part of `wiring` is built of."""
    code = getattr(wiring, wired).__wrapped__.__code__
    return {one for one in code.co_consts if isinstance(one, str) and one.isupper()}
