"""Row push: rows of declared data sets, in numbered sequences."""

from typing import Any

from batchgate.contracts.push import calls, datasets, envelope, status
from batchgate.contracts.push.datasets import DataSet, Field
from ops.openapi import oauth
from ops.openapi.operations import CHALLENGE, answer, body, operation, path, query
from ops.openapi.pushed import Failed, FailedTwice, Said, Told
from ops.openapi.schemas import PLAIN, WHOLE, Schema, closed, either, of, ref, saying

TAG = "push"
SYNC = "/v1.0/scc/data/sync/{data_category}/{biz_key}"
SUMMARIES = {
    "post": "Add rows",
    "put": "Modify rows",
    "delete": "Delete rows",
    "patch": "Replace the whole data set, row by row",
}


EMPTY = ref("push.Empty")
"""How a field that is not required may also be left out."""


def field(of_row: Field) -> Schema:
    """What a field of a row takes. Lengths are in bytes, so a text may be too long before."""
    match of_row.kind:
        case "String":
            made: Schema = {"type": "string", "maxLength": of_row.size}
            if of_row.required:
                made["minLength"] = 1
            if of_row.values:
                made["enum"] = sorted(of_row.values)
        case "Date":
            made = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
        case kind:
            whole = kind == "Integer"
            bound = 10 ** (of_row.size - of_row.places)
            made = either(
                {
                    "type": "integer" if whole else "number",
                    "exclusiveMinimum": -bound,
                    "exclusiveMaximum": bound,
                },
                {"type": "string", "pattern": WHOLE if whole else PLAIN},
            )
    return made if of_row.required else either(made, EMPTY)


def row(data_set: DataSet, *, only_keys: bool) -> Schema:
    """What a row of a data set is."""
    return closed(
        {one.name: field(one) for one in data_set.fields},
        [one.name for one in data_set.fields if one.required and (one.key or not only_keys)],
    )


def _size(most: int) -> Schema:
    return either(
        {"type": "integer", "minimum": 1, "maximum": most},
        {"type": "string", "pattern": "^[0-9]{1,12}$"},
    )


def sequence(kind: str) -> Schema:
    """A sequence whose rows are all of one data set."""
    fields: dict[str, Schema] = {
        name: {"type": "string", "minLength": 1, "maxLength": envelope.TEXTS[name]}
        for name in ("batch_id", "seq_id")
    }
    fields |= {"batch_size": _size(10**12 - 1), "seq_size": _size(datasets.MOST_ROWS)}
    fields["appName"] = {"type": ["string", "null"], "maxLength": envelope.TEXTS["appName"]}
    rows = [
        {"type": "array", "minItems": 1, "maxItems": one.rows, "items": ref(schema_of(one, kind))}
        for one in DATA_SETS
    ]
    return closed(fields | {"data": either(*rows)}, [*envelope.FIELDS, "data"])


def schema_of(data_set: DataSet, kind: str) -> str:
    """What the schema of a data set's rows is called; `kind` is `Row` or `Key`."""
    return f"push.{data_set.name.replace('/', '.')}.{kind}"


DATA_SETS = [
    found for name in datasets.declared() if (found := datasets.find(*name.split("/"))) is not None
]
SCHEMAS: dict[str, Schema] = {
    "push.Empty": {"enum": [None, ""]},
    **of(TAG, [Said, Failed, FailedTwice, Told]),
    **{schema_of(one, "Row"): row(one, only_keys=False) for one in DATA_SETS},
    **{schema_of(one, "Key"): row(one, only_keys=True) for one in DATA_SETS},
    "push.Sequence": sequence("Row"),
    "push.Removal": sequence("Key"),
}
SECURITY = {"basic": {"type": "http", "scheme": "basic", "description": "`username:password`"}}
CALLER: list[dict[str, Any]] = [{"bearer": []}, {"basic": []}]
PLACE = [
    path(
        "data_category",
        "The data set's category",
        {"enum": sorted({one.name.split("/")[0] for one in DATA_SETS})},
    ),
    path(
        "biz_key",
        "The data set's key",
        {"enum": sorted({one.name.split("/")[1] for one in DATA_SETS})},
    ),
]


def _said(description: str, code: str, *messages: str, **headers: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"msg": list(messages)} if messages else {}
    return answer(description, saying(ref("push.Said"), code=code, **said), headers or None)


OURS = {
    "400": _said("The body or a parameter is wrong", calls.VERIFY),
    "401": _said("No good token or credential", "401", "Token error", **CHALLENGE),
    "500": _said("Our fault, or not finished in time", "-1", "System error"),
}
ENDED = either(
    saying(ref("push.Said"), code=["0", "E00A00", "E00P00"]),
    ref("push.Failed"),
    ref("push.FailedTwice"),
)
EXAMPLE = {
    "batch_id": "LCFC202206230001",
    "batch_size": "250000",
    "seq_id": "1",
    "seq_size": "2",
    "data": [
        {"LENOVO_PN": "SD10W87241", "PLANT": "H121", "QTY": "1000"},
        {"LENOVO_PN": "SD10W87242", "PLANT": "H121", "QTY": 12.5},
    ],
}
LOOK = {
    "status": {
        "operationId": "pushStatus",
        "parameters": {
            "data_category": "$request.path.data_category",
            "biz_key": "$request.path.biz_key",
            "batch_id": "$request.body#/batch_id",
        },
    }
}


def _push(method: str) -> dict[str, Any]:
    return operation(
        f"push{method.capitalize()}",
        SUMMARIES[method],
        security=CALLER,
        parameters=PLACE,
        request=body(ref("push.Removal" if method == "delete" else "push.Sequence"), EXAMPLE),
        responses=OURS
        | {
            "200": answer("What became of the rows, by `code`", ENDED, links=LOOK),
            "404": _said("No such data set of yours", "404", "Path does not exist"),
            "413": _said(f"Over {calls.BODY_BYTES} bytes", calls.VERIFY),
        },
    )


PATHS = {
    "/v1.0/scc/token": {"post": oauth.token("pushToken")},
    SYNC: {method: _push(method) for method in SUMMARIES}
    | {
        "get": operation(
            "pushStatus",
            "What became of a batch",
            security=CALLER,
            parameters=[
                *PLACE,
                query(
                    "batch_id",
                    "Which batch",
                    {"type": "string", "minLength": 1},
                    required=True,
                ),
                query(
                    "limit",
                    f"Failed rows a page; without it {status.ROWS}",
                    {"type": "integer", "minimum": 1, "maximum": status.MOST_ROWS},
                ),
                query("cursor", "The last answer's `nextCursor`", {"type": "string"}),
            ],
            responses=OURS
            | {
                "200": answer("Its totals and a page of its failed rows", ref("push.Told")),
                "404": _said(
                    "No such data set or batch of yours",
                    "404",
                    "Path does not exist",
                    "Batch not found",
                ),
            },
        )
    },
}
