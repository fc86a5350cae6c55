"""The rules for a holding: its symbol and its quantities."""

import json
from typing import Any

import pytest

from tests.contract.portfolio_calls import fault, records, status_of
from tests.gateway import Gateway, Partner

ONE = '{"portfolios":[%s]}'
HOLDING = '{"portfolios":[{"userId":"1401","holding":[%s]}]}'

EMPTY = "không được để trống"
NUMBER = "phải là số"
DIGITS = "có quá 20 chữ số hoặc quá 8 chữ số thập phân"
BAD_QUANTITIES = [
    ("-1", "phải >= 0"),
    ("-0.00000001", "phải >= 0"),
    ('"-95.50"', "phải >= 0"),
    ("-1e3", "phải >= 0"),
    ("null", EMPTY),
    ('""', EMPTY),
    ("true", NUMBER),
    ("false", NUMBER),
    ("[]", NUMBER),
    ("[1]", NUMBER),
    ("{}", NUMBER),
    ('"abc"', NUMBER),
    ('" "', NUMBER),
    ('" 1"', NUMBER),
    ('"1 "', NUMBER),
    ('"1\\n"', NUMBER),
    ('"+1"', NUMBER),
    ('"1,5"', NUMBER),
    ('"1."', NUMBER),
    ('".5"', NUMBER),
    ('"--1"', NUMBER),
    ('"1e3"', NUMBER),
    ('"0x10"', NUMBER),
    ('"1_000"', NUMBER),
    ('"５"', NUMBER),
    ('"٥"', NUMBER),
    ('"NaN"', NUMBER),
    ('"Infinity"', NUMBER),
    ('"-Infinity"', NUMBER),
    ("123456789012345678901", DIGITS),
    ('"123456789012345678901"', DIGITS),
    ("0.000000001", DIGITS),
    ('"0.000000001"', DIGITS),
    ("1234567890123.12345678", DIGITS),
    ("1e20", DIGITS),
    ("1e-9", DIGITS),
    ("0.30000000000000004e1", DIGITS),
    ("1e999", DIGITS),
    ("1e-999", DIGITS),
    ("-1e999", DIGITS),
    ("1E+99999999999", DIGITS),
    ("1E-99999999999", DIGITS),
    ("9" * 400, DIGITS),
    (f'"{"9" * 400}"', DIGITS),
    (f'"{"9" * 5_000}"', DIGITS),
]
GOOD_QUANTITIES = [
    ("0", "0"),
    ("-0", "0"),
    ("-0.0", "0"),
    ('"-0"', "0"),
    ("0e999", "0"),
    ("0E-99999999999", "0"),
    ("100", "100"),
    ('"100"', "100"),
    ("100.0", "100"),
    ("1e2", "100"),
    ("1E+2", "100"),
    ('"95.50"', "95.5"),
    ("95.50", "95.5"),
    ('"007"', "7"),
    ("0.1", "0.1"),
    ("1e-8", "0.00000001"),
    ("0.00000001", "0.00000001"),
    ('"0.000000010000000000"', "0.00000001"),
    ("12345678901234567890", "12345678901234567890"),
    ("1e19", "10000000000000000000"),
    ("123456789012.12345678", "123456789012.12345678"),
    ("9007199254740993", "9007199254740993"),
    (f'"{"0" * 5_000}1.{"0" * 5_000}"', "1"),
]
BAD_SYMBOLS = [
    ('""', "không được để trống"),
    ("null", "không được để trống"),
    ('"123456789012345678901"', "dài quá 20 ký tự"),
    (f'"{"ệ" * 21}"', "dài quá 20 ký tự"),
    (f'"{"x" * 1_000_000}"', "dài quá 20 ký tự"),
    ("1", "phải là chuỗi"),
    ("1.5", "phải là chuỗi"),
    ("true", "phải là chuỗi"),
    ('["FPT"]', "phải là chuỗi"),
    ("{}", "phải là chuỗi"),
]
GOOD_SYMBOLS = ["F", "12345678901234567890", "ệ" * 20, "😀" * 20, " ", "\n"]


def one_wrong(value: str) -> str:
    return f'{{"symbol":"FPT","totalQty":{value},"costPrice":1,"tradableQty":1}}'


def all_three(value: str) -> str:
    return f'{{"symbol":"FPT","totalQty":{value},"costPrice":{value},"tradableQty":{value}}}'


def of_symbol(value: str) -> str:
    return f'{{"symbol":{value},"totalQty":1,"costPrice":1,"tradableQty":1}}'


@pytest.fixture(scope="module")
def ended(standing: Gateway, broker: Partner) -> dict[str, tuple[str, Any]]:
    """How each holding ended, and what is stored of it: each is a user's in the same batch."""
    holdings = [
        *(one_wrong(value) for value, _ in BAD_QUANTITIES),
        *(all_three(value) for value, _ in GOOD_QUANTITIES),
        *(of_symbol(value) for value, _ in BAD_SYMBOLS),
        *(of_symbol(json.dumps(symbol)) for symbol in GOOD_SYMBOLS),
    ]
    entries = (f'{{"userId":"{at}","holding":[{text}]}}' for at, text in enumerate(holdings))
    data = status_of(standing, broker, ONE % ",".join(entries)).body["data"]
    messages = {row["userId"]: row["message"] for row in data["successes"] + data["failures"]}
    stored = records(standing, broker)
    return {
        text: (messages[str(at)], stored.get(str(at), [None])[0])
        for at, text in enumerate(holdings)
    }


@pytest.mark.parametrize(
    ("value", "text"),
    BAD_QUANTITIES,
    ids=[ascii(one[:20]).replace("\\", "/") for one, _ in BAD_QUANTITIES],
)
def test_a_quantity_that_is_no_fitting_decimal_is_a_failure_of_its_user(
    ended: dict[str, tuple[str, Any]], value: str, text: str
) -> None:
    """The broker reads the message; the other users of the batch are not concerned."""
    assert ended[one_wrong(value)] == (f"holding[0].totalQty: totalQty {text}", None)


@pytest.mark.parametrize(("value", "kept"), GOOD_QUANTITIES, ids=lambda value: value[:20])
def test_a_quantity_is_kept_exactly_however_it_is_written(
    ended: dict[str, tuple[str, Any]], value: str, kept: str
) -> None:
    """Quantities are decimals: what a binary float would round is kept to the digit."""
    assert ended[all_three(value)] == ("Success", ["FPT", kept, kept, kept])


@pytest.mark.parametrize("value", [f'"{"9" * 5_000_000}"', f"0.{'9' * 5_000_000}"], ids=len)
def test_a_quantity_of_5_million_digits_is_a_failure_of_its_user(
    standing: Gateway, broker: Partner, value: str
) -> None:
    """Arithmetic with such a number would take the worker minutes."""
    assert fault(standing, broker, HOLDING % one_wrong(value)) == (
        "holding[0].totalQty: totalQty có quá 20 chữ số hoặc quá 8 chữ số thập phân"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    BAD_SYMBOLS,
    ids=[ascii(one[:20]).replace("\\", "/") for one, _ in BAD_SYMBOLS],
)
def test_a_symbol_has_1_to_20_characters(
    ended: dict[str, tuple[str, Any]], value: str, text: str
) -> None:
    """A number is not taken for a symbol: `007` and `7` would become one."""
    assert ended[of_symbol(value)] == (f"holding[0].symbol: symbol {text}", None)


@pytest.mark.parametrize("symbol", GOOD_SYMBOLS)
def test_a_symbol_is_counted_in_characters(ended: dict[str, tuple[str, Any]], symbol: str) -> None:
    """Not in bytes and not in UTF-16: the partner counts what it sees."""
    assert ended[of_symbol(json.dumps(symbol))] == ("Success", [symbol, "1", "1", "1"])
