"""JSON Schemas of what goes over the wire, made of the types that read or tell it."""

from collections.abc import Mapping, Sequence
from typing import Any, override

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

type Schema = dict[str, Any]

COMPONENTS = "#/components/schemas/"
WHOLE = r"^-?[0-9]+$"
PLAIN = r"^-?[0-9]+(\.[0-9]+)?$"


class _Closed(GenerateJsonSchema):
    """No titles, which only repeat names; and no field but those that are declared."""

    @override
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    @override
    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        made = super().typed_dict_schema(schema)
        made.pop("title", None)
        return {**made, "additionalProperties": False}


def of(contract: str, types: Sequence[type]) -> dict[str, Schema]:
    """The schemas of these types and of all that they are made of, under `contract.Name`."""
    adapters: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (one.__name__, "validation", TypeAdapter(one)) for one in types
    ]
    _, made = TypeAdapter.json_schemas(
        adapters,
        ref_template=f"{COMPONENTS}{contract}.{{model}}",
        schema_generator=_Closed,
    )
    return {f"{contract}.{name}": schema for name, schema in made["$defs"].items()}


def ref(name: str) -> Schema:
    """A reference to a schema of the document."""
    return {"$ref": COMPONENTS + name}


def saying(schema: Schema, **values: Any) -> Schema:
    """A schema where these fields have this value, or one of this list."""
    fixed = {
        name: {"enum": value} if isinstance(value, list) else {"const": value}
        for name, value in values.items()
    }
    return {"allOf": [schema, {"properties": fixed}]}


def either(*schemas: Schema) -> Schema:
    """Any of these."""
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}


def closed(fields: Mapping[str, Schema], required: Sequence[str]) -> Schema:
    """An object with these fields and no others."""
    return {
        "type": "object",
        "properties": dict(fields),
        "required": list(required),
        "additionalProperties": False,
    }
