"""The OpenAPI document as partners have it: what may be sent, and what may be answered."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from jsonschema_rs import Draft202012Validator

from tests.cloudformation import ROOT, functions

FILE = ROOT / "docs" / "openapi.json"
METHODS = {"get", "post", "put", "patch", "delete"}


@cache
def document() -> dict[str, Any]:
    """The document that is kept."""
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    """What tells whether a value is as a schema of the document has it."""
    return Draft202012Validator({"components": document()["components"], "allOf": [schema]})


def resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of the document, also where it only names another."""
    found: Any = part
    if "$ref" in part:
        found = document()
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
    return found  # type: ignore[no-any-return]  # a part of a JSON document


@dataclass(frozen=True, eq=False)
class Operation:
    """A method of a path."""

    path: str
    method: str
    described: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What the document calls it."""
        return str(self.described["operationId"])

    @property
    def label(self) -> str:
        """Its method and path."""
        return f"{self.method.upper()} {self.path}"

    @cached_property
    def function(self) -> str:
        """The folder of the function that serves it."""
        return routes()[self.path, self.method]

    @property
    def parameters(self) -> list[Mapping[str, Any]]:
        """Its parameters in path, query and headers."""
        return list(self.described.get("parameters", []))

    def complain(self, status: int, media_type: str | None, body: Any) -> str:
        """What is wrong with an answer; "" if it is declared."""
        responses = self.described["responses"]
        if str(status) not in responses:
            return f"{self.name} never answers {status}"
        content = resolved(responses[str(status)]).get("content", {})
        if body is None:
            return f"{self.name} has a body with {status}" if content else ""
        if media_type not in content:
            return f"{self.name} does not answer {media_type} with {status}"
        error = next(self._answers(str(status)).iter_errors(body), None)
        return f"{self.name}, {status}: {error.message[:500]}" if error else ""

    @cache  # noqa: B019 (operations live as long as the document)
    def _answers(self, status: str) -> Draft202012Validator:
        content = resolved(self.described["responses"][status])["content"]
        return validator(content["application/json"]["schema"])


@cache
def operations() -> list[Operation]:
    """All that the document describes."""
    return [
        Operation(path, method, described)
        for path, methods in document()["paths"].items()
        for method, described in methods.items()
        if method in METHODS
    ]


@cache
def routes() -> Mapping[tuple[str, str], str]:
    """The template's paths and methods, and the folder of the function that serves each."""
    return dict(_routes())


def _routes() -> Iterator[tuple[tuple[str, str], str]]:
    for function in functions().values():
        for event in function["Events"].values():
            if event["Type"] == "Api":
                told = event["Properties"]
                folder = function["CodeUri"].removeprefix("functions/")
                yield (told["Path"], told["Method"].lower()), folder


@cache
def served_by(function: str, method: str) -> Operation:
    """The operation that a function serves with this method, or the only one it has."""
    own = [one for one in operations() if one.function == function]
    named = [one for one in own if one.method == method.lower()]
    return (named or own)[0]
