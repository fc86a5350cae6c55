"""Signing in with a key: HMAC-SHA512 over a moment, a name and an encrypted body.

The form is that of the publisher's clients. Every check is made whatever the earlier ones
found, and with keys of nobody where there are none: the answer does not tell which one
failed, and its time tells no more than whether there was an account to read.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha512
from hmac import compare_digest, new

import jiter

from batchgate.access.partners import Master
from batchgate.errors import SignInRefused
from batchgate.model import Account

LATE_S = 90
EARLY_S = 5
"""How far a caller's clock may be ahead of ours."""

type Decrypt = Callable[[str, str, bytes], bytes | None]
"""What a key (base64) and an initialisation vector (base64) make of a ciphertext (base64)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a supplier signs in with: key and initialisation vector in base64, and a salt."""

    key: str
    iv: str
    salt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sign-in as it came: who, with which key, when (Unix s), the signature and the body."""

    supplier: int
    token: str
    key_version: str
    timestamp: str
    signature: str
    ciphertext: bytes


def keys(master: Master, partner: str, version: str, of: str) -> Keys:
    """A partner's sign-in keys. They are derived, so nothing readable is stored."""

    def part(name: str) -> bytes:
        return master.derive(of, f"sign-in/{partner}/{version}/{name}")

    return Keys(
        key=b64encode(part("key")).decode(),
        iv=b64encode(part("iv")[:16]).decode(),
        salt=part("salt").hex(),
    )


def sign(claim: Claim, known: Keys) -> str:
    """The signature of a sign-in: lower-case hex."""
    text = f"{claim.timestamp}{claim.token}{known.salt}".encode() + claim.ciphertext
    return new(known.key.encode(), text, sha512).hexdigest()


def check(claim: Claim, account: Account | None, known: Keys, decrypt: Decrypt, now_s: int) -> None:
    """Refuse (`SignInRefused`) a sign-in that is not right in everything.

    `known` are the keys that its version names, or anybody's where there are none.
    """
    fits = compare_digest(claim.signature.encode(errors="replace"), sign(claim, known).encode())
    plain = decrypt(known.key, known.iv, claim.ciphertext)
    live = account is not None and not account.disabled and claim.key_version in account.sign_in
    now = -EARLY_S <= now_s - int(claim.timestamp) <= LATE_S
    if not (live and fits and now and _names(plain, claim.supplier)):
        raise SignInRefused


def _names(plain: bytes | None, supplier: int) -> bool:
    """Whether a decrypted body is that of this supplier."""
    try:
        said = jiter.from_json(plain or b"", catch_duplicate_keys=True)
    except ValueError:
        return False
    return said == {"supplierId": supplier} and type(said["supplierId"]) is int
