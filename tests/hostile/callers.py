"""A partner of each contract, and how its calls are signed: anew, with what is really sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Any
from urllib.parse import parse_qsl

from batchgate import wiring
from batchgate.access import enrol, signature
from tests import pushing, retailing, supplying
from tests.gateway import Gateway, Partner
from tests.hostile.front import Environment, Front, Start
from tests.pushing import basic
from tests.signing import signed
from tests.supplying import Supplier

type Case = Any
"""One of schemathesis's, whose parts may be anything: on purpose, some are wrong."""

SIGN_ME = "sign-me"
"""Stands for a signature until the request is complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Partners with credentials that are good."""

    gateway: Gateway
    broker: Partner
    supplier: Supplier
    client: Mapping[str, str]
    user: Mapping[str, str]
    pushing: Sequence[str]
    """`Authorization` headers of manufacturers: one by each way."""
    loyal: str

    def sign(self, case: Case, draw: Random) -> None:
        """Give a call what its operation asks for; where it is wrong on purpose, leave that."""
        name = case.operation.definition.raw["operationId"]
        match name:
            case "portfolioSubmit" | "portfolioStatus":
                self._sign_query(case)
            case "pushToken" | "loyaltyToken":
                client = self.client if name == "pushToken" else self.user
                if draw.random() < 0.8 and not _has(case.body, "client_secret"):
                    pair = client["client_id"], client["client_secret"]
                    _put(case.headers, "Authorization", basic(*pair))
            case "proposalSignIn":
                self._sign_in(case, draw)
            case _ if name.startswith("push"):
                _put(case.headers, "Authorization", draw.choice(self.pushing))
            case _ if name.startswith("loyalty"):
                _put(case.headers, "Authorization", self.loyal)
            case _:
                cookie, _, value = self.supplier.cookie.partition("=")
                _put(case.cookies, cookie, value)
                if name != "proposalToken":
                    _put(case.headers, supplying.WSSID, self.supplier.wssid)

    def _sign_query(self, case: Case) -> None:
        _put(case.headers, "X-Api-Key", self.broker.api_key)
        _put(case.query, "signature", SIGN_ME)
        given = case.query.get("timestamp", "") if isinstance(case.query, dict) else ""
        if str(given).isdecimal() or not case.meta.generation.mode.is_negative:
            _put(case.query, "timestamp", str(self.gateway.clock.ms))

    def _sign_in(self, case: Case, draw: Random) -> None:
        negative = case.meta.generation.mode.is_negative
        body = case.body if negative and isinstance(case.body, str) and case.body else None
        headers, sent = signed(self.supplier.client, self.gateway.clock.ms // 1_000, body)
        case.body = sent
        for name, value in headers.items():
            if not negative or draw.random() < 0.9:
                _put(case.headers, name, value)


def _put(container: Any, name: str, value: str) -> None:
    if hasattr(container, "update"):  # on purpose, some queries are no mappings
        container[name] = value


def _has(container: Any, name: str) -> bool:
    return isinstance(container, dict) and name in container


def provider(callers: Callers, draw: Random) -> type[Any]:
    """What signs every call of a run."""

    class Signing:
        def get(self, _case: Case, _context: Any) -> Callers:
            return callers

        def set(self, case: Case, data: Callers, _context: Any) -> None:
            data.sign(case, draw)

    return Signing


class Signer:
    """What a client does last: puts the signature of query and body into the query."""

    def __init__(self, front: Front, secret: str) -> None:
        """Sign with this secret what goes to this front."""
        self._front = front
        self._secret = secret

    def __call__(self, environ: Environment, start: Start) -> Iterable[bytes]:
        """Send a request on."""
        marked = f"signature={SIGN_ME}"
        query = environ.get("QUERY_STRING", "")
        if marked not in query:
            return self._front(environ, start)
        body = environ["wsgi.input"].read()
        pairs = parse_qsl(query.encode("latin-1").decode(), keep_blank_values=True)
        text = signature.signed_text(pairs, body.decode(errors="replace").encode())
        made = query.replace(marked, f"signature={signature.sign(self._secret, text)}")
        whole = {**environ, "QUERY_STRING": made, "wsgi.input": BytesIO(body)}
        return self._front(whole, start)


def enrolled(gateway: Gateway, prefix: str = "") -> Callers:
    """New partners; tokens and sessions are good for as long as the clock stands still."""
    maker = pushing.enrolled(gateway, f"{prefix}maker")
    user = enrol.basic(f"{prefix}basic-maker", "push", wiring.partners())
    retailer = retailing.opened(gateway, f"{prefix}retailer")
    return Callers(
        gateway=gateway,
        broker=gateway.enrol(f"{prefix}broker"),
        supplier=supplying.newly_set_up(gateway),
        client=maker.client,
        user=retailer.client,
        pushing=[maker.authorization, basic(user["username"], user["password"])],
        loyal=retailer.authorization,
    )
