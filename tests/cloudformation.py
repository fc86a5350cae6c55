"""Read `template.yaml` as data, so that tests build on what is deployed."""

import json
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from local.places import SAM_TOOLS

ROOT = Path(__file__).resolve().parent.parent
EXPAND = Path(__file__).with_name("expand.py")


class _Loader(yaml.SafeLoader):
    """Knows CloudFormation's short tags: `!Ref X` is `{"Ref": "X"}`."""


def _tag(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    match node:
        case yaml.ScalarNode():
            value: Any = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            value = loader.construct_mapping(node, deep=True)
        case _:
            raise TypeError(node)
    return {name: value}


_Loader.add_multi_constructor("!", _tag)


@cache
def template() -> dict[str, Any]:
    """The whole template, with short tags spelled out."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_Loader)
    return loaded


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """All resources of a type, by logical id."""
    return {
        name: resource
        for name, resource in template()["Resources"].items()
        if resource["Type"] == kind
    }


def properties(logical_id: str) -> dict[str, Any]:
    """A resource's properties."""
    found: dict[str, Any] = template()["Resources"][logical_id]["Properties"]
    return found


def functions() -> dict[str, dict[str, Any]]:
    """Every function's properties, with what it takes from Globals, by logical id."""
    common = template()["Globals"]["Function"]
    return {
        name: common | function["Properties"]
        for name, function in resources("AWS::Serverless::Function").items()
    }


def table(logical_id: str) -> dict[str, Any]:
    """A table's arguments for `create_table`, but for its name."""
    wanted = {"KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes"}
    return {name: value for name, value in properties(logical_id).items() if name in wanted}


def queue(logical_id: str) -> dict[str, str]:
    """A queue's attributes for `create_queue`, without its redrive policy."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in properties(logical_id).items()
        if name != "RedrivePolicy"
    }


def chosen(**parameters: str) -> dict[str, str]:
    """All parameters of a stack that is given these."""
    defaults = {name: str(one["Default"]) for name, one in template()["Parameters"].items()}
    return defaults | parameters


def holds(condition: Mapping[str, Any], given: Mapping[str, str]) -> bool:
    """Whether a condition of the template is true with these parameters."""
    ((kind, argument),) = condition.items()
    match kind:
        case "Condition":
            return holds(template()["Conditions"][argument], given)
        case "Fn::And":
            return all(holds(one, given) for one in argument)
        case "Fn::Not":
            return not holds(argument[0], given)
        case "Fn::Equals":
            one, other = (given[it["Ref"]] if isinstance(it, dict) else it for it in argument)
            return bool(one == other)
        case _:
            raise ValueError(kind)


def decided(part: Any, given: Mapping[str, str]) -> Any:
    """A part of the template with every choice made as these parameters have it."""
    match part:
        case {"Fn::If": [condition, then, otherwise]}:
            return decided(then if holds({"Condition": condition}, given) else otherwise, given)
        case {"Condition": str(condition), "Type": _} if not holds({"Condition": condition}, given):
            return NOTHING
        case {"Condition": str(_), "Type": _}:
            return decided({name: one for name, one in part.items() if name != "Condition"}, given)
        case dict():
            made = {name: decided(one, given) for name, one in part.items()}
            return {name: one for name, one in made.items() if one != NOTHING}
        case list():
            return [one for one in (decided(one, given) for one in part) if one != NOTHING]
        case _:
            return part


NOTHING = {"Ref": "AWS::NoValue"}


def expanded(given: Mapping[str, Any], **parameters: str) -> dict[str, Any]:
    """The resources that SAM's own transform makes of a template."""
    done = subprocess.run(
        [SAM_TOOLS / "python", EXPAND],
        input=json.dumps({"template": given, "parameters": chosen(**parameters)}),
        env={"AWS_DEFAULT_REGION": "us-east-1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    made: dict[str, Any] = json.loads(done.stdout)
    return made
