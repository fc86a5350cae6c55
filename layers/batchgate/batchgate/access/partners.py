"""Partners, their keys, and the secrets that are derived for them."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from typing import Protocol

from batchgate import telemetry
from batchgate.errors import UnknownCaller
from batchgate.model import Account

_API_KEY = re.compile(
    r"([a-z0-9][a-z0-9-]{0,31})\.([a-z0-9]{1,16})\.[A-Za-z0-9_-]{20,64}", re.ASCII
)

NOBODY = sha256(b"").digest()


class Accounts(Protocol):
    """Where accounts are kept."""

    def account(self, partner: str) -> Account | None:
        """A partner's account, at most seconds old; `None` if there is no such partner."""


class Master(Protocol):
    """What secrets are derived from."""

    def derive(self, version: str, purpose: str) -> bytes:
        """The 32 bytes that this version of the master gives for a purpose."""


def by_api_key(key: str | None, contract: str, accounts: Accounts) -> Account:
    """The partner whose API key this is.

    Raises:
        UnknownCaller: no key, not a live one, or its partner may not use this contract.
    """
    form = _API_KEY.fullmatch(key or "")
    if form is None:
        raise UnknownCaller
    partner, key_id = form.groups()
    account = accounts.account(partner)
    kept = account.keys.get(f"k/{key_id}", NOBODY) if account else NOBODY
    fits = compare_digest(kept, sha256(form.string.encode()).digest())
    if account is None or not fits or account.disabled or contract not in account.contracts:
        raise UnknownCaller
    telemetry.logger.append_keys(partner=partner)
    return account


def signing_secret(master: Master, partner: str, serial: str, version: str) -> str:
    """A partner's signing secret, as text. It is derived, so nothing readable is stored."""
    secret = master.derive(version, f"signing/{partner}/{serial}")
    return urlsafe_b64encode(secret).decode().rstrip("=")
