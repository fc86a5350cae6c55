"""Sessions and their words: made to be read by releases to come, and by nobody else."""

from dataclasses import replace

import orjson
import pytest

from batchgate import telemetry
from batchgate.access.seal import seal
from batchgate.access.sessions import Session, begin, check_word, open_session
from batchgate.access.sign_in import Claim, Keys, check
from batchgate.errors import SessionForged, SessionMismatch, SignInRefused

KEY, OLDER = b"k" * 32, b"o" * 32
NOW_S = 1_760_000_000
HALF = "\ud800"
"""Half a character: JSON can spell it, and no encoding has it."""

TEXT = (
    "Az32UUq4502VyhCdWyJhY21lIiw5OTk5OSwidjEiLCIwMDExMjIzMzQ0NTU2Njc3ODg5OWFhYmJjY2Rk"
    "ZWVmZiIsMTc2MDAyMTYwMF0"
)
WORD = "a7d9ccc5c840efd8d4d3208b5ab4ada3"


def test_a_session_of_an_earlier_release_is_still_one() -> None:
    """A release must not sign everybody out: its text and its word are as they always were."""
    session, word = open_session(TEXT, [OLDER, KEY], NOW_S)

    assert session == Session(
        "acme", 99_999, "v1", "00112233445566778899aabbccddeeff", NOW_S + 21_600
    )
    assert word == WORD


def test_a_session_lives_for_six_hours_and_names_its_partner_in_logs() -> None:
    """From the second that it is begun in."""
    text = begin("acme", 99_999, "v1", KEY, NOW_S)
    telemetry.logger.remove_keys(["partner"])

    session, word = open_session(text, [KEY], NOW_S + 21_599)

    assert (session.partner, session.supplier, session.key_version) == ("acme", 99_999, "v1")
    assert (len(session.id), len(word)) == (32, 32)
    assert telemetry.logger.get_current_keys()["partner"] == "acme"
    telemetry.logger.remove_keys(["partner"])


@pytest.mark.parametrize(("more", "ours"), [(0, True), (1, False)])
def test_a_text_that_is_longer_than_any_of_ours_is_not_looked_at(more: int, *, ours: bool) -> None:
    """A header may be long, and hashing it is work: 1,024 characters are enough."""
    fields = ["", 1, "v1", "id", NOW_S + 1]
    partner = "a" * (768 - 12 - len(orjson.dumps(fields)) + more)
    text = seal(KEY, orjson.dumps([partner, *fields[1:]]))
    assert (len(text) == 1_024) is ours

    if ours:
        assert open_session(text, [KEY], NOW_S)[0].partner == partner
    else:
        with pytest.raises(SessionForged):
            open_session(text, [KEY], NOW_S)


@pytest.mark.parametrize("given", [None, "", WORD[:-1], f"{WORD}0", HALF])
def test_another_word_is_not_that_of_a_session(given: str | None) -> None:
    """Whatever it is made of, it is refused, and breaks nothing."""
    check_word(WORD, WORD)

    with pytest.raises(SessionMismatch):
        check_word(given, WORD)


def test_a_signature_of_half_characters_is_refused() -> None:
    """It fits nothing, and breaks nothing."""
    claim = Claim(
        supplier=1,
        token="Supplier_1",
        key_version="v1",
        timestamp=str(NOW_S),
        signature=HALF,
        ciphertext=b"",
    )
    known = Keys(key="key", iv="iv", salt="salt")

    for one in (claim, replace(claim, signature="0" * 128)):
        with pytest.raises(SignInRefused):
            check(one, None, known, lambda *_: None, NOW_S)
