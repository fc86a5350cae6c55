"""The stack as deployed: what the template says is there and answers."""

import json
import urllib.error
import urllib.request

import pytest

from local.stack import Stack
from tests.cloudformation import functions

pytestmark = pytest.mark.stack

PATH = "/api/personalize/v1/partner/sync/portfolio/batch"


def test_every_function_is_there(stack: Stack) -> None:
    """Each has the code and the layer of this build."""
    for name in functions():
        found = stack.client("lambda").get_function_configuration(FunctionName=stack.outputs[name])
        assert found["State"] == "Active"
        assert len(found["Layers"]) == 1


def test_the_triggers_are_on(stack: Stack) -> None:
    """Without them slices would lie in the queue and nobody would look for lost ones."""
    mappings = stack.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    schedules = stack.client("scheduler").list_schedules()["Schedules"]

    assert {mapping["State"] for mapping in mappings} == {"Enabled"}
    assert {mapping["FunctionArn"].split(":function:")[1] for mapping in mappings} == {
        f"{stack.outputs['Worker']}:live",
        f"{stack.outputs['GiveUp']}:live",
    }
    # Those of proposals come and go, in a group of their own.
    always = [one for one in schedules if one["GroupName"] == "default"]
    assert {schedule["Name"]: schedule["State"] for schedule in always} == {
        f"{stack.stack_name}-sweep": "ENABLED",
        f"{stack.stack_name}-audit": "ENABLED",
    }
    assert all(schedule["Target"]["Arn"].endswith(":live") for schedule in always)


def test_the_master_secret_was_made(stack: Stack) -> None:
    """Sixty-four characters that need no escaping anywhere."""
    secrets = stack.client("secretsmanager")
    text = secrets.get_secret_value(SecretId=stack.outputs["MasterSecretArn"])["SecretString"]

    made = json.loads(text)

    assert list(made) == ["v1"]
    assert len(made["v1"]) == 64
    assert made["v1"].isalnum()


@pytest.mark.parametrize(("method", "path"), [("POST", PATH), ("GET", f"{PATH}/status")])
def test_the_endpoints_answer_json(stack: Stack, method: str, path: str) -> None:
    """A stranger is refused by the function itself, not by a broken integration."""
    call = urllib.request.Request(
        stack.base_url + path, method=method, data=b"{}" if method == "POST" else None
    )

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(call, timeout=30)

    with refused.value as answer:
        assert answer.headers["content-type"].startswith("application/json")
        assert json.loads(answer.read())["data"] is None


def test_the_sweep_runs_when_there_is_nothing_to_do(stack: Stack) -> None:
    """An idle system must not ring."""
    done = stack.client("lambda").invoke(FunctionName=stack.outputs["Sweep"], Payload=b"{}")

    assert "FunctionError" not in done, done["Payload"].read()
