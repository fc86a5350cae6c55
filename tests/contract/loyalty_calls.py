"""Items to send, and what requests are answered with."""

from typing import Any

from tests.gateway import Answer
from tests.retailing import CARDS, COUNTERS, COUPONS, SEGMENTS

DESCRIPTIONS = {
    CARDS: "rest::cardAdmin",
    COUPONS: "rest::couponAdmin",
    SEGMENTS: "customerSegment",
}
NOTHING = {
    "updated": 0,
    "ignored": 0,
    "inserted": 0,
    "removed": 0,
    "errors": 0,
    "processed": 0,
    "errorDetails": [],
    "successDetails": [],
}
MADE: dict[str, dict[str, Any]] = {
    CARDS: {"type": "t1", "cvv": "123"},
    COUPONS: {"type": "t1"},
    SEGMENTS: {"segment": "gold"},
}
"""What an item needs to be inserted, by feed."""

NAMED: dict[str, dict[str, Any]] = {
    CARDS: {"cvv": "123"},
    COUPONS: {},
    SEGMENTS: {"segment": "gold"},
}
"""What an item needs to change or remove what was inserted so, by feed."""


def insert(feed: str = COUPONS, code: Any = "A", /, **fields: Any) -> dict[str, Any]:
    """An item that inserts, with these fields too."""
    return {"operation": "I", "code": code} | MADE[feed] | fields


def modify(feed: str = COUPONS, code: Any = "A", /, **fields: Any) -> dict[str, Any]:
    """An item that modifies these fields."""
    return {"operation": "U", "code": code} | NAMED[feed] | fields


def remove(feed: str = COUPONS, code: Any = "A", /) -> dict[str, Any]:
    """An item that removes."""
    return {"operation": "R", "code": code} | NAMED[feed]


def told(answer: Answer) -> tuple[int, Any]:
    """An answer's status and body."""
    return answer.status, answer.body


def counted(detail: dict[str, Any]) -> dict[str, int]:
    """An answer's counters that are not 0."""
    return {name: detail[name] for name in COUNTERS if detail[name]}


def infos(detail: dict[str, Any]) -> list[tuple[int, Any, str]]:
    """An answer's errors: `rec`, `code` and `info`."""
    return [(error["rec"], error["code"], error["info"]) for error in detail["errorDetails"]]


def recs(detail: dict[str, Any]) -> list[int]:
    """The positions of an answer's successes."""
    return [success["rec"] for success in detail["successDetails"]]


def refusal(status: int, detail: str, feed: str = COUPONS) -> tuple[int, Any]:
    """What a refused request is told."""
    told = {"result": "error", "detail": detail} | NOTHING
    return status, {"status": status, "description": DESCRIPTIONS[feed], "detail": told}
