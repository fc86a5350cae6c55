"""How partners are set up: each contract's ways of authentication, and what makes them.

A new contract is a line in `WAYS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from batchgate.access import enrol
from batchgate.access.enrol import Register, Versions
from batchgate.contracts.push import datasets


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who is to be set up: for which company a retailer acts, which number a supplier has."""

    partner: str
    company: str = ""
    supplier: int = 0


type Enrol = Callable[[Asked, Register, Versions], Mapping[str, str]]
"""Makes an account, or lets it do more, and new credentials: they are shown only now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to authenticate: how the account calls it (`grants`), what it needs and makes."""

    enrol: Enrol
    grants: str = ""
    needs_company: bool = False
    needs_supplier: bool = False
    kinds: str
    """The kinds of what it makes, a letter each, as the partners' table calls them."""


def _portfolio(asked: Asked, register: Register, master: Versions) -> Mapping[str, str]:
    return enrol.portfolio(asked.partner, register, master)


def _client(contract: str) -> Enrol:
    return lambda asked, register, _: enrol.client(asked.partner, contract, register)


def _push_user(asked: Asked, register: Register, _: Versions) -> Mapping[str, str]:
    return enrol.user(asked.partner, "push", register)


def _push_basic(asked: Asked, register: Register, _: Versions) -> Mapping[str, str]:
    return enrol.basic(asked.partner, "push", register)


def _retailer(asked: Asked, register: Register, _: Versions) -> Mapping[str, str]:
    return enrol.retailer(asked.partner, asked.company, register)


def _retailer_client(asked: Asked, register: Register, _: Versions) -> Mapping[str, str]:
    made = enrol.client(asked.partner, "loyalty", register)
    register.add_company(asked.partner, asked.company)
    return made | {"company_id": asked.company}


def _supplier(asked: Asked, register: Register, master: Versions) -> Mapping[str, str]:
    return enrol.supplier(asked.partner, asked.supplier, register, master)


WAYS: Mapping[str, Mapping[str, Way]] = {
    "portfolio": {"signature": Way(enrol=_portfolio, kinds="ks")},
    "push": {
        "client": Way(enrol=_client("push"), grants="client_credentials", kinds="c"),
        "user": Way(enrol=_push_user, grants="password", kinds="cp"),
        "basic": Way(enrol=_push_basic, grants="basic", kinds="b"),
    },
    "loyalty": {
        "user": Way(enrol=_retailer, grants="password", needs_company=True, kinds="cp"),
        "client": Way(
            enrol=_retailer_client, grants="client_credentials", needs_company=True, kinds="c"
        ),
    },
    "proposal": {"key": Way(enrol=_supplier, needs_supplier=True, kinds="i")},
}
"""By contract and method. The first method of each is the usual one."""

KINDS = {
    "k": "API key",
    "s": "signing secret",
    "c": "OAuth client",
    "p": "OAuth user",
    "b": "Basic user",
    "i": "sign-in key",
}


def feeds(contracts: frozenset[str]) -> list[str]:
    """The feeds that a partner of these contracts may have batches in."""
    known = {
        "portfolio": ["portfolio"],
        "push": datasets.declared(),
        "loyalty": ["card", "coupon", "segment"],
        "proposal": ["listing"],
    }
    return [feed for contract in sorted(contracts) for feed in known.get(contract, [])]
