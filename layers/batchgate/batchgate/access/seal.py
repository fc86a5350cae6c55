"""Texts that come back to us through a partner and must be our own, such as page cursors."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import sha256
from hmac import compare_digest, digest

SEAL_BYTES = 12


def seal(key: bytes, data: bytes) -> str:
    """The data as a URL-safe text that nobody without the key can make or alter."""
    return urlsafe_b64encode(digest(key, data, sha256)[:SEAL_BYTES] + data).decode().rstrip("=")


def unseal(key: bytes, text: str) -> bytes | None:
    """The data that was sealed with this key; `None` for any other text."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Error, ValueError):
        return None
    given, data = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
    # Base64 has several texts for the same bytes; only the one we made is ours.
    ours = compare_digest(given, digest(key, data, sha256)[:SEAL_BYTES])
    return data if ours and seal(key, data) == text else None
