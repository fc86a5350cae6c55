"""Exact decimals, as every contract reads them."""

from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batchgate.contracts import wire

PLAIN = st.from_regex(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", fullmatch=True)
SMALL = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(-(10**25), 10**25),
    st.integers(-30, 30),
)
NUMBERS = st.one_of(PLAIN, SMALL, st.integers(-(10**30), 10**30))
MONSTROUS = st.builds(
    lambda digits, exponent: Decimal((0, tuple(map(int, str(digits))), exponent)),
    st.integers(0, 10**40),
    st.sampled_from([-999_999_999_999_999_000, -2_000_000, 2_000_000, 999_999_999_999_999_000]),
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), MONSTROUS),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def read(value: object) -> str:
    return wire.decimal_text(value, digits=20, places=8)


def plain_digits(value: Decimal) -> tuple[int, int]:
    """How many digits a number has before and after its point when written out."""
    before, _, after = f"{abs(value):f}".partition(".")
    return len(before.lstrip("0")), len(after.rstrip("0"))


@given(NUMBERS)
@example("12345678901234567890")
@example("12345678901234567890.5")
@example(Decimal("1E19"))
@example(Decimal("1E20"))
@example("123456789012.12345678")
@example("123456789012.123456789")
@example("0.00000001")
@example("0.000000001")
def test_a_number_is_read_exactly_or_refused_for_its_digits(value: Any) -> None:
    """`Decimal` is the judge: nothing that fits is refused and nothing is rounded."""
    with localcontext(prec=200):
        before, after = plain_digits(+Decimal(value))
        try:
            text = read(value)
        except wire.TooPrecise:
            assert before + after > 20 or after > 8
        else:
            assert before + after <= 20
            assert after <= 8
            assert Decimal(text) == Decimal(value)


@given(NUMBERS)
def test_one_number_has_one_text(value: Any) -> None:
    """Contents are compared by their bytes: two texts of one number would be a change."""
    try:
        text = read(value)
    except wire.TooPrecise:
        return
    assert read(text) == text
    assert read(Decimal(text)) == text
    assert not text.startswith("+")
    assert text == "0" or not text.lstrip("-").startswith("00")
    assert "." not in text or text[-1] not in "0."


@given(ANYTHING)
def test_whatever_comes_only_its_own_errors_are_raised(value: object) -> None:
    """Any other error would be answered as a fault of ours."""
    try:
        text = read(value)
    except (wire.NotANumber, wire.TooPrecise):
        return
    assert len(text) <= 22


@pytest.mark.parametrize("value", [True, False, None, 1.5, float("nan"), b"1", [1], {}, "١", "1e3"])
def test_what_is_no_number_in_json_is_none_here(value: object) -> None:
    """Python takes `True` for 1 and reads digits of any script."""
    with pytest.raises(wire.NotANumber):
        read(value)


@pytest.mark.parametrize(
    "value", ["NaN", "sNaN", "Infinity", "-Infinity"], ids=lambda value: f"Decimal {value}"
)
def test_a_decimal_that_is_no_number_is_refused(value: str) -> None:
    """None comes from strict JSON; should one ever, it must not become a stored text."""
    with pytest.raises(wire.NotANumber):
        read(Decimal(value))


@pytest.mark.parametrize("zero", [0, "-0", "0.000000000000000000000", Decimal("0E+99999"), "-0.0"])
def test_zero_is_zero_however_it_is_written(zero: object) -> None:
    """It has no sign and no places."""
    assert read(zero) == "0"
