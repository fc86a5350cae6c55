"""What a pushed sequence says of itself and of its batch."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchgate.contracts import wire
from batchgate.contracts.push import rows
from batchgate.contracts.push.datasets import DataSet
from batchgate.errors import Refusal

FIELDS = ("batch_id", "batch_size", "seq_id", "seq_size")
TEXTS = {"batch_id": 16, "seq_id": 64, "appName": 10}
"""The texts of an envelope and their most bytes."""

LONGEST = 100
"""How many characters are told of a field that is no text and no number that a double holds."""

_WHOLE = re.compile(r"[0-9]{1,12}", re.ASCII)


class EnvelopeRefused(Refusal):
    """A wrong envelope: its four fields as received (`row`), and its faults."""

    def __init__(self, row: Mapping[str, Any], faults: Sequence[rows.Fault]) -> None:
        super().__init__(faults)
        self.row = row
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A right envelope, and its fields as received."""

    batch_id: str
    batch_size: int
    seq_id: str
    row: Mapping[str, Any]

    @classmethod
    def read(cls, body: Mapping[str, Any], feed: DataSet) -> "Envelope":
        """The envelope of a pushed sequence (`EnvelopeRefused` with every fault)."""
        row = {name: wire.shown(body[name], longest=LONGEST) for name in FIELDS if name in body}
        faults = [
            *(_text(body, name) for name in ("batch_id", "seq_id")),
            *(_size(body, name) for name in ("batch_size", "seq_size")),
            _text(body, "appName") if body.get("appName") not in (None, "") else None,
            _data(body, feed),
            *rows.unknown(body, (*FIELDS, "appName", "data")),
        ]
        found = [fault for fault in faults if fault]
        if not found:
            batch_size, seq_size = int(body["batch_size"]), int(body["seq_size"])
            if seq_size != len(body["data"]):
                found.append(rows.fault("size mismatch", "seq_size"))
            if seq_size > batch_size:
                found.append(rows.fault("batch size exceed", "batch_size"))
        if found:
            raise EnvelopeRefused(row, found)
        return cls(
            batch_id=body["batch_id"],
            batch_size=int(body["batch_size"]),
            seq_id=body["seq_id"],
            row=row,
        )


def _text(body: Mapping[str, Any], name: str) -> rows.Fault | None:
    value = body.get(name)
    if value is None or value == "":
        return rows.fault(rows.REQUIRED, name)
    if not isinstance(value, str):
        return rows.fault(rows.MISMATCH, name)
    if len(value.encode()) > TEXTS[name]:
        return rows.fault(rows.TOO_LONG, name)
    return None


def _size(body: Mapping[str, Any], name: str) -> rows.Fault | None:
    value = body.get(name)
    if value is None or value == "":
        return rows.fault(rows.REQUIRED, name)
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or not _WHOLE.fullmatch(text):
        return rows.fault(rows.MISMATCH, name)
    return None if int(text) else rows.fault(rows.NOT_ALLOWED, name)


def _data(body: Mapping[str, Any], feed: DataSet) -> rows.Fault | None:
    data = body.get("data")
    if data is None:
        return rows.fault(rows.REQUIRED, "data")
    if not isinstance(data, list):
        return rows.fault(rows.MISMATCH, "data")
    return None if 1 <= len(data) <= feed.rows else rows.fault(rows.NOT_ALLOWED, "seq_size")
