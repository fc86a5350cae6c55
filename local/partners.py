"""The partners of the local stack, made with the gateway's own code."""

import json
import sys
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from local import inside
from local.places import STACK_FILE
from local.stack import Stack

NAMES = {
    "portfolio": ("portfolio", "demo-broker"),
    "portfolio_other": ("portfolio", "other-broker"),
    "push": ("push", "demo-maker"),
    "push_other": ("push", "other-maker"),
    "push_basic": ("push_basic", "demo-maker-basic"),
    "push_basic_other": ("push_basic", "other-maker-basic"),
    "push_password": ("push_password", "demo-maker-user"),
    "push_password_other": ("push_password", "other-maker-user"),
    "loyalty": ("loyalty", "demo-retailer"),
    "loyalty_other": ("loyalty", "other-retailer"),
    "proposal": ("proposal", "demo-supplier"),
    "proposal_other": ("proposal", "other-supplier"),
}
"""Who is in `.local/stack.json`: which credentials, and what each is called in the gateway."""

COMPANIES = {"loyalty": "napse", "loyalty_other": "other"}
"""The companies that demo retailers act for; others act for one of their own name."""

SUPPLIERS = {"proposal": 99999, "proposal_other": 88888}
"""The numbers of demo suppliers; others have one that is made of their name."""


def enrol(stack: Stack) -> dict[str, Any]:
    """Make sure that the demo partners are there; their credentials by name."""
    return ensure(stack, NAMES, remembered())


def ensure(
    stack: Stack,
    names: Mapping[str, tuple[str, str]],
    known: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Make sure that partners are there: their credentials, known ones while they work.

    Args:
        stack: where they are to be.
        names: which credentials each has, and what it is called in the gateway.
        known: credentials from earlier, by the names used here.
    """
    made: dict[str, Any] = inside.run(
        stack, "local.partners", {"names": dict(names), "known": dict(known or {})}
    )
    return made


def remembered() -> dict[str, Any]:
    """The credentials that an earlier run wrote down."""
    try:
        known: dict[str, Any] = json.loads(STACK_FILE.read_text())["partners"]
    except FileNotFoundError:
        return {}
    return known


def main() -> None:
    """Take names and known credentials from the standard input, print those that work."""
    given = json.load(sys.stdin)
    known = given["known"]
    for name, (kind, partner) in given["names"].items():
        if not works(kind, partner, known.get(name, {})):
            known[name] = make(kind, partner, name)
    json.dump(known, sys.stdout)


def works(kind: str, partner: str, had: Mapping[str, str]) -> bool:
    """Whether a partner's credentials are live."""
    # Here and below: only the process that `inside` starts has the gateway's environment.
    from batchgate import wiring  # noqa: PLC0415 (see above)
    from batchgate.access import partners, tokens  # noqa: PLC0415 (see above)
    from batchgate.errors import UnknownCaller  # noqa: PLC0415 (see above)

    register = wiring.partners()
    try:
        match kind:
            case "portfolio":
                partners.by_api_key(had.get("api_key"), "portfolio", register)
            case "proposal":
                account = register.account(partner)
                return account is not None and had.get("key_version") in account.sign_in
            case "push_basic":
                tokens.by_secret("b", had.get("username", ""), had.get("password", ""), register)
            case _:
                client, secret = had.get("client_id", ""), had.get("client_secret", "")
                tokens.by_secret("c", client, secret, register)
    except UnknownCaller:
        return False
    return True


def make(kind: str, partner: str, name: str) -> dict[str, str]:
    """New credentials of a partner."""
    from batchgate import wiring  # noqa: PLC0415 (see above)
    from batchgate.access import enrol  # noqa: PLC0415 (see above)

    register = wiring.partners()
    match kind:
        case "portfolio":
            return enrol.portfolio(partner, register, wiring.master())
        case "push":
            return enrol.client(partner, "push", register)
        case "push_basic":
            return enrol.basic(partner, "push", register)
        case "push_password":
            return enrol.user(partner, "push", register)
        case "loyalty":
            return enrol.retailer(partner, COMPANIES.get(name, name), register)
        case "proposal":
            number = SUPPLIERS.get(name, 10_000 + crc32(name.encode()) % 10_000)
            return enrol.supplier(partner, number, register, wiring.master())
        case _:
            raise ValueError(kind)


if __name__ == "__main__":
    main()
