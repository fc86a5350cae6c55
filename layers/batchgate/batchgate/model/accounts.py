"""What is kept of a partner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is kept of a partner.

    `keys` are the SHA-256 of its live API keys by key id. `secrets` name its live signing
    secrets: serial number and the version of the master secret they are derived from.
    """

    partner: str
    disabled: bool
    contracts: frozenset[str]
    keys: Mapping[str, bytes]
    secrets: Sequence[tuple[str, str]]
