"""Loyalty administration: cards, coupons, customers' segments."""

from typing import Any, Literal, TypedDict

from batchgate.contracts.loyalty import calls, items
from batchgate.contracts.loyalty.items import Kind
from ops.openapi import oauth
from ops.openapi.operations import CHALLENGE, answer, body, header, operation
from ops.openapi.schemas import Schema, of, ref, saying

TAG = "loyalty"
BEARER: list[dict[str, Any]] = [{"bearer": []}]


class ErrorDetail(TypedDict):
    """An item that failed, by its place."""

    rec: int
    code: str | float | None
    info: str


class SuccessDetail(TypedDict):
    """An item that did not fail, by its place."""

    rec: int
    code: str | int | None


class Detail(TypedDict):
    """What became of the items."""

    result: Literal["ok", "pending", "error"]
    detail: str
    updated: int
    ignored: int
    inserted: int
    removed: int
    errors: int
    processed: int
    errorDetails: list[ErrorDetail]
    successDetails: list[SuccessDetail]


class Answer(TypedDict):
    """Every answer, also where the request was refused."""

    status: int
    description: Literal["rest::cardAdmin", "rest::couponAdmin", "customerSegment"]
    detail: Detail


ITEMS = {items.CARD: items.Card, items.COUPON: items.Coupon, items.SEGMENT: items.Segment}
KINDS = {
    "cardAdmin": ("loyaltyCards", "Insert, modify and remove cards", items.CARD),
    "couponAdmin": ("loyaltyCoupons", "Insert, modify and remove coupons", items.COUPON),
    "customerSegment": ("loyaltySegments", "Put customers into segments", items.SEGMENT),
}


def _request(kind: str, envelope: Schema) -> Schema:
    """An envelope whose items are of this kind."""
    flag = {"enum": list(calls.FLAGS)}
    params = {
        "type": "array",
        "items": {
            "type": "object",
            "properties": dict.fromkeys(calls.DEFAULTS, flag),
            "additionalProperties": False,
        },
    }
    of_kind = {
        "type": "array",
        "minItems": 1,
        "maxItems": calls.MOST_ITEMS,
        "items": ref(f"loyalty.{kind}"),
    }
    return envelope | {"properties": envelope["properties"] | {"params": params, "items": of_kind}}


def _schemas() -> dict[str, Schema]:
    made = of(TAG, [calls.Envelope, *ITEMS.values(), Answer])
    envelope = made.pop("loyalty.Envelope")
    requests = {
        f"loyalty.{one.__name__}s": _request(one.__name__, envelope) for one in ITEMS.values()
    }
    return made | requests


SCHEMAS = _schemas()
KEY = header(
    "Idempotency-Key",
    "A repeat with the same key is answered the same, and nothing is done anew",
    {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
)
REFUSED = {
    "400": "The body or the key is wrong",
    "401": "No good token",
    "403": "Another company",
    "413": "Over a limit, which `detail` names",
    "422": "The key was used with another body",
    "500": "Our fault: send the same again",
    "503": "Busy: pause, then send the same again",
}
EXAMPLE = {
    "companyId": "napse",
    "params": [{"detailedErrors": "true", "detailedSuccess": True, "validateCard": "false"}],
    "items": [
        {"operation": "U", "code": "3456000000001"},
        {"operation": "R", "code": "3456000000002"},
    ],
}


def _answer(status: int, kind: Kind, result: str, description: str) -> dict[str, Any]:
    told = saying(ref("loyalty.Answer"), status=status, description=kind.description)
    told["allOf"].append({"properties": {"detail": {"properties": {"result": {"const": result}}}}})
    return answer(description, told, CHALLENGE if status == 401 else None)


def _administer(name: str, summary: str, kind: Kind) -> dict[str, Any]:
    example = EXAMPLE if kind is not items.SEGMENT else None
    return operation(
        name,
        summary,
        security=BEARER,
        parameters=[KEY],
        request=body(ref(f"loyalty.{ITEMS[kind].__name__}s"), example),
        responses={
            "200": _answer(200, kind, "ok", "What became of each item"),
            "202": _answer(202, kind, "pending", "Not finished in time; the work goes on"),
        }
        | {status: _answer(int(status), kind, "error", why) for status, why in REFUSED.items()},
    )


PATHS = {"/promo/api/oauth/token": {"post": oauth.token("loyaltyToken")}} | {
    f"/promo/api/rest/{name}": {"post": _administer(*about)} for name, about in KINDS.items()
}
