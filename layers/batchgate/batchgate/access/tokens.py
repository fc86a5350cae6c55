"""Bearer tokens and HTTP Basic: opaque secrets of our own making, kept only as SHA-256.

RFC 6749 and RFC 6750 for tokens, RFC 7617 for Basic. A name that we give out begins with
its partner, `<partner>.<id>`, so that one read tells whose it is.
"""

import re
from base64 import b64decode
from binascii import Error
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Protocol

from batchgate import telemetry
from batchgate.access.partners import NOBODY, Accounts
from batchgate.errors import UnknownCaller
from batchgate.model import Account

GRANTS = ("client_credentials", "password")
LIFE_S = 600
LONGEST_HEADER = 4_096

_NAME = re.compile(r"([a-z0-9][a-z0-9-]{0,31})\.([a-z0-9]{1,16})", re.ASCII)
_TOKEN = re.compile(r"([a-z0-9][a-z0-9-]{0,31})\.([a-z0-9]{1,16})\.[A-Za-z0-9_-]{43}", re.ASCII)


class Tokens(Accounts, Protocol):
    """Where tokens are kept, with their partners' accounts."""

    def bearer(self, partner: str, client: str, digest: str) -> tuple[Account, int] | None:
        """Whose token this is and when it expires (UTC, s); `None` for an unknown one."""

    def add_token(self, partner: str, digest: str, expires: int) -> None:
        """Keep a token's SHA-256 until it expires."""


def caller(authorization: str | None, contract: str, tokens: Tokens, now_s: int) -> Account:
    """The partner that an `Authorization` header names: `Bearer …` or `Basic …`.

    Raises:
        UnknownCaller: no such credential, expired, or not one that the partner is set up for.
    """
    scheme, _, given = (authorization or "")[:LONGEST_HEADER].partition(" ")
    match scheme.lower():
        case "bearer":
            account = _by_token(given.strip(), contract, tokens, now_s)
        case "basic":
            name, secret = basic(given.strip())
            account = by_secret("b", name, secret, tokens)
            if f"{contract}:basic" not in account.methods:
                raise UnknownCaller
        case _:
            raise UnknownCaller
    if account.disabled or contract not in account.contracts:
        raise UnknownCaller
    return account


def _by_token(token: str, contract: str, tokens: Tokens, now_s: int) -> Account:
    form = _TOKEN.fullmatch(token)
    found = tokens.bearer(form[1], form[2], _digest(token)) if form else None
    if found is None:
        raise UnknownCaller
    account, expires = found
    telemetry.logger.append_keys(partner=account.partner)
    if now_s >= expires or not account.methods & {f"{contract}:{grant}" for grant in GRANTS}:
        raise UnknownCaller
    return account


def basic(given: str) -> tuple[str, str]:
    """Name and secret of a Basic credential (`UnknownCaller` if it is none)."""
    try:
        name, colon, secret = b64decode(given, validate=True).decode().partition(":")
    except (Error, ValueError):
        raise UnknownCaller from None
    if not colon:
        raise UnknownCaller
    return name, secret


def by_secret(kind: str, name: str, secret: str, accounts: Accounts) -> Account:
    """The partner whose credential of this kind this is (`UnknownCaller` if nobody's)."""
    form = _NAME.fullmatch(name)
    account = accounts.account(form[1]) if form else None
    kept = account.keys.get(f"{kind}/{form[2]}", NOBODY) if account and form else NOBODY
    fits = compare_digest(kept, sha256(secret.encode(errors="replace")).digest())
    if account is None or not fits or account.disabled:
        raise UnknownCaller
    telemetry.logger.append_keys(partner=account.partner)
    return account


def issue(client_id: str, tokens: Tokens, now_s: int) -> str:
    """A new token for a client that has been checked; it lives `LIFE_S` seconds."""
    token = f"{client_id}.{token_urlsafe(32)}"
    tokens.add_token(client_id.partition(".")[0], _digest(token), now_s + LIFE_S)
    return token


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
