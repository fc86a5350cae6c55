"""Letting suppliers in: a session's cookie for a signed call, and the word that goes with it."""

import re
from collections.abc import Callable
from typing import Protocol

from batchgate.access import sessions, sign_in
from batchgate.access.partners import Master
from batchgate.contracts.proposal import CONTRACT, faults
from batchgate.errors import NoCredentials, NotAllowed
from batchgate.http import Reply, Request
from batchgate.model import Account

COOKIE = "_sp"
HEADERS = ("api-token", "api-keyversion", "api-timestamp", "api-signature")

_SUPPLIER = re.compile(r"Supplier_([1-9][0-9]{0,9})", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


class Suppliers(Protocol):
    """Where accounts are kept."""

    def supplier(self, number: int) -> Account | None:
        """The account of the partner with this supplier's number."""


class Versions(Master, Protocol):
    """A master secret that knows its newest version."""

    def newest(self) -> str:
        """The version to derive new secrets from."""


def begin(
    request: Request,
    suppliers: Suppliers,
    master: Versions,
    session_key: Callable[[], bytes],
    decrypt: sign_in.Decrypt,
    clock: Callable[[], int],
) -> Reply:
    """A session for a supplier that signed in, as a cookie.

    Raises:
        NoCredentials: a header is missing.
        Invalid: the moment is not in Unix seconds.
        SignInRefused: anything else is wrong.
        NotAllowed: all is right, but the supplier is not set up for this contract.
    """
    claim = _claim(request)
    account = suppliers.supplier(claim.supplier)
    of = account.sign_in.get(claim.key_version) if account else None
    partner = account.partner if account else ""
    known = sign_in.keys(master, partner, claim.key_version, of or master.newest())
    sealed_with, now_s = session_key(), clock() // 1_000_000
    sign_in.check(claim, account, known, decrypt, now_s)
    if account is None or CONTRACT not in account.contracts:
        raise NotAllowed
    text = sessions.begin(partner, claim.supplier, claim.key_version, sealed_with, now_s)
    attributes = f"Max-Age={sessions.LIFE_S}; Path=/api/spa; HttpOnly; Secure; SameSite=Strict"
    return Reply(204, None, {"Set-Cookie": f"{COOKIE}={text}; {attributes}"})


def _claim(request: Request) -> sign_in.Claim:
    token, version, timestamp, signature = (request.header(name) or "" for name in HEADERS)
    if not (token and version and timestamp and signature):
        raise NoCredentials
    if not _SECONDS.fullmatch(timestamp):
        wrong = faults.Fault("api-timestamp", "must be Unix seconds", timestamp)
        raise faults.Invalid(faults.TIME, [wrong])
    form = _SUPPLIER.fullmatch(token)
    return sign_in.Claim(
        supplier=int(form[1]) if form else 0,
        token=token,
        key_version=version,
        timestamp=timestamp,
        signature=signature,
        ciphertext=request.body,
    )
