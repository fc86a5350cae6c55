"""As whom a file is pushed, and where to."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from batchgate_cli.gate import Gate
from batchgate_cli.stack import known_local
from batchgate_cli.trouble import USAGE, Trouble

NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "portfolio": (("api_key", "secret"),),
    "push": (
        ("client_id", "client_secret", "username", "password"),
        ("client_id", "client_secret"),
        ("username", "password"),
    ),
    "loyalty": (("client_id", "client_secret", "username", "password", "company_id"),),
}
"""The credentials that each contract's client takes: the first set that is there whole."""

NAMES = ("api_key", "secret", "client_id", "client_secret", "username", "password", "company_id")


def credentials(gate: Gate, contract: str, partner: str, file: Path | None) -> Mapping[str, str]:
    """A partner's credentials: from a file, the environment, or the local stack's demo partners.

    Raises:
        Trouble: there are none, or they are another partner's.
    """
    given = _of_file(file) if file else _of_environment() or _of_local(gate, contract, partner)
    for names in NEEDED[contract]:
        if all(given.get(name) for name in names):
            found = {name: given[name] for name in names}
            break
    else:
        wanted = " or ".join(", ".join(names) for names in NEEDED[contract])
        raise Trouble(
            f"No credentials of {partner} for {contract} are known.",
            f"Give --credentials FILE (what `partner create --json` printed), or set "
            f"BATCHGATE_… in the environment: {wanted}.",
            code=USAGE,
        )
    name = found.get("api_key") or found.get("client_id") or found["username"]
    if name.partition(".")[0] != partner:
        raise Trouble(
            f"These are credentials of {name.partition('.')[0]}, not of {partner}.", code=USAGE
        )
    return found


def base_url(gate: Gate, given: str | None) -> str:
    """Where partners call. Without one that is said, it is the stack's own.

    Raises:
        Trouble: the local stack is meant, and another address is given.
    """
    if given and gate.where.local:
        raise Trouble(
            "Say --local or --base-url, not both.",
            "BATCHGATE_BASE_URL in the environment counts, too.",
            code=USAGE,
        )
    if given:
        return given.rstrip("/")
    known = known_local(gate.where)
    return str(known["base_url"]) if known else gate.stack.base_url


def _of_file(file: Path) -> Mapping[str, str]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Trouble(f"{file} holds no credentials in JSON: {error}", code=USAGE) from error
    inner: Mapping[str, str] = found.get("credentials", found)
    return inner


def _of_environment() -> Mapping[str, str]:
    found = {name: os.environ.get(f"BATCHGATE_{name.upper()}", "") for name in NAMES}
    return {name: value for name, value in found.items() if value}


def _of_local(gate: Gate, contract: str, partner: str) -> Mapping[str, str]:
    known = known_local(gate.where)
    for name, found in (known["partners"] if known else {}).items():
        owner = found.get("api_key") or found.get("client_id") or found.get("username", "")
        if name.partition("_")[0] == contract and owner.partition(".")[0] == partner:
            of_partner: Mapping[str, str] = found
            return of_partner
    return {}
