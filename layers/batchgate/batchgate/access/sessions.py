"""Sessions: a sealed text that its holder sends along, and a word that goes with it.

Nothing is stored. A session names its partner and the key that it was begun with, so that
it ends when either is taken away, and when it expires.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from hashlib import sha256
from hmac import compare_digest, digest
from secrets import token_hex

import orjson

from batchgate import telemetry
from batchgate.access.seal import seal, unseal
from batchgate.errors import SessionExpired, SessionForged, SessionMismatch

LIFE_S = 6 * 3_600

LONGEST = 1_024
"""How long a session's text may be; ours are shorter."""


@dataclass(frozen=True, slots=True)
class Session:
    """Whose it is, the version of the key it was begun with, its own id, its end (UTC, s)."""

    partner: str
    supplier: int
    key_version: str
    id: str
    expires_s: int


def begin(partner: str, supplier: int, key_version: str, key: bytes, now_s: int) -> str:
    """A new session, as the text that its holder keeps."""
    session = Session(partner, supplier, key_version, token_hex(16), now_s + LIFE_S)
    return seal(key, orjson.dumps(astuple(session)))


def open_session(text: str, keys: Sequence[bytes], now_s: int) -> tuple[Session, str]:
    """The session that a text is, and the word that goes with it.

    Raises:
        SessionForged: we did not make this text, or not with one of these keys.
        SessionExpired: it was ours.
    """
    for key in keys:
        data = unseal(key, text) if len(text) <= LONGEST else None
        if data is not None:
            session = Session(*orjson.loads(data))
            telemetry.logger.append_keys(partner=session.partner)
            if now_s >= session.expires_s:
                raise SessionExpired
            return session, digest(key, b"wssid" + session.id.encode(), sha256).hex()[:32]
    raise SessionForged


def check_word(given: str | None, word: str) -> None:
    """Refuse (`SessionMismatch`) a call whose word is not that of its session."""
    if not compare_digest((given or "").encode(errors="replace"), word.encode()):
        raise SessionMismatch
