"""Signatures over any query and body."""

from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from batchgate.access import signature
from batchgate.errors import BadSignature

NAMES = st.text(min_size=1, max_size=10).filter(lambda name: name != "signature")
QUERIES = st.lists(st.tuples(NAMES, st.text(max_size=10)), max_size=4, unique_by=lambda p: p[0])
BODIES = st.binary(max_size=40)


def signed(secret: str, query: list[tuple[str, str]], body: bytes) -> list[tuple[str, str]]:
    return [*query, ("signature", signature.sign(secret, signature.signed_text(query, body)))]


@given(st.text(max_size=20), QUERIES, BODIES, st.randoms())
def test_a_signed_call_is_accepted_in_any_order_and_case(
    secret: str, query: list[tuple[str, str]], body: bytes, random: Random
) -> None:
    """Whatever is in it: the secret's UTF-8, any text in the query, any bytes in the body."""
    made = [
        (name, value.upper() if name == "signature" else value)
        for name, value in signed(secret, query, body)
    ]
    random.shuffle(made)

    signature.check(["another", secret], made, body)


@given(QUERIES, BODIES, st.integers(0), st.integers(1, 255))
def test_a_changed_byte_of_the_body_is_refused(
    query: list[tuple[str, str]], body: bytes, place: int, change: int
) -> None:
    """One bit is enough."""
    assume(body)
    at = place % len(body)
    changed = body[:at] + bytes([body[at] ^ change]) + body[at + 1 :]

    with pytest.raises(BadSignature):
        signature.check(["secret"], signed("secret", query, body), changed)


@given(QUERIES, QUERIES, BODIES)
def test_another_query_has_another_signature(
    query: list[tuple[str, str]], other: list[tuple[str, str]], body: bytes
) -> None:
    """No two queries are written alike: `&` and `=` inside a value are encoded."""
    assume(sorted(query) != sorted(other))
    made = signed("secret", query, body)[-1]

    with pytest.raises(BadSignature):
        signature.check(["secret"], [*other, made], body)


@pytest.mark.parametrize(
    ("query", "other"),
    [
        ([("a", "1&b=2")], [("a", "1"), ("b", "2")]),
        ([("a", "1=2")], [("a=1", "2")]),
        ([("a", "%31")], [("a", "1")]),
        ([("a", "+")], [("a", " ")]),
        ([("a", "")], []),
        ([("a", "1"), ("b", "2")], [("a", "2"), ("b", "1")]),
    ],
)
def test_queries_that_look_alike_are_signed_differently(
    query: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    """Otherwise a signature for the one would be one for the other."""
    assert signature.signed_text(query, b"") != signature.signed_text(other, b"")


def test_a_call_without_live_secrets_is_refused() -> None:
    """Nothing to compare with is not a match."""
    with pytest.raises(BadSignature):
        signature.check([], signed("secret", [], b""), b"")


@given(st.text(max_size=70))
def test_any_text_in_place_of_a_signature_is_refused(made: str) -> None:
    """Refused, and not a fault."""
    with pytest.raises(BadSignature):
        signature.check(["secret"], [("timestamp", "1"), ("signature", made)], b"")


def test_names_are_encoded_like_values() -> None:
    """Also where no name that is known needs it: what is signed is never ambiguous."""
    query = [("a/b", "c=d"), ("\ud800", "\udfff")]

    assert signature.signed_text(query, b"{}") == b"%ED%A0%80=%ED%BF%BF&a%2Fb=c%3Dd{}"
