"""Making partners: each credential is shown once, here, and kept only as its hash or not at all."""

import re
from collections.abc import Iterable
from dataclasses import asdict
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Protocol

from batchgate.access import sign_in
from batchgate.access.partners import Master, signing_secret


class Versions(Master, Protocol):
    """A master secret that knows its newest version."""

    def newest(self) -> str:
        """The version to derive new secrets from."""


class Register(Protocol):
    """Where new accounts and credentials go."""

    def add(self, partner: str, contracts: set[str], methods: Iterable[str] = ()) -> None:
        """Make an account, or let an existing one use more contracts and methods."""

    def add_company(self, partner: str, company: str) -> None:
        """Let a partner act for a company."""

    def add_key(self, partner: str, key: str, digest: bytes) -> None:
        """Keep a live credential's SHA-256."""

    def add_supplier(self, partner: str, supplier: int, contract: str) -> bool:
        """Let a partner use a contract, known by a supplier's number; `False` if another is."""

    def add_sign_in(self, partner: str, version: str) -> str:
        """Keep that the next sign-in key is live, and what it is derived from; its version."""

    def add_secret(self, partner: str, serial: str, version: str) -> None:
        """Keep that a signing secret is live."""


NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
"""What a partner may be called: keys and credentials begin with it."""

SUPPLIER_DIGITS = 10


def portfolio(partner: str, register: Register, master: Versions) -> dict[str, str]:
    """A partner of the portfolio contract: its new `api_key` and `secret`, shown only now."""
    _add(register, partner, "portfolio")
    key_id, serial, version = token_hex(4), token_hex(4), master.newest()
    api_key = f"{partner}.{key_id}.{token_urlsafe(32)}"
    register.add_key(partner, f"k/{key_id}", _digest(api_key))
    register.add_secret(partner, serial, version)
    return {"api_key": api_key, "secret": signing_secret(master, partner, serial, version)}


def client(partner: str, contract: str, register: Register) -> dict[str, str]:
    """A partner that takes tokens with the grant `client_credentials`: its new client."""
    _add(register, partner, contract, "client_credentials")
    client_id, client_secret = _secret(partner, "c", register)
    return {"client_id": client_id, "client_secret": client_secret}


def user(partner: str, contract: str, register: Register) -> dict[str, str]:
    """A partner that takes tokens with the grant `password`: its new client and user."""
    _add(register, partner, contract, "password")
    client_id, client_secret = _secret(partner, "c", register)
    username, password = _secret(partner, "p", register)
    return {
        "client_id": client_id,
        "client_secret": client_secret,
        "username": username,
        "password": password,
    }


def retailer(partner: str, company: str, register: Register) -> dict[str, str]:
    """A partner of the loyalty contract that acts for a company: its new client and user."""
    made = user(partner, "loyalty", register)
    register.add_company(partner, company)
    return made | {"company_id": company}


def supplier(partner: str, number: int, register: Register, master: Versions) -> dict[str, str]:
    """A partner of the proposal contract with this supplier's number: its new sign-in key.

    Raises:
        ValueError: the number is another partner's, or the partner has another number.
    """
    if not 1 <= number < 10**SUPPLIER_DIGITS:
        raise ValueError(f"not a supplier's number: {number}")
    _check(partner)
    if not register.add_supplier(partner, number, "proposal"):
        raise ValueError(f"{partner} is not supplier {number}, or somebody else is")
    newest = master.newest()
    version = register.add_sign_in(partner, newest)
    made = sign_in.keys(master, partner, version, newest)
    return {"supplier_id": str(number), "key_version": version, **asdict(made)}


def basic(partner: str, contract: str, register: Register) -> dict[str, str]:
    """A partner that authenticates every call with HTTP Basic: its new user."""
    _add(register, partner, contract, "basic")
    username, password = _secret(partner, "b", register)
    return {"username": username, "password": password}


def _add(register: Register, partner: str, contract: str, *methods: str) -> None:
    _check(partner)
    register.add(partner, {contract}, {f"{contract}:{method}" for method in methods})


def _check(partner: str) -> None:
    if not NAME.fullmatch(partner):
        raise ValueError(f"not a partner's name: {partner!r}")


def _secret(partner: str, kind: str, register: Register) -> tuple[str, str]:
    name, secret = token_hex(4), token_urlsafe(32)
    register.add_key(partner, f"{kind}/{name}", _digest(secret))
    return f"{partner}.{name}", secret


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
