"""For everything that a call can name: what it is where another has it, and where nobody has."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from batchgate import wiring
from tests import pushing, retailing
from tests.describing import Operation, resolved
from tests.gateway import STATUS, SUBMIT
from tests.hostile.kept import company, idempotency, record
from tests.hostile.pushed import batch, category, failures, key, part, sequence
from tests.hostile.tenants import (
    Case,
    Tenant,
    Twin,
    portfolios,
    sent_by,
    short,
    unknown,
)
from tests.signing import encrypted
from tests.supplying import CHANGE, GET, LIST, detail

NAMES_NOTHING = {
    "timestamp", "recvWindow", "api-timestamp",  # moments
    "limit", "offset", "sort", "fields",  # how much is told
    "grant_type", "scope",  # what kind of token
    "batch_size", "seq_size", "appName", "params",  # about the call itself
    "proposalType", "batchSource", "instantExecute",  # of one's own proposal
    "executeTs", "revertTs", "executeStatus", "revertStatus",
}  # fmt: skip
"""Parameters and fields of a body that name nothing that anybody could have."""


def named(of: Operation) -> Iterator[str]:
    """All that a call of an operation can name: its parameters, and the fields of its body."""
    for parameter in of.parameters:
        yield parameter["name"]
    for content in of.described.get("requestBody", {}).get("content", {}).values():
        yield from resolved(content["schema"]).get("properties", {"body": None})


def submitted(owner: Tenant, stranger: Tenant) -> Twin:
    """A batch's id, with content of the stranger's own."""
    theirs, nobodys = unknown(), unknown()
    sent_by(owner, owner.portfolio(SUBMIT, portfolios(theirs, "u1")))
    one, other = (
        stranger.portfolio(SUBMIT, portfolios(batch, "u2"), told=[batch])
        for batch in (theirs, nobodys)
    )
    return one, other


def users(owner: Tenant, stranger: Tenant) -> Twin:
    """A user who is another's as well."""
    user, batches = short(), (unknown(), unknown())
    sent_by(owner, owner.portfolio(SUBMIT, portfolios(unknown(), user)))
    one, other = (
        stranger.portfolio(SUBMIT, portfolios(batch, who, quantity=9), told=[batch])
        for batch, who in zip(batches, (user, short()), strict=True)
    )
    return one, other


def looked_up(owner: Tenant, stranger: Tenant) -> Twin:
    """A batch's id."""
    batch = unknown()
    sent_by(owner, owner.portfolio(SUBMIT, portfolios(batch, "u1")))
    return (
        stranger.portfolio(STATUS, batchId=batch),
        stranger.portfolio(STATUS, batchId=unknown()),
    )


def paged(owner: Tenant, stranger: Tenant) -> Twin:
    """A cursor, which another was given for all of its batches."""
    sent_by(owner, owner.portfolio(SUBMIT, portfolios(unknown(), "u1", "u2")))
    page = sent_by(owner, owner.portfolio(STATUS, limit="1"))[0].body["data"]
    return (
        stranger.portfolio(STATUS, cursor=page["nextCursor"]),
        stranger.portfolio(STATUS, cursor=page["nextCursor"][::-1]),
    )


def _token(function: str, change: Callable[[Tenant, bool], dict[str, str]]) -> Case:
    def case(owner: Tenant, stranger: Tenant) -> Twin:
        own = stranger.clients[function]
        form = {"grant_type": "password", **own}
        form.pop("company_id", None)
        one, other = (
            stranger.ask(function, form | change(owner, known)) for known in (True, False)
        )
        return one, other

    return case


def credential(function: str, name: str) -> Case:
    """Another's client, user or secret among one's own."""

    def change(owner: Tenant, known: bool) -> dict[str, str]:
        theirs = owner.clients[function][name]
        nobodys = f"nobody.{theirs.partition('.')[2]}" if "." in theirs else "x" * len(theirs)
        return {name: theirs if known else nobodys}

    return _token(function, change)


def number(function: str, body: Any = None) -> Case:
    """A proposal's number."""

    def case(owner: Tenant, stranger: Tenant) -> Twin:
        theirs = owner.supplier.batch(detail(1))
        return (
            stranger.propose(function, theirs, body),
            stranger.propose(function, 10**9, body),
        )

    return case


def filtered(name: str) -> Case:
    """A list of what has this number, or does something to this listing."""

    def case(owner: Tenant, stranger: Tenant) -> Twin:
        listing = int(short()[1:]) + 10_000
        found = owner.supplier.batch(detail(listing))
        value = found if name == "id" else listing
        return (
            stranger.propose(LIST, **{name: str(value)}),
            stranger.propose(LIST, **{name: str(10**9)}),
        )

    return case


def listings(owner: Tenant, stranger: Tenant) -> Twin:
    """Listings that another changes as well, and at once."""
    owner.supplier.batch(detail(501), instantExecute=True)
    own = [stranger.supplier.batch(instantExecute=True) for _ in range(2)]
    one, other = (
        stranger.propose(
            CHANGE, mine, {"details": [detail(listing, 7, 8)]}, told=[str(mine), str(listing)]
        )
        for mine, listing in zip(own, (501, 502), strict=True)
    )
    return one, other


def supplier(_owner: Tenant, stranger: Tenant) -> Twin:
    """A supplier's number in place of one's own, signed with one's own key."""
    return (
        stranger.sign_in(api_token=_owner.supplier.api_token),
        stranger.sign_in(api_token="Supplier_60000"),
    )


def version(owner: Tenant, stranger: Tenant) -> Twin:
    """A key's version that only another has."""
    theirs = wiring.partners().add_sign_in(owner.name, "v1")
    return stranger.sign_in(api_keyversion=theirs), stranger.sign_in(api_keyversion="99")


def inside(owner: Tenant, stranger: Tenant) -> Twin:
    """A supplier's number in the encrypted body."""
    client = stranger.supplier.client
    one, other = (
        stranger.sign_in(encrypted(client["key"], client["iv"], f'{{"supplierId":{of}}}'.encode()))
        for of in (owner.supplier.client["supplier_id"], 60_000)
    )
    return one, other


PUSHES = {"pushPost": "POST", "pushPut": "PUT", "pushDelete": "DELETE", "pushPatch": "PATCH"}
LOYAL = {
    "loyaltyCards": retailing.CARDS,
    "loyaltyCoupons": retailing.COUPONS,
    "loyaltySegments": retailing.SEGMENTS,
}
TOKENS = {"pushToken": pushing.TOKEN, "loyaltyToken": retailing.TOKEN}
CASES: Mapping[tuple[str, str], Case] = {
    ("portfolioSubmit", "batchId"): submitted,
    ("portfolioSubmit", "portfolios"): users,
    ("portfolioStatus", "batchId"): looked_up,
    ("portfolioStatus", "cursor"): paged,
    **{
        (name, of): make(method)
        for name, method in (PUSHES | {"pushStatus": "GET"}).items()
        for of, make in {"data_category": category, "biz_key": key, "batch_id": batch}.items()
    },
    **{(name, "seq_id"): sequence(method) for name, method in PUSHES.items()},
    **{(name, "data"): part(method) for name, method in PUSHES.items()},
    ("pushStatus", "cursor"): failures,
    **{
        (name, of): credential(function, of)
        for name, function in TOKENS.items()
        for of in ("client_id", "client_secret", "username", "password")
    },
    **{
        (name, of): make(function)
        for name, function in LOYAL.items()
        for of, make in {
            "companyId": company,
            "items": record,
            "Idempotency-Key": idempotency,
        }.items()
    },
    ("proposalSignIn", "api-token"): supplier,
    ("proposalSignIn", "api-keyversion"): version,
    ("proposalSignIn", "body"): inside,
    ("proposalList", "id"): filtered("id"),
    ("proposalList", "listingId"): filtered("listingId"),
    ("proposalGet", "id"): number(GET),
    ("proposalChange", "id"): number(CHANGE, {"executeStatus": "canceled"}),
    ("proposalChange", "details"): listings,
}
"""By operation and what a call of it names."""

OWN = {
    "portfolios",
    "batch_id",
    "seq_id",
    "data",
    "Idempotency-Key",
    "items",
    "listingId",
    "details",
}
"""What everybody names on their own: another's is no reason to refuse one's own of that name."""


def refuses(of: str, name: str) -> bool:
    """Whether a call is refused for naming there what is another's, or nobody's."""
    own = name in OWN or of in {"proposalList", "portfolioSubmit"}
    return of == "pushStatus" or not own
