"""Two partners of every contract, what each has, and calls that name what another has."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from batchgate import wiring
from batchgate.access import enrol, signature
from tests import pushing, retailing, supplying
from tests.gateway import STATUS, Answer, Gateway, Partner
from tests.pushing import FORM, MASTER_DATA, Maker
from tests.retailing import Retailer
from tests.signing import sent, signed
from tests.supplying import Supplier

_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. `told` are texts that the answer may repeat, and that no comparison minds."""

    function: str
    method: str = "POST"
    path: Mapping[str, str] | None = None
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: bytes = b""
    told: Sequence[str] = ()

    def made(self, gateway: Gateway) -> Answer:
        """The answer to it."""
        return gateway.call(
            self.function,
            method=self.method,
            path=self.path,
            query=self.query,
            headers=self.headers,
            body=self.body,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A partner of every contract, under one name."""

    gateway: Gateway
    name: str
    broker: Partner
    maker: Maker
    clients: Mapping[str, Mapping[str, str]]
    """Clients with users, by the function that gives them tokens."""
    retailer: Retailer
    supplier: Supplier
    own: str
    """A data set that no other partner of these tests may use."""

    def portfolio(
        self, function: str, body: Any = None, told: Sequence[str] = (), **parameters: str
    ) -> Call:
        """A signed call."""
        raw = b"" if body is None else json.dumps(body).encode()
        query = [*parameters.items(), ("timestamp", str(self.gateway.clock.ms))]
        made = signature.sign(self.broker.secret, signature.signed_text(query, raw))
        return Call(
            function=function,
            method="GET" if function == STATUS else "POST",
            query=[*query, ("signature", made)],
            headers={"X-Api-Key": [self.broker.api_key]},
            body=raw,
            told=told,
        )

    def push(
        self,
        method: str,
        body: Any = None,
        data_set: str = MASTER_DATA,
        told: Sequence[str] = (),
        **query: str,
    ) -> Call:
        """A call about a data set."""
        category, key = data_set.split("/")
        return Call(
            function=pushing.STATUS if method == "GET" else pushing.ROWS,
            method=method,
            path={"data_category": category, "biz_key": key},
            query=list(query.items()),
            headers={"Authorization": [self.maker.authorization]},
            body=b"" if body is None else json.dumps(body).encode(),
            told=told,
        )

    def loyal(self, function: str, body: Any, key: str = "", told: Sequence[str] = ()) -> Call:
        """A call about cards, coupons or segments."""
        keyed = {"Idempotency-Key": [key]} if key else {}
        return Call(
            function=function,
            headers={"Authorization": [self.retailer.authorization], **keyed},
            body=json.dumps(body).encode(),
            told=told,
        )

    def propose(
        self,
        function: str,
        number: object = None,
        body: Any = None,
        told: Sequence[str] = (),
        **query: str,
    ) -> Call:
        """A call about proposals."""
        return Call(
            function=function,
            method=supplying.METHODS[function],
            path=None if number is None else {"id": str(number)},
            query=list(query.items()),
            headers=self.supplier.headers(),
            body=b"" if body is None else json.dumps(body).encode(),
            told=told or ([] if number is None else [str(number)]),
        )

    def ask(self, function: str, form: Mapping[str, str], authorization: str = "") -> Call:
        """A call for a token."""
        given = {"Authorization": [authorization]} if authorization else {}
        return Call(
            function=function,
            headers={"Content-Type": [FORM], **given},
            body=urlencode(form).encode(),
        )

    def sign_in(self, body: str | None = None, **changes: str) -> Call:
        """A sign-in, but for this body and these headers."""
        now_s = self.gateway.clock.ms // 1_000
        headers, body = signed(self.supplier.client, now_s, body, **changes)
        return Call(function=supplying.SIGN_IN, headers=sent(headers), body=body.encode())

    def kept(self) -> list[Any]:
        """All that is stored of this partner, in every table."""
        return [
            [row for row in self.gateway.rows(table) if self._owns(row["pk"]["S"])]
            for table in ("BatchesTable", "RecordsTable", "PartnersTable")
        ]

    def _owns(self, pk: str) -> bool:
        return pk == self.name or pk.startswith(f"{self.name}#") or pk.endswith(f"#{self.name}")


def settled(gateway: Gateway, name: str, own: str) -> Tenant:
    """A new partner of every contract."""
    number = 70_000 + next(_numbers)
    maker = pushing.enrolled(gateway, name)
    wiring.partners.cache_clear()  # an account is trusted for seconds, without what is added
    retailer = retailing.opened(gateway, name, f"company-of-{name}")
    user = enrol.user(name, "push", wiring.partners())
    wiring.partners().limit(name, {MASTER_DATA, own})
    wiring.partners.cache_clear()
    return Tenant(
        gateway=gateway,
        name=name,
        broker=gateway.enrol(name),
        maker=maker,
        clients={pushing.TOKEN: user, retailing.TOKEN: retailer.client},
        retailer=retailer,
        own=own,
        supplier=supplying.enrolled(gateway, name, number),
    )


def unknown() -> str:
    """A batch's id that nobody has."""
    return str(uuid4())


def short() -> str:
    """A name that nobody has, always of the same length."""
    return f"B{next(_numbers):06}"


def portfolios(batch: str, *users: str, quantity: object = 1) -> dict[str, Any]:
    """A batch of portfolios."""
    holding = {"symbol": "FPT", "totalQty": quantity, "costPrice": 1, "tradableQty": 1}
    return {
        "batchId": batch,
        "portfolios": [{"userId": user, "holding": [holding]} for user in users],
    }


def rows(batch: str, *parts: str, seq: str = "1", quantity: object = "7") -> dict[str, Any]:
    """A whole pushed batch."""
    return {
        "batch_id": batch,
        "batch_size": len(parts),
        "seq_id": seq,
        "seq_size": len(parts),
        "data": [{"LENOVO_PN": part, "PLANT": "H121", "QTY": quantity} for part in parts],
    }


type Twin = tuple[Call, Call]
"""A call that names what another has, and the same that names what nobody has."""

type Case = Callable[[Tenant, Tenant], Twin]
"""Gets the owner, which has made what the call is about, and the stranger, who calls."""


def sent_by(owner: Tenant, *calls: Call) -> list[Answer]:
    """The answers to an owner's calls, all of which are served."""
    answers = [call.made(owner.gateway) for call in calls]
    assert all(answer.status in {200, 204} for answer in answers), answers
    return answers
