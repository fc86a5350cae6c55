"""Rows and sequences to push, and what they are answered with."""

import json
from typing import Any

from tests.gateway import Answer

SUCCESS = (200, {"code": "0", "msg": "request success"})
CONSUMED = (200, {"code": "E00A00", "msg": "the sequence data has been successfully consumed"})
NOT_APPLIED = (
    200,
    {
        "code": "E00A00",
        "msg": "the sequence data has been successfully consumed; "
        "the content of this call differs and was not applied",
    },
)
LIMIT = (200, {"code": "E00P00", "msg": "retry to reach upper limit"})
SYSTEM_ERROR = (500, {"code": "-1", "msg": "System error"})
NO_TOKEN = (401, {"code": "401", "msg": "Token error"})
NO_PATH = (404, {"code": "404", "msg": "Path does not exist"})
NO_BATCH = (404, {"code": "404", "msg": "Batch not found"})


def row(part: str = "P1", /, **changes: Any) -> dict[str, Any]:
    """A row of `odm/master_data`, but for these changes."""
    return {"LENOVO_PN": part, "PLANT": "H121", "QTY": "1000"} | changes


def sequence(
    *rows: Any, batch: str = "B1", seq: str = "1", size: Any = None, **changes: Any
) -> dict[str, Any]:
    """A sequence with these rows, of a batch of just these rows unless said otherwise."""
    return {
        "batch_id": batch,
        "batch_size": len(rows) if size is None else size,
        "seq_id": seq,
        "seq_size": len(rows),
        "data": list(rows),
    } | changes


def written(row: dict[str, Any], field: str, text: str) -> str:
    """A row as JSON, with this text as the value of a field."""
    return json.dumps(row | {field: "@"}, ensure_ascii=False).replace('"@"', text)


def sequence_text(rows: list[str], batch: str = "B1", seq: str = "1") -> str:
    """A whole batch in one sequence, its rows as they are written."""
    return (
        f'{{"batch_id":"{batch}","batch_size":{len(rows)},"seq_id":"{seq}",'
        f'"seq_size":{len(rows)},"data":[{",".join(rows)}]}}'
    )


def told(answer: Answer) -> tuple[int, Any]:
    """An answer's status and body."""
    return answer.status, answer.body


def verified(*results: tuple[Any, list[tuple[str, str]]]) -> tuple[int, Any]:
    """What a sequence with these wrong rows, and their faults, is answered."""
    return 200, {
        "code": "E00V00",
        "msg": "data verification failed!",
        "result": [failed(row, faults) for row, faults in results],
    }


def failed(row: Any, faults: list[tuple[str, str]]) -> dict[str, Any]:
    """A failed row and its faults."""
    return {"row": row, "verify": [{"type": kind, "fields": field} for kind, field in faults]}


def faults(answer: Answer) -> list[tuple[str, str]]:
    """The faults of the one row, or the envelope, that an answer tells of."""
    assert (answer.status, answer.body["code"]) == (200, "E00V00"), answer.text
    (only,) = answer.body["result"]
    return [(one["type"], one["fields"]) for one in only["verify"]]
