"""Amounts: exact decimals from 0, as JSON numbers."""

from typing import Any

import pytest

from tests.contract.loyalty_calls import counted, infos
from tests.retailing import COUPONS, Retailer


def send(shop: Retailer, operation: str, *amounts: str) -> dict[str, Any]:
    """Send an item for each amount that is written like this: `c0`, `c1` and so on."""
    items = [
        f'{{"operation":"{operation}","code":"c{at}","type":"t1","amount":{amount}}}'
        for at, amount in enumerate(amounts)
    ]
    answer = shop.post(
        COUPONS, '{"companyId":"napse","params":[],"items":[' + ",".join(items) + "]}"
    )
    assert answer.status == 200, answer.text
    detail: dict[str, Any] = answer.body["detail"]
    return detail


def amounts(shop: Retailer) -> list[str]:
    """The amounts that are stored, in the order of their codes."""
    records = shop.records(COUPONS)
    return [records[f"napse|c{at}"]["amount"] for at in range(len(records))]


EXACT = [
    ("0", "0"),
    ("-0", "0"),
    ("-0.00", "0"),
    ("0e9", "0"),
    ("0e999999", "0"),
    ("5.5", "5.5"),
    ("45.50", "45.5"),
    ("0.1", "0.1"),
    ("0.30000000", "0.3"),
    ("0.00000001", "0.00000001"),
    ("1e-8", "0.00000001"),
    ("1E3", "1000"),
    ("1.5e+2", "150"),
    ("9007199254740993", "9007199254740993"),
    ("123456789012.12345678", "123456789012.12345678"),
    ("99999999999999999999", "99999999999999999999"),
    ("1.00000000000000000000000000000", "1"),
]


def test_a_decimal_is_kept_exactly(shop: Retailer) -> None:
    """A binary number would change 9007199254740993 and 123456789012.12345678."""
    assert counted(send(shop, "I", *(written for written, _ in EXACT))) == {"inserted": 17}

    assert amounts(shop) == [kept for _, kept in EXACT]
    assert counted(send(shop, "I", *(kept for _, kept in EXACT))) == {"ignored": 17}


DIGITS = "amount: at most 20 digits, 8 of them after the point"
WRONG = [
    ('"45.5"', "amount: must be a number"),
    ('"50"', "amount: must be a number"),
    ('""', "amount: must be a number"),
    ("null", "amount: must be a number"),
    ("true", "amount: must be a number"),
    ("[1]", "amount: must be a number"),
    ("-1", "amount: must be at least 0"),
    ("-0.00000001", "amount: must be at least 0"),
    ("1e400", DIGITS),
    ("1e-400", DIGITS),
    ("1e999999999", DIGITS),
    ("0.000000001", DIGITS),
    ("100000000000000000000", DIGITS),
    ("123456789012345678901234567890", DIGITS),
    ("1.23456789012345678901234567890", DIGITS),
    ("9" * 4_000, DIGITS),
]


@pytest.mark.parametrize("operation", ["I", "U", "R"])
def test_an_amount_that_would_not_be_exact_is_refused(shop: Retailer, operation: str) -> None:
    """Nothing is rounded, and nothing in quotes is taken for a number."""
    detail = send(shop, operation, *(written for written, _ in WRONG))

    assert infos(detail) == [(at + 1, f"c{at}", info) for at, (_, info) in enumerate(WRONG)]
    assert shop.records(COUPONS) == {}


def test_amounts_that_differ_in_the_last_place_differ(shop: Retailer) -> None:
    """As binary numbers they would be the same."""
    send(shop, "I", "12345678901.12345678")

    assert counted(send(shop, "U", "12345678901.12345679")) == {"updated": 1}

    assert amounts(shop) == ["12345678901.12345679"]
