"""What a supplier signs in with, made from what it was given."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha512

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7


def encrypted(key: str, iv: str, plaintext: bytes, *, pad: bool = True) -> str:
    """Base64 of AES-CBC with PKCS#7 padding, or as it is."""
    if pad:
        padder = PKCS7(128).padder()
        plaintext = padder.update(plaintext) + padder.finalize()
    cipher = Cipher(AES(b64decode(key)), CBC(b64decode(iv))).encryptor()
    return b64encode(cipher.update(plaintext) + cipher.finalize()).decode()


def signature(key: str, timestamp: str, token: str, salt: str, ciphertext: str) -> str:
    """What `api-signature` must be."""
    text = timestamp + token + salt + ciphertext
    return hmac.new(key.encode(), text.encode(), sha512).hexdigest()


def signed(
    client: Mapping[str, str],
    now_s: int,
    body: str | None = None,
    **changes: str,
) -> tuple[dict[str, str], str]:
    """Headers and body of a sign-in, with these headers (`api_token` …) signed as they are."""
    token = changes.get("api_token", f"Supplier_{client['supplier_id']}")
    timestamp = changes.get("api_timestamp", str(now_s))
    plaintext = f'{{"supplierId":{client["supplier_id"]}}}'.encode()
    if body is None:
        body = encrypted(client["key"], client["iv"], plaintext)
    made = {
        "api_token": token,
        "api_keyversion": client["key_version"],
        "api_timestamp": timestamp,
        "api_signature": signature(client["key"], timestamp, token, client["salt"], body),
    }
    return {name.replace("_", "-"): value for name, value in (made | changes).items()}, body


def sent(headers: Mapping[str, str]) -> dict[str, Sequence[str]]:
    """Headers as `Gateway.call` takes them."""
    return {name: [value] for name, value in headers.items()}
