"""Sealed texts: only what we made with the same key is ours."""

import string

from hypothesis import assume, given
from hypothesis import strategies as st

from batchgate.access.seal import seal, unseal

KEY = b"a key for tests"
LETTERS = st.sampled_from(string.ascii_letters + string.digits + "-_=+/ \n.é\ud800")


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_what_was_sealed_is_unsealed_with_its_key_and_no_other(data: bytes, other: bytes) -> None:
    """A partner's key is made of ours and its name."""
    assume(other.ljust(64, b"\0") != KEY.ljust(64, b"\0"))  # HMAC pads a key with zeros

    assert unseal(KEY, seal(KEY, data)) == data
    assert unseal(other, seal(KEY, data)) is None


@given(st.binary(max_size=30), st.integers(0), LETTERS, st.sampled_from(["set", "put", "drop"]))
def test_a_seal_altered_anywhere_is_broken(data: bytes, place: int, letter: str, how: str) -> None:
    """Also where base64 would read the same bytes from another text."""
    text = seal(KEY, data)
    at = place % (len(text) + (how == "put"))
    altered = text[:at] + letter * (how != "drop") + text[at + (how != "put") :]
    assume(altered != text)

    assert unseal(KEY, altered) is None


@given(st.text() | st.text(LETTERS))
def test_any_other_text_is_not_ours(text: str) -> None:
    """Whatever a partner sends as a cursor is refused, never a fault."""
    assert unseal(KEY, text) is None


@given(st.binary(max_size=60))
def test_a_seal_can_stand_in_a_query_as_it_is(data: bytes) -> None:
    """A client that forgets to encode its cursor still sends the same one."""
    assert set(seal(KEY, data)) <= set(string.ascii_letters + string.digits + "-_")


def test_a_seal_may_end_in_any_letter() -> None:
    """Nothing but padding is taken off its end."""
    texts = {seal(b"key", at.to_bytes(3)): at.to_bytes(3) for at in range(999)}

    assert len({text[-1] for text in texts}) == 64
    assert all(unseal(b"key", text) == data for text, data in texts.items())
