"""What calls about proposals are answered with."""

from collections.abc import Iterator
from typing import Any

from tests.gateway import Answer

ERRORS = {
    0: (400, "Invalid input"),
    40000001: (400, "Wrong timestamp format"),
    40000005: (400, "Contains illegal character(s)"),
    40100001: (401, "Missing or bad authentication"),
    40100002: (401, "Invalid cookie"),
    40100003: (401, "Missing or bad authentication"),
    40100004: (401, "Check wssid failed"),
    40100006: (401, "Cookie has expired"),
    40304001: (403, "No permission"),
    40409000: (404, "Proposal not found"),
    50000006: (500, "Internal server error"),
}
"""The contract's table: status and message, by code."""

INVALID, WRONG_TIME, ILLEGAL = 0, 40000001, 40000005
NO_COOKIE, BAD_COOKIE, REFUSED, BAD_WSSID, EXPIRED = (
    *(40100001, 40100002, 40100003),
    *(40100004, 40100006),
)
FORBIDDEN, NOT_FOUND, SYSTEM_ERROR = 40304001, 40409000, 50000006

ILLEGAL_CHARACTERS = ["\x00", "\t", "\n", "\x1f", "\x7f", "<", ">", '"', "'", "\\", ";"]


def told(answer: Answer) -> tuple[int, Any]:
    """An answer's status and body."""
    return answer.status, answer.body


def refusal(code: int) -> tuple[int, Any]:
    """What is told where there is nothing to say about single fields."""
    status, message = ERRORS[code]
    return status, {"error": {"code": code, "message": message}}


def faults(answer: Answer, code: int = INVALID) -> dict[str, dict[str, Any]]:
    """The faults of a refused call, by path, once it was seen to be refused with this code."""
    status, message = ERRORS[code]
    error = answer.body["error"]
    assert (answer.status, answer.body.keys()) == (status, {"error"}), answer.text
    assert list(error) == ["code", "message", "detail"], answer.text
    assert (error["code"], error["message"]) == (code, message), answer.text
    return dict(_faults(error["detail"]))


def _faults(detail: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for fault in detail:
        assert list(fault) in (["path", "message"], ["path", "message", "invalidValue"]), fault
        assert fault["message"]
        yield fault["path"], fault
