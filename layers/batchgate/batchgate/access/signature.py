"""Signed calls: HMAC-SHA256 over the query and the body, within a window of time."""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from hmac import compare_digest, new
from urllib.parse import quote

from batchgate.errors import BadParameter, BadSignature, WindowExceeded

EARLY_MS = 1_000
"""How far a caller's clock may be ahead of ours."""

WINDOW_MS = 5_000
LONGEST_WINDOW_MS = 60_000

_WHOLE = re.compile(r"[0-9]{1,16}", re.ASCII)

type Query = Sequence[tuple[str, str]]


def parameters(query: Query, known: Iterable[str]) -> dict[str, str]:
    """The query as a mapping.

    Raises:
        BadParameter: a name comes twice, or is not among the known ones.
    """
    names = [name for name, _ in query]
    allowed = {"timestamp", "signature", "recvWindow", *known}
    for name in names:
        if name not in allowed:
            raise BadParameter("Unknown", name)
        if names.count(name) > 1:
            raise BadParameter("Repeated", name)
    for name in ("timestamp", "signature"):
        if not dict(query).get(name):
            raise BadParameter("Missing", name)
    return dict(query)


def check_window(given: dict[str, str], now_ms: int) -> None:
    """Refuse a call from outside the window that it allows itself.

    Raises:
        BadParameter: `timestamp` or `recvWindow` is not what it should be.
        WindowExceeded: it comes too late, or too far ahead of our clock.
    """
    timestamp = _whole(given, "timestamp")
    window = _whole(given, "recvWindow") if "recvWindow" in given else WINDOW_MS
    if not 1 <= window <= LONGEST_WINDOW_MS:
        raise BadParameter("Invalid", "recvWindow")
    if not (timestamp < now_ms + EARLY_MS and now_ms - timestamp <= window):
        raise WindowExceeded(now_ms)


def check(secrets: Iterable[str], query: Query, body: bytes) -> None:
    """Refuse a call whose `signature` fits none of the caller's live secrets (`BadSignature`)."""
    given = dict(query)["signature"].lower().encode()
    text = signed_text(query, body)
    # Every secret is tried, so that the time taken tells nothing about which one fits.
    fits = [compare_digest(given, sign(secret, text).encode()) for secret in secrets]
    if not any(fits):
        raise BadSignature


def signed_text(query: Query, body: bytes) -> bytes:
    """What is signed: the query but for `signature`, encoded and sorted, then the body's bytes."""
    pairs = sorted(
        (
            quote(name, safe="", errors="surrogatepass"),
            quote(value, safe="", errors="surrogatepass"),
        )
        for name, value in query
        if name != "signature"
    )
    return "&".join(f"{name}={value}" for name, value in pairs).encode() + body


def sign(secret: str, text: bytes) -> str:
    """The signature of a text: lower-case hex."""
    return new(secret.encode(), text, sha256).hexdigest()


def _whole(given: dict[str, str], name: str) -> int:
    if not _WHOLE.fullmatch(given[name]):
        raise BadParameter("Invalid", name)
    return int(given[name])
