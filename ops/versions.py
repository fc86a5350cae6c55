"""Which version of each function is live, and back to the one before.

python -m ops.versions show <stack>
python -m ops.versions back <stack> <time>     what was live before that time (UTC, ISO 8601)
python -m ops.versions prune <stack> <number>  delete all but the newest so many

`back` and `prune` say what they would do; with `--yes` they do it.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from ops.asking import UNDONE, add_yes

ALIAS = "live"
LATEST = "$LATEST"
KEPT = ("CodeSha256", "Description", "Environment", "Layers", "MemorySize", "Timeout")
"""What a release may change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A published version and when its release changed the function."""

    number: str
    published: datetime
    settings: dict[str, Any]


class Function:
    """One function of a stack."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.name = name

    def versions(self) -> list[Version]:
        """All published ones, oldest first."""
        pages = self._client.get_paginator("list_versions_by_function")
        found = [
            Version(
                number=one["Version"],
                published=datetime.fromisoformat(one["LastModified"]),
                settings={name: one.get(name) for name in KEPT},
            )
            for page in pages.paginate(FunctionName=self.name)
            for one in page["Versions"]
            if one["Version"] != LATEST
        ]
        return sorted(found, key=lambda one: int(one.number))

    def live(self) -> set[str]:
        """The numbers of the versions that are called: two of them during a canary."""
        alias = self._client.get_alias(FunctionName=self.name, Name=ALIAS)
        weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        return {alias["FunctionVersion"], *weights}

    def unpublished(self) -> bool:
        """Whether what was deployed last differs from all that is live."""
        latest = self._client.get_function_configuration(FunctionName=self.name)
        settings = {name: latest.get(name) for name in KEPT}
        live = self.live()
        return all(one.settings != settings for one in self.versions() if one.number in live)

    def put_live(self, number: str) -> None:
        """Have all callers reach this version from now on."""
        self._client.update_alias(
            FunctionName=self.name, Name=ALIAS, FunctionVersion=number, RoutingConfig={}
        )

    def delete(self, number: str) -> None:
        """Delete a version that nobody calls."""
        self._client.delete_function(FunctionName=self.name, Qualifier=number)


def functions(stack: str) -> Iterator[Function]:
    """The functions of a stack."""
    client = boto3.client("lambda")
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == "AWS::Lambda::Function":
                yield Function(client, resource["PhysicalResourceId"])


def show(stack: str) -> None:
    """Print what is live, since when, and where that is not what was deployed last."""
    for function in functions(stack):
        live = function.live()
        for one in function.versions():
            if one.number in live:
                note = ", differs from what was deployed last" if function.unpublished() else ""
                print(f"{function.name}: version {one.number}, {one.published:%FT%TZ}{note}")


def back(stack: str, time: datetime, *, yes: bool) -> int:
    """Put live what was published last before a time; a function without it stays.

    How many functions move, or would if `yes`.
    """
    moving = 0
    for function in functions(stack):
        earlier = [one.number for one in function.versions() if one.published < time]
        live = function.live()
        if not earlier:
            print(f"{function.name}: nothing from before, stays")
        elif live == {earlier[-1]}:
            print(f"{function.name}: version {earlier[-1]} already")
        else:
            moving += 1
            if yes:
                function.put_live(earlier[-1])
            verb = "went" if yes else "would go"
            print(f"{function.name}: {verb} from {' and '.join(sorted(live))} ", end="")
            print(f"back to version {earlier[-1]}")
    return moving


def prune(stack: str, keep: int, *, yes: bool) -> int:
    """Delete all but the newest versions of each function, and never one that is live.

    How many versions are deleted, or would be if `yes`. At least one is kept.
    """
    deleted = 0
    for function in functions(stack):
        live = function.live()
        numbers = [one.number for one in function.versions()]
        for number in numbers[:-keep]:
            if number not in live:
                deleted += 1
                if yes:
                    function.delete(number)
                print(f"{function.name}: version {number} {'' if yes else 'would be '}deleted")
    return deleted


def main(arguments: list[str]) -> int:
    """Do what is asked for; 3 if something is due and was not done, for want of `--yes`."""
    asked = _parser().parse_args(arguments)
    due = 0
    match asked.what:
        case "show":
            show(asked.stack)
            return 0
        case "back":
            due = back(asked.stack, asked.time, yes=asked.yes)
        case "prune":
            due = prune(asked.stack, asked.number, yes=asked.yes)
    if due and not asked.yes:
        print(f"Changes to make to {asked.stack}: {due}. Nothing was changed: say --yes.")
        return UNDONE
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ops.versions",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="what", required=True)
    for what, argument, kind in (("back", "time", _time), ("prune", "number", _number)):
        verb = verbs.add_parser(what)
        verb.add_argument("stack")
        verb.add_argument(argument, type=kind)
        add_yes(verb)
    verbs.add_parser("show").add_argument("stack")
    return parser


def _time(text: str) -> datetime:
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no time as ISO 8601 writes it") from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def _number(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text} is no number of versions to keep")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
