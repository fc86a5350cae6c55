"""What is kept of a partner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is kept of a partner.

    `keys` are the SHA-256 of its live credentials, by kind and id: `k/…` API keys, `b/…`
    Basic users, `c/…` OAuth clients, `p/…` OAuth users. `secrets` name its live signing
    secrets: serial number and the version of the master secret they are derived from.
    `methods` are the ways of authentication that it is set up for, by contract, such as
    `push:basic`, `feeds` the feeds that it may use where its contract has several (none
    named: all), `companies` the companies that it acts for. `supplier` is its number as a
    supplier, `sign_in` the versions of its live sign-in keys and the versions of the master
    secret they are derived from.
    """

    partner: str
    disabled: bool
    contracts: frozenset[str]
    keys: Mapping[str, bytes]
    secrets: Sequence[tuple[str, str]] = ()
    methods: frozenset[str] = frozenset()
    feeds: frozenset[str] = frozenset()
    companies: frozenset[str] = frozenset()
    supplier: int = 0
    sign_in: Mapping[str, str] = field(default_factory=dict)
