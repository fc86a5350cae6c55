"""The partners of the local stack, made with the gateway's own code."""

import json
import sys
from collections.abc import Mapping
from typing import Any

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
}
"""Who is in `.local/stack.json`: which credentials, and what each is called in the gateway."""

COMPANIES = {"loyalty": "napse", "loyalty_other": "other"}
"""The companies that demo retailers act for; others act for one of their own name."""


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
    from batchgate import wiring  # noqa: PLC0415 (only this process has its environment)
    from batchgate.access import enrol, partners, tokens  # noqa: PLC0415
    from batchgate.errors import UnknownCaller  # noqa: PLC0415

    given = json.load(sys.stdin)
    known = given["known"]
    register = wiring.partners()
    for name, (kind, partner) in given["names"].items():
        had = known.get(name, {})
        try:
            match kind:
                case "portfolio":
                    partners.by_api_key(had.get("api_key"), "portfolio", register)
                case "push_basic":
                    tokens.by_secret(
                        "b", had.get("username", ""), had.get("password", ""), register
                    )
                case _:
                    client, secret = had.get("client_id", ""), had.get("client_secret", "")
                    tokens.by_secret("c", client, secret, register)
        except UnknownCaller:
            match kind:
                case "portfolio":
                    known[name] = enrol.portfolio(partner, register, wiring.master())
                case "push":
                    known[name] = enrol.client(partner, "push", register)
                case "push_basic":
                    known[name] = enrol.basic(partner, "push", register)
                case "push_password":
                    known[name] = enrol.user(partner, "push", register)
                case "loyalty":
                    known[name] = enrol.retailer(partner, COMPANIES.get(name, name), register)
                case _:
                    raise ValueError(kind) from None
    json.dump(known, sys.stdout)


if __name__ == "__main__":
    main()
