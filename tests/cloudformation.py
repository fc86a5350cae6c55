"""Read `template.yaml` as data, so that tests build on what is deployed."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent


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
