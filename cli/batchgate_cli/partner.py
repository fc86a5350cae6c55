"""`batchgate partner`: who may call, and with what."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from batchgate import wiring
from batchgate.access.enrol import NAME
from batchgate.model import Account
from batchgate.store import Register
from batchgate_cli.contracts import KINDS, WAYS, Asked, Way, feeds
from batchgate_cli.gate import Gate, command, table
from batchgate_cli.trouble import USAGE, Trouble

app = typer.Typer(help="Partners and their credentials.", no_args_is_help=True)

Partner = Annotated[str, typer.Argument(help="What the partner is called in the gateway.")]
Contract = Annotated[str, typer.Option(help=f"One of {', '.join(WAYS)}.")]
Method = Annotated[
    str | None,
    typer.Option(
        help="How it authenticates: "
        + "; ".join(f"{contract}: {', '.join(ways)}" for contract, ways in WAYS.items())
        + ". Without it the first."
    ),
]


def register(gate: Gate) -> Register:
    """The partners of a command's stack."""
    return Register(gate.stack.outputs["PartnersTable"])


def account(partners: Register, partner: str) -> Account:
    """A partner's account as it is; `Trouble` if there is none."""
    found = partners.now(partner)
    if found is None:
        raise Trouble(
            f"There is no partner {partner}.", "`batchgate partner list` names those there are."
        )
    return found


def chosen(contract: str, method: str | None) -> Way:
    """A way to authenticate; `Trouble` if there is none of these names."""
    ways = WAYS.get(contract)
    if ways is None:
        raise Trouble(
            f"There is no contract {contract}.", f"Choose from {', '.join(WAYS)}.", code=USAGE
        )
    name = method or next(iter(ways))
    if name not in ways:
        raise Trouble(
            f"{contract} has no method {name}.", f"Choose from {', '.join(ways)}.", code=USAGE
        )
    return ways[name]


@command(app, "create")
def create(
    gate: Gate,
    partner: Partner,
    contract: Contract,
    method: Method = None,
    company: Annotated[str, typer.Option(help="The company that a retailer acts for.")] = "",
    supplier: Annotated[int, typer.Option(help="The number that a supplier is known by.")] = 0,
    feed: Annotated[
        list[str] | None, typer.Option(help="A data set that it may use; none named: all.")
    ] = None,
) -> None:
    """Set a partner up for a contract. Its credentials are shown once."""
    way = chosen(contract, method)
    if not NAME.fullmatch(partner):
        raise Trouble(
            f"{partner!r} can't be a partner's name.",
            "1 to 32 of a to z, 0 to 9 and -, the first a letter or digit.",
            code=USAGE,
        )
    if way.needs_company and not company:
        raise Trouble(
            f"{contract} needs to know for whom the partner acts.", "Say --company.", code=USAGE
        )
    if way.needs_supplier and not supplier:
        raise Trouble(
            f"{contract} needs to know the supplier's number.", "Say --supplier.", code=USAGE
        )
    unknown = sorted(set(feed or ()) - set(feeds(frozenset({contract}))))
    if unknown:
        raise Trouble(
            f"{contract} has no feed {', '.join(unknown)}.",
            f"Choose from {', '.join(feeds(frozenset({contract})))}.",
            code=USAGE,
        )
    partners = register(gate)
    known = partners.now(partner)
    if known is not None and contract in known.contracts:
        raise Trouble(
            f"{partner} is set up for {contract} already.",
            f"For new credentials: batchgate partner rotate {partner} --contract {contract}",
        )
    asked = Asked(partner=partner, company=company, supplier=supplier)
    try:
        made = way.enrol(asked, partners, wiring.master())
    except ValueError as error:
        raise Trouble(
            f"{error}.", "`batchgate partner list` names those there are.", code=USAGE
        ) from None
    show_once(gate, partner, contract, made, [])  # first: nobody can look them up later
    if feed:
        partners.limit(partner, feed)


def credentials(known: Account) -> list[str]:
    """What lives of a partner's credentials and signing secrets, by kind and id."""
    signing = [f"s/{serial}" for serial, _ in known.secrets]
    return sorted([*known.keys, *signing, *(f"i/{version}" for version in known.sign_in)])


@command(app, "show")
def show(gate: Gate, partner: Partner) -> None:
    """What a partner may do and which credentials it has, never their secrets."""
    known = account(register(gate), partner)
    told = described(known)
    rows = [
        ("partner", partner),
        ("state", "disabled" if known.disabled else "enabled"),
        ("contracts", ", ".join(told["contracts"])),
        ("methods", ", ".join(told["methods"]) or "-"),
        ("feeds", ", ".join(told["feeds"]) or "all"),
        ("companies", ", ".join(told["companies"]) or "-"),
        *((one["id"], one["kind"]) for one in told["credentials"]),
    ]
    gate.answer(told, table(("", ""), rows))


def described(known: Account) -> Mapping[str, Any]:
    """An account for machines, without anything secret."""
    return {
        "partner": known.partner,
        "disabled": known.disabled,
        "contracts": sorted(known.contracts),
        "methods": sorted(known.methods),
        "feeds": sorted(known.feeds),
        "companies": sorted(known.companies),
        "credentials": [
            {"id": key, "kind": KINDS.get(key[0], key[0])} for key in credentials(known)
        ],
    }


@command(app, "list")
def list_(gate: Gate) -> None:
    """All partners. It reads the whole partners table."""
    partners = register(gate)
    found = [one for name in sorted(partners.names()) if (one := partners.now(name))]
    rows = [
        (
            one.partner,
            "disabled" if one.disabled else "enabled",
            ", ".join(sorted(one.contracts)),
            ", ".join(sorted(one.companies)) or "-",
            len(credentials(one)),
        )
        for one in found
    ]
    columns = ("partner", "state", "contracts", "companies", "credentials")
    gate.answer({"partners": [described(one) for one in found]}, table(columns, rows))


@command(app, "disable")
def disable(gate: Gate, partner: Partner) -> None:
    """Shut a partner out of everything, within ten seconds."""
    _switch(gate, partner, disabled=True)


@command(app, "enable")
def enable(gate: Gate, partner: Partner) -> None:
    """Let a partner in again that was shut out."""
    _switch(gate, partner, disabled=False)


def _switch(gate: Gate, partner: str, *, disabled: bool) -> None:
    partners = register(gate)
    account(partners, partner)
    partners.disable(partner, disabled=disabled)
    state = "disabled" if disabled else "enabled"
    gate.answer({"partner": partner, "disabled": disabled}, f"{partner} is {state}.")


def show_once(
    gate: Gate, partner: str, contract: str, made: Mapping[str, str], old: Sequence[str]
) -> None:
    """Print new credentials; nobody can look them up later."""
    told = {"partner": partner, "contract": contract, "credentials": dict(made), "old": list(old)}
    shown: list[object] = [
        f"{partner} may use {contract}. Shown only now, and kept nowhere:",
        table(("", ""), made.items()),
    ]
    if old:
        retired = " ".join(f"--retire {key}" for key in old)
        shown.append(
            "The old ones still work. Once the new ones are in use:\n"
            f"  batchgate partner rotate {partner} {retired}"
        )
    gate.answer(told, *shown)
