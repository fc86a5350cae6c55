"""Who calls, for which proposal, and with which parameters."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from batchgate.access import sessions
from batchgate.contracts.proposal import CONTRACT, FEED, faults
from batchgate.contracts.proposal.faults import INVALID, Fault, Invalid
from batchgate.contracts.proposal.sign_in import COOKIE
from batchgate.errors import NoCredentials, NotAllowed, SessionForged
from batchgate.http import Request
from batchgate.model import Account, PlanId

WORD = "X-YahooWSSID-Authorization"
DETAILS = "+details"
"""The one field that can be asked for beside all others."""

type Keys = Callable[[], Sequence[bytes]]
"""What sessions are sealed with, the newest first."""

WHOLE = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
NOT_WHOLE = "must be a whole number of at most 18 digits, without zeros before it"
"""What is told of a text that is none."""


class Accounts(Protocol):
    """Where accounts are kept."""

    def account(self, partner: str) -> Account | None:
        """A partner's account, at most seconds old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: the partner, its number as a supplier, and the word of its session."""

    partner: str
    supplier: int
    word: str

    @property
    def name(self) -> str:
        """The person, as proposals name who made or changed them."""
        return f"Supplier_{self.supplier}"


def authenticate(
    request: Request, accounts: Accounts, keys: Keys, clock: Callable[[], int]
) -> Caller:
    """The supplier whose session's cookie and word a call carries.

    Raises:
        NoCredentials: no cookie.
        SessionForged: not a cookie of ours, or its key was taken away.
        SessionExpired: it was.
        SessionMismatch: the word is missing, or another session's.
        NotAllowed: the supplier is shut out, or may not use this contract.
    """
    caller, account = _session(request, accounts, keys, clock)
    sessions.check_word(request.header(WORD), caller.word)
    return _allowed(caller, account)


def holder(request: Request, accounts: Accounts, keys: Keys, clock: Callable[[], int]) -> Caller:
    """As `authenticate`, of a call that asks for its session's word."""
    return _allowed(*_session(request, accounts, keys, clock))


def _session(
    request: Request, accounts: Accounts, keys: Keys, clock: Callable[[], int]
) -> tuple[Caller, Account | None]:
    cookies = "; ".join(request.headers.get("cookie", ())).split(";")
    named = [one.strip().partition("=") for one in cookies]
    given = [value for name, _, value in named if name == COOKIE]
    if not any(given):
        raise NoCredentials
    if len(given) > 1:
        raise SessionForged
    session, word = sessions.open_session(given[0], keys(), clock() // 1_000_000)
    account = accounts.account(session.partner)
    if account is not None and session.key_version not in account.sign_in:
        raise SessionForged
    return Caller(partner=session.partner, supplier=session.supplier, word=word), account


def _allowed(caller: Caller, account: Account | None) -> Caller:
    if account is None or account.disabled or CONTRACT not in account.contracts:
        raise NotAllowed
    return caller


def plan_id(request: Request, caller: Caller) -> PlanId:
    """The proposal that a path names, among the caller's own (`Invalid` if it names none)."""
    given = request.path["id"]
    faults.check_characters(given, "id")
    if not WHOLE.fullmatch(given):
        raise Invalid(INVALID, [Fault("id", NOT_WHOLE, given)])
    return PlanId(caller.partner, FEED, int(given))


def parameters(request: Request, known: Iterable[str]) -> dict[str, str]:
    """The query as a mapping (`Invalid` for a name that is unknown or comes twice)."""
    given, wrong = query(request, known)
    if wrong:
        raise Invalid(INVALID, wrong)
    return given


def query(request: Request, known: Iterable[str]) -> tuple[dict[str, str], list[Fault]]:
    """The parameters that come as they should, and what is wrong with the others' names.

    Raises:
        Invalid: it has illegal characters.
    """
    names = [name for name, _ in request.query]
    given = dict(request.query)
    faults.check_characters(given)
    unknown = given.keys() - set(known)
    twice = {name for name in given if names.count(name) > 1}
    wrong = [Fault(name, "unknown parameter") for name in sorted(unknown)]
    wrong += [Fault(name, "comes more than once") for name in sorted(twice)]
    return {name: given[name] for name in given.keys() - unknown - twice}, wrong


def with_details(given: str) -> bool:
    """Whether `fields` asks for details (`Invalid` if it asks for anything else).

    A plus that a client forgot to encode arrives as a space.
    """
    wanted = {f"+{one[1:]}" if one[:1] == " " else one for one in given.split(",") if given}
    if unknown := wanted - {DETAILS}:
        raise Invalid(INVALID, [Fault("fields", "unknown field", one) for one in sorted(unknown)])
    return bool(wanted)
