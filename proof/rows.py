"""Sequences of rows of `odm/master_data`."""

from random import Random
from typing import Any


def sequence(batch_id: str, at: int, rows: int, total: int) -> dict[str, Any]:
    """A sequence of rows that no other has, in no order.

    Keys in their order would be read as a range, for which the emulator looks through all
    that a feed holds.
    """
    numbers = list(range(at * rows, (at + 1) * rows))
    Random(at).shuffle(numbers)
    return {
        "batch_id": batch_id,
        "batch_size": str(total),
        "seq_id": str(at + 1),
        "seq_size": str(rows),
        "data": [{"LENOVO_PN": f"SD{one:08}", "PLANT": "H121", "QTY": "1"} for one in numbers],
    }
