"""`batchgate partner rotate`: new credentials beside the old ones, then without them."""

from collections.abc import Sequence
from typing import Annotated

import typer

from batchgate import wiring
from batchgate.model import Account
from batchgate.store import Register
from batchgate_cli.contracts import KINDS, WAYS, Asked, Way
from batchgate_cli.gate import Gate, command
from batchgate_cli.partner import (
    Partner,
    account,
    app,
    chosen,
    credentials,
    register,
    show_once,
)
from batchgate_cli.trouble import USAGE, Trouble

GROUP = "partner"
"""What the commands of this module and of `partner` are found under."""


@command(app, "rotate")
def rotate(
    gate: Gate,
    partner: Partner,
    contract: Annotated[
        str | None, typer.Option(help="Whose credentials are made anew; may be left out if one.")
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="Where it is set up for several, which one.")
    ] = None,
    retire: Annotated[
        list[str] | None,
        typer.Option(help="Make nothing: delete this credential, such as k/1a2b3c4d."),
    ] = None,
) -> None:
    """Make new credentials and keep the old ones alive, or --retire old ones."""
    partners = register(gate)
    known = account(partners, partner)
    if retire:
        _retire(gate, partners, known, retire)
        return
    contract = contract or _only(sorted(known.contracts), "contract", known)
    if contract not in known.contracts:
        raise Trouble(f"{partner} is not set up for {contract}.", "See `batchgate partner create`.")
    way = _way(known, contract, method)
    old = [key for key in credentials(known) if key[0] in way.kinds]
    company = min(known.companies, default="")
    asked = Asked(partner=partner, company=company, supplier=known.supplier)
    made = way.enrol(asked, partners, wiring.master())
    show_once(gate, partner, contract, made, old)


def _way(known: Account, contract: str, method: str | None) -> Way:
    if method is None:
        ways = WAYS.get(contract, {})
        used = [
            name
            for name, way in ways.items()
            if not way.grants or f"{contract}:{way.grants}" in known.methods
        ]
        method = _only(used, "method", known)
    return chosen(contract, method)


def _only(names: Sequence[str], what: str, known: Account) -> str:
    if not names:
        raise Trouble(f"{known.partner} has no {what} that this version knows.")
    if len(names) > 1:
        raise Trouble(
            f"{known.partner} has more than one {what}: {', '.join(names)}.",
            f"Say --{what}.",
            code=USAGE,
        )
    return names[0]


def _retire(gate: Gate, partners: Register, known: Account, keys: Sequence[str]) -> None:
    for key in keys:
        live = credentials(known)
        if key not in live:
            raise Trouble(
                f"{known.partner} has no credential {key}.",
                f"It has {', '.join(live) or 'none'}.",
            )
        others = [one for one in live if one[0] == key[0] and one != key]
        if not others:
            raise Trouble(
                f"{key} is the last {KINDS.get(key[0], key[0])} of {known.partner}.",
                "Rotate first. To shut it out: batchgate partner disable.",
            )
        if not partners.retire(known.partner, key, others[-1]):
            raise Trouble("Somebody else retires credentials of this partner.", "Look again.")
        known = account(partners, known.partner)
    gate.answer(
        {"partner": known.partner, "retired": list(keys), "credentials": credentials(known)},
        f"Retired {', '.join(keys)}. {known.partner} has {', '.join(credentials(known))}.",
        "They are refused within ten seconds.",
    )
