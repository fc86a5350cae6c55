"""What a push, and a look at a pushed batch, are answered."""

from typing import Any, Literal, NotRequired, TypedDict


class Fault(TypedDict):
    """What is wrong with a field."""

    type: str
    fields: str


class FailedRow(TypedDict):
    """A row as it was received, and all that is wrong with it."""

    row: Any
    verify: list[Fault]


class Said(TypedDict):
    """An answer without a result."""

    code: str
    msg: str


class Failed(TypedDict):
    """Rows that failed, all in one way."""

    code: Literal["E00V00", "E00W00"]
    msg: str
    result: list[FailedRow]


class FailedTwice(TypedDict):
    """Rows that failed in verification, and others in writing."""

    code: Literal["E00M00"]
    msg: Literal["multiple exceptions"]
    result: list[Failed]


class Failure(TypedDict):
    """A failed row of a batch."""

    seq_id: str
    row: Any
    verify: list[Fault]


class Standing(TypedDict):
    """Where a batch stands, and a page of its failed rows."""

    batch_id: str
    method: Literal["POST", "PUT", "DELETE", "PATCH"]
    state: Literal["receiving", "processing", "completed"]
    batch_size: int
    received: int
    sequences: list[str]
    missing: list[str]
    inserted: int
    updated: int
    unchanged: int
    removed: int
    failed: int
    pending: int
    failures: list[Failure]
    nextCursor: NotRequired[str]


class Told(TypedDict):
    """A batch's status."""

    code: Literal["0"]
    msg: Literal["request success"]
    result: Standing
