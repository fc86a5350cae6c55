"""The partners of the local stack, made with the gateway's own code."""

import json
import sys
from collections.abc import Mapping
from typing import Any

from local import inside
from local.places import STACK_FILE
from local.stack import Stack

NAMES = {"portfolio": "demo-broker", "portfolio_other": "other-broker"}
"""Who is in `.local/stack.json`, and what each is called in the gateway."""


def enrol(stack: Stack) -> dict[str, Any]:
    """Make sure that the demo partners are there; their credentials by name."""
    return ensure(stack, NAMES, remembered())


def ensure(
    stack: Stack, names: Mapping[str, str], known: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Make sure that partners are there: their credentials, known ones while they work.

    Args:
        stack: where they are to be.
        names: what each is called here, and in the gateway.
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
    from batchgate.access import enrol, partners  # noqa: PLC0415
    from batchgate.errors import UnknownCaller  # noqa: PLC0415

    given = json.load(sys.stdin)
    known = given["known"]
    for name, partner in given["names"].items():
        try:
            key = known.get(name, {}).get("api_key")
            partners.by_api_key(key, "portfolio", wiring.partners())
        except UnknownCaller:
            known[name] = enrol.portfolio(partner, wiring.partners(), wiring.master())
    json.dump(known, sys.stdout)


if __name__ == "__main__":
    main()
