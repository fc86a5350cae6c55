"""The contract's own samples, as its publisher shows them."""

import json
from typing import Any

import pytest

from tests.cloudformation import ROOT
from tests.retailing import CARDS, COUPONS, Retailer


def sample(name: str) -> Any:
    return json.loads((ROOT / "tests" / "data" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("function", "name", "inserted"),
    [(CARDS, "loyalty_cards.json", 2), (COUPONS, "loyalty_coupons.json", 1)],
)
def test_the_samples_are_answered_as_published(
    shop: Retailer, function: str, name: str, inserted: int
) -> None:
    """Names, values, nesting and the order of keys: a retailer may read it by position."""
    published = sample(name)

    before = shop.post(function, published["before"])
    answer = shop.post(function, published["request"])

    assert before.body["detail"]["inserted"] == before.body["detail"]["processed"] == inserted
    assert answer.status == 200
    assert json.dumps(answer.body) == json.dumps(published["answer"])


def test_the_contracts_own_request_is_served(shop: Retailer) -> None:
    """The page's example of a request: parameters as text and as booleans, dates and none."""
    known = [
        {"operation": "I", "code": code, "type": "tipo1"}
        for code in ("3456000000001", "3456000000002")
    ]
    shop.administer(CARDS, *known, validateCard=False)
    params = {"detailedErrors": "true", "detailedSuccess": True, "validateCard": "false"}
    items = [
        {
            "operation": "I",
            "code": "4567000000000",
            "type": "tipo1",
            "validFrom": "2026-01-01",
            "validTo": "",
            "cvv": "123",
            "customerId": "1122",
            "amount": 50,
            "status": "ENABLED",
        },
        {"operation": "U", "code": "3456000000001", "amount": 45.5, "status": "DISABLED"},
        {"operation": "R", "code": "3456000000002"},
    ]

    assert shop.administer(CARDS, *items, **params) == {
        "result": "ok",
        "detail": "",
        "updated": 1,
        "ignored": 0,
        "inserted": 1,
        "removed": 1,
        "errors": 0,
        "processed": 3,
        "errorDetails": [],
        "successDetails": [
            {"rec": 1, "code": "4567000000000"},
            {"rec": 2, "code": "3456000000001"},
            {"rec": 3, "code": "3456000000002"},
        ],
    }
