"""What somebody without a credential tries in its place."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from tests import pushing, retailing
from tests.describing import Operation
from tests.gateway import STATUS, SUBMIT
from tests.hostile.tenants import Call, Tenant, portfolios, rows, short, unknown
from tests.pushing import basic
from tests.supplying import CHANGE, CREATE, GET, LIST, TOKEN, WSSID

HEADERS = {
    "apiKey": "X-Api-Key",
    "bearer": "Authorization",
    "basic": "Authorization",
    "client": "Authorization",
    "session": "Cookie",
    "word": WSSID,
    "signIn": "api-signature",
}
"""The headers that the document's security schemes are carried in; `signature` is in the query."""

NONE_ALGORITHM = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhY21lIn0."
HS256 = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhY21lIn0."
    "XbPfbIHMI6arZ3Y922BhjWgQzWXcXNrz0ogtVhfEd2o"
)

type Trick = Callable[[str, str], Sequence[str]]
"""Makes a header's values of what is right, and of what is right for another partner."""

TRICKS: Mapping[str, Trick] = {
    "empty": lambda _, __: [""],
    "a blank": lambda _, __: [" "],
    "twice": lambda right, _: [right, right],
    "twice, another's first": lambda right, other: [other, right],
    "twice, one empty": lambda right, _: ["", right],
    "joined": lambda right, other: [f"{right}, {other}"],
    "a letter more": lambda right, _: [f"{right}A"],
    "a letter less": lambda right, _: [right[:-1]],
    "other case": lambda right, _: [right.swapcase()],
    "without its scheme": lambda right, _: [right.partition(" ")[2] or right[:-2]],
    "another scheme": lambda right, _: [f"Negotiate {right.partition(' ')[2]}"],
    "scheme alone": lambda right, _: [right.partition(" ")[0] if " " in right else "Bearer"],
    "a token without algorithm": lambda _, __: [f"Bearer {NONE_ALGORITHM}"],
    "a signed token": lambda _, __: [f"Bearer {HS256}"],
    "a key's name": lambda _, __: ["../../../etc/passwd"],
    "every partner": lambda _, __: ["*"],
    "a query": lambda _, __: ["' OR '1'='1"],
    "null": lambda _, __: ["null"],
    "a null byte": lambda right, _: [f"{right}\x00"],
    "half a surrogate pair": lambda _, __: ["Bearer \ud800"],
    "not ASCII": lambda _, __: ["Bearer ключ"],
    "huge": lambda _, __: [f"Bearer {'a' * 200_000}"],
    "huge Basic": lambda _, __: [f"Basic {b64encode(b'a:' * 100_000).decode()}"],
    "Basic of nothing": lambda _, __: ["Basic Og=="],
    "Basic without a colon": lambda _, __: ["Basic YWNtZQ=="],
    "Basic that is no base64": lambda _, __: ["Basic ====", "Basic §"][:1],
    "a cookie in another case": lambda right, _: [right.replace("_sp=", "_SP=") + "x"],
    "a cookie twice": lambda right, other: [f"{right}; {other}"],
}

OVERRIDES: Mapping[str, Sequence[str]] = {
    "X-HTTP-Method-Override": ["DELETE"],
    "X-HTTP-Method": ["DELETE"],
    "X-Method-Override": ["DELETE"],
    "X-Original-URL": ["/"],
    "X-Rewrite-URL": ["/"],
    "X-Forwarded-For": ["127.0.0.1"],
    "X-Forwarded-User": ["acme"],
    "X-Remote-User": ["acme"],
    "X-Amzn-Oidc-Identity": ["acme"],
    "Forwarded": ["for=127.0.0.1;by=127.0.0.1"],
}
"""What a proxy or a framework might listen to, and nothing here does."""


def good(tenant: Tenant) -> Mapping[str, Call]:
    """A call of each operation that is served."""
    loyal = {"companyId": tenant.retailer.company, "params": [{"validateCard": False}]}
    item = {"operation": "I", "code": short(), "type": "t"}
    member = {"operation": "I", "code": short(), "segment": "s"}
    push, loyalty = (tenant.clients[one] for one in (pushing.TOKEN, retailing.TOKEN))
    name = short()
    calls = {
        "portfolioSubmit": tenant.portfolio(SUBMIT, portfolios(unknown(), "u1")),
        "portfolioStatus": tenant.portfolio(STATUS),
        "pushPost": tenant.push("POST", rows(name, short())),
        "pushPut": tenant.push("PUT", rows(short(), short())),
        "pushDelete": tenant.push("DELETE", rows(short(), short())),
        "pushPatch": tenant.push("PATCH", rows(short(), short())),
        "pushStatus": tenant.push("GET", batch_id=name),
        "loyaltyCards": tenant.loyal(retailing.CARDS, loyal | {"items": [item]}),
        "loyaltyCoupons": tenant.loyal(retailing.COUPONS, loyal | {"items": [item]}),
        "loyaltySegments": tenant.loyal(retailing.SEGMENTS, loyal | {"items": [member]}),
        "proposalSignIn": tenant.sign_in(),
        "proposalToken": tenant.propose(TOKEN),
        "proposalCreate": tenant.propose(CREATE, None, tenant.supplier.fields()),
        "proposalList": tenant.propose(LIST),
    }
    for of, function, client in (
        ("pushToken", pushing.TOKEN, push),
        ("loyaltyToken", retailing.TOKEN, loyalty),
    ):
        form = {"grant_type": "password"} | {k: client[k] for k in ("username", "password")}
        known = basic(client["client_id"], client["client_secret"])
        calls[of] = tenant.ask(function, form, known)
    number = tenant.supplier.batch()
    calls["proposalGet"] = tenant.propose(GET, number)
    calls["proposalChange"] = tenant.propose(CHANGE, number, {})
    return calls


def carried(of: Operation) -> list[str]:
    """The headers that an operation's credentials are carried in."""
    schemes = {scheme for way in of.described["security"] for scheme in way}
    return sorted({HEADERS[one] for one in schemes if one != "signature"})


def tricked(of: Operation, call: Call, others: Call) -> Iterator[tuple[str, Call]]:
    """A good call without its credentials, and with each trick in their place."""
    for header in carried(of):
        rest = {name: values for name, values in call.headers.items() if name != header}
        yield f"no {header}", replace(call, headers=rest)
        right, other = call.headers[header][0], others.headers[header][0]
        for what, trick in TRICKS.items():
            # Cookies may come in several headers (RFC 9113, 8.2.3), an empty one among them.
            if (header, what) == ("Cookie", "twice, one empty"):
                continue
            if list(values := trick(right, other)) != [right]:
                yield f"{header}: {what}", replace(call, headers=rest | {header: values})
        both = rest | {header: [right], header.swapcase(): [other]}
        yield f"{header}: in two cases", replace(call, headers=both)


def guesses(tenant: Tenant) -> Mapping[str, Sequence[Call]]:
    """Calls with credentials of one form that are nobody's: by an unknown name, by known ones."""
    secret = "x" * 43
    partner, of_client, _ = tenant.broker.api_key.split(".")
    status = tenant.push("GET", batch_id="NONE")
    bearer = [f"nobody.{of_client}.{secret}", f"{tenant.maker.client['client_id']}.{secret}"]
    pairs = [("nobody.0a", secret), (f"{tenant.name}.0a", secret)]
    listed = tenant.portfolio("portfolio_status")
    return {
        "X-Api-Key": [
            replace(listed, headers={"X-Api-Key": [key]})
            for key in (
                f"nobody.{of_client}.{secret}",
                f"{partner}.0a.{secret}",
                f"{partner}.{of_client}.{secret}",
            )
        ],
        "Bearer": [
            replace(status, headers={"Authorization": [f"Bearer {one}"]})
            for one in (*bearer, f"{tenant.name}.0a.{secret}")
        ],
        "Basic": [replace(status, headers={"Authorization": [basic(*pair)]}) for pair in pairs],
        "sign in": [
            tenant.sign_in(api_token="Supplier_60000"),
            tenant.sign_in(api_signature="0" * 128),
            tenant.sign_in(api_keyversion="77"),
        ],
        "client": [
            tenant.ask("push_token", {"grant_type": "client_credentials"}, basic(*pair))
            for pair in (*pairs, (tenant.clients["push_token"]["client_id"], secret))
        ],
    }
