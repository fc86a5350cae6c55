"""What operations are made of: parameters, bodies, answers, and what API Gateway answers itself."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from ops.openapi.schemas import Schema, either, of, ref

JSON = "application/json"
CORRELATION = {"X-Correlation-Id": {"$ref": "#/components/headers/CorrelationId"}}
CHALLENGE = {"WWW-Authenticate": {"description": "How to come again", "schema": {"type": "string"}}}
HEADERS: Mapping[str, Any] = {
    "CorrelationId": {
        "description": "Names the call; tell it when you ask about it",
        "schema": {"type": "string"},
    }
}


class GatewayError(TypedDict):
    """The part of it that clients of proposals look for."""

    code: int
    message: str


class GatewayRefusal(TypedDict):
    """What API Gateway refuses by itself, with the fields of every contract."""

    status: int
    message: str | None
    data: None
    code: str
    msg: str | None
    error: GatewayError


SCHEMAS = of("gateway", [GatewayRefusal])
GATEWAY = ref("gateway.GatewayRefusal")
REFUSED_BY_GATEWAY = {
    "403": "Refused before it reached us, such as by a firewall",
    "413": "Too large",
    "429": "Too many calls: pause, then send the same again",
    "500": "Our fault: send the same again",
    "502": "Our fault: send the same again",
    "503": "Busy: pause, then send the same again",
    "504": "Not finished in time: send the same again",
}


def answer(
    description: str,
    schema: Schema,
    headers: Mapping[str, Any] | None = None,
    links: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """An answer in JSON."""
    made = {
        "description": description,
        "headers": CORRELATION | dict(headers or {}),
        "content": {JSON: {"schema": schema}},
    }
    return made | ({"links": dict(links)} if links else {})


RESPONSES = {
    f"Gateway{status}": {
        "description": description,
        "content": {JSON: {"schema": GATEWAY}},
    }
    for status, description in REFUSED_BY_GATEWAY.items()
}


def answers(own: Mapping[str, Any]) -> dict[str, Any]:
    """A contract's own answers by HTTP status, together with API Gateway's."""
    made = dict(own)
    for status in REFUSED_BY_GATEWAY:
        if status in own:
            schema = own[status]["content"][JSON]["schema"]
            made[status] = own[status] | {"content": {JSON: {"schema": either(schema, GATEWAY)}}}
        else:
            made[status] = {"$ref": f"#/components/responses/Gateway{status}"}
    return dict(sorted(made.items()))


def query(name: str, description: str, schema: Schema, *, required: bool = False) -> dict[str, Any]:
    """A parameter in the query."""
    return _parameter("query", name, description, schema, required=required)


def path(name: str, description: str, schema: Schema) -> dict[str, Any]:
    """A parameter in the path."""
    return _parameter("path", name, description, schema, required=True)


def header(
    name: str, description: str, schema: Schema, *, required: bool = False
) -> dict[str, Any]:
    """A parameter in a header."""
    return _parameter("header", name, description, schema, required=required)


def _parameter(
    place: str, name: str, description: str, schema: Schema, *, required: bool
) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "description": description,
        "required": required,
        "schema": schema,
    }


def body(schema: Schema, example: Any = None, media_type: str = JSON) -> dict[str, Any]:
    """A body that a call must have."""
    content = {"schema": schema} | ({} if example is None else {"example": example})
    return {"required": True, "content": {media_type: content}}


def operation(
    name: str,
    summary: str,
    *,
    security: Sequence[Mapping[str, Any]],
    responses: Mapping[str, Any],
    parameters: Sequence[Mapping[str, Any]] = (),
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One method of a path."""
    made: dict[str, Any] = {"operationId": name, "summary": summary}
    if parameters:
        made["parameters"] = list(parameters)
    if request:
        made["requestBody"] = request
    return made | {"security": list(security), "responses": answers(responses)}
