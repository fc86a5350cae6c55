"""Sequences of rows of `odm/master_data`."""

from typing import Any


def sequence(batch_id: str, at: int, rows: int, total: int) -> dict[str, Any]:
    """A sequence of rows that no other has."""
    return {
        "batch_id": batch_id,
        "batch_size": str(total),
        "seq_id": str(at + 1),
        "seq_size": str(rows),
        "data": [
            {"LENOVO_PN": f"SD{at * rows + one:08}", "PLANT": "H121", "QTY": "1"}
            for one in range(rows)
        ],
    }
