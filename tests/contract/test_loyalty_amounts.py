"""Amounts: exact decimals from 0, as JSON numbers."""

import pytest

from tests.contract.loyalty_calls import counted, infos
from tests.gateway import Answer
from tests.retailing import COUPONS, Retailer

ITEM = '{"operation":"%s","code":"A","type":"t1","amount":%s}'


def send(shop: Retailer, operation: str, amount: str) -> Answer:
    """Send an item with an amount that is written like this."""
    items = ITEM % (operation, amount)
    return shop.post(COUPONS, '{"companyId":"napse","params":[],"items":[' + items + "]}")


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


@pytest.mark.parametrize(("written", "kept"), EXACT)
def test_a_decimal_is_kept_exactly(shop: Retailer, written: str, kept: str) -> None:
    """A binary number would change 9007199254740993 and 123456789012.12345678."""
    assert counted(send(shop, "I", written).body["detail"]) == {"inserted": 1}

    assert shop.records(COUPONS)["napse|A"]["amount"] == kept
    assert counted(send(shop, "I", kept).body["detail"]) == {"ignored": 1}


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


@pytest.mark.parametrize("operation", ["I", "U"])
@pytest.mark.parametrize(("written", "info"), WRONG, ids=range(len(WRONG)))
def test_an_amount_that_would_not_be_exact_is_refused(
    shop: Retailer, operation: str, written: str, info: str
) -> None:
    """Nothing is rounded, and nothing in quotes is taken for a number."""
    answer = send(shop, operation, written)

    assert infos(answer.body["detail"]) == [(1, "A", info)]
    assert shop.records(COUPONS) == {}


def test_amounts_that_differ_in_the_last_place_differ(shop: Retailer) -> None:
    """As binary numbers they would be the same."""
    send(shop, "I", "12345678901.12345678")

    answer = send(shop, "U", "12345678901.12345679")

    assert counted(answer.body["detail"]) == {"updated": 1}
    assert shop.records(COUPONS)["napse|A"]["amount"] == "12345678901.12345679"
