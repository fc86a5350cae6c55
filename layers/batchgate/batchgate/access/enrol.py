"""Making partners: each credential is shown once, here, and kept only as its hash or not at all."""

from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Protocol

from batchgate.access.partners import Master, signing_secret


class Versions(Master, Protocol):
    """A master secret that knows its newest version."""

    def newest(self) -> str:
        """The version to derive new secrets from."""


class Register(Protocol):
    """Where new accounts and credentials go."""

    def add(self, partner: str, contracts: set[str]) -> None:
        """Make an account, or let an existing one use more contracts."""

    def add_key(self, partner: str, key_id: str, digest: bytes) -> None:
        """Keep a live API key's SHA-256."""

    def add_secret(self, partner: str, serial: str, version: str) -> None:
        """Keep that a signing secret is live."""


def portfolio(partner: str, register: Register, master: Versions) -> dict[str, str]:
    """A partner of the portfolio contract: its new `api_key` and `secret`, shown only now."""
    register.add(partner, {"portfolio"})
    key_id, serial, version = token_hex(4), token_hex(4), master.newest()
    api_key = f"{partner}.{key_id}.{token_urlsafe(32)}"
    register.add_key(partner, key_id, sha256(api_key.encode()).digest())
    register.add_secret(partner, serial, version)
    return {"api_key": api_key, "secret": signing_secret(master, partner, serial, version)}
