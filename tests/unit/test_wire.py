"""Reading JSON strictly, as all dialects share it."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchgate.contracts import wire
from batchgate.errors import Malformed, TooLarge

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**40), 10**40), st.text()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(), VALUES)


def read(body: bytes) -> dict[str, Any]:
    return wire.json_object(body, limit=1_000)


@given(OBJECTS, st.booleans())
def test_every_json_object_is_read_as_python_reads_it(value: dict[str, Any], ascii_: bool) -> None:
    """Escaped or not: strict means that wrong JSON is refused, never that right JSON is."""
    body = json.dumps(value, ensure_ascii=ascii_).encode()

    assert wire.json_object(body, limit=len(body)) == value


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_an_object_or_malformed(body: bytes) -> None:
    """No other error ever leaves the reader."""
    try:
        assert isinstance(read(body), dict)
    except Malformed as malformed:
        (fault,) = malformed.faults
        assert fault.startswith("body: ")
        assert len(fault) < 300


@given(OBJECTS, st.data())
def test_an_object_that_is_cut_is_malformed(value: dict[str, Any], data: st.DataObject) -> None:
    """A connection that broke must not become a smaller batch."""
    body = json.dumps(value).encode()
    at = data.draw(st.integers(0, len(body) - 1))

    with pytest.raises(Malformed):
        wire.json_object(body[:at], limit=len(body))


@given(st.text(), st.dictionaries(st.text(), st.integers()), st.integers(0, 5))
def test_a_key_twice_is_malformed_at_any_level(
    key: str, others: dict[str, int], level: int
) -> None:
    """One reader takes the first, another the last: the signature would cover both."""
    pairs = [*others.items(), (key, 1), (key, 1)]
    twice = "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in pairs) + "}"
    body = '{"x":[' * level + twice + "]}" * level

    with pytest.raises(Malformed, match="duplicate key"):
        wire.json_object(body.encode(), limit=len(body.encode()))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("12345678901234567890123", 12345678901234567890123),
        ("0.1", Decimal("0.1")),
        ("95.50", Decimal("95.50")),
        ("1e3", Decimal(1000)),
        ("1E-99999999999", Decimal("1E-99999999999")),
    ],
)
def test_numbers_lose_nothing(text: str, value: object) -> None:
    """A float would have lost the digits before anybody could look at them."""
    got = read(f'{{"n":{text}}}'.encode())["n"]

    assert got == value
    assert type(got) is type(value)


def test_the_limit_is_in_bytes_and_inclusive() -> None:
    """`ệ` is one character and three bytes."""
    body = '{"n":"ệ"}'.encode()

    assert wire.json_object(body, limit=11) == {"n": "ệ"}
    with pytest.raises(TooLarge):
        wire.json_object(body, limit=10)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_depth_is_refused_from_33_levels_on(opening: str, closing: str) -> None:
    """Both kinds of nesting count, and nothing on the way runs out of stack."""
    wire.check_depth(json.loads(opening * 31 + "1" + closing * 31))
    for levels in (32, 100, 900):
        with pytest.raises(Malformed, match="nested deeper than 32 levels"):
            wire.check_depth(json.loads(opening * levels + "1" + closing * levels))
