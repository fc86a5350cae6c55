"""A retailer that maintains its cards, coupons and segments, with a worker at work or not."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest

from batchgate import wiring
from batchgate.access import enrol
from tests.gateway import Answer, Gateway
from tests.pushing import FORM, at_work, basic

CARDS, COUPONS, SEGMENTS = "loyalty_cards", "loyalty_coupons", "loyalty_segments"
TOKEN = "loyalty_token"
FEEDS = {CARDS: "card", COUPONS: "coupon", SEGMENTS: "segment"}
SHARDS = 2
COUNTERS = ("updated", "ignored", "inserted", "removed", "errors")


def ask(gateway: Gateway, form: Mapping[str, str], authorization: str | None = None) -> Answer:
    """Ask for a token."""
    headers = {"Content-Type": [FORM]}
    if authorization is not None:
        headers["Authorization"] = [authorization]
    return gateway.call(TOKEN, headers=headers, body=urlencode(form).encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Retailer:
    """A partner of the loyalty contract."""

    gateway: Gateway
    name: str
    client: Mapping[str, str]
    company: str = "napse"
    authorization: str = ""

    def signed_in(self) -> "Retailer":
        """This partner with a new token; one lives for ten minutes."""
        client = basic(self.client["client_id"], self.client["client_secret"])
        user = {name: self.client[name] for name in ("username", "password")}
        answer = ask(self.gateway, {"grant_type": "password"} | user, client)
        assert answer.status == 200, answer.text
        return replace(self, authorization=f"Bearer {answer.body['access_token']}")

    def post(self, function: str, body: object, key: str | None = None) -> Answer:
        """Send a request, or a body as it is written, while the worker works."""
        with at_work(self.gateway, "worker"):
            return self.call(function, body, key)

    def call(
        self,
        function: str,
        body: object,
        key: str | None = None,
        headers: Mapping[str, Sequence[str]] | None = None,
    ) -> Answer:
        """Send a request, with these headers too, while nobody works."""
        with waiting_takes_no_time():
            return self.send(function, body, key, headers)

    def send(
        self,
        function: str,
        body: object,
        key: str | None = None,
        headers: Mapping[str, Sequence[str]] | None = None,
    ) -> Answer:
        """Send a request that waits for its outcomes as long as it wants."""
        given: dict[str, Sequence[str]] = {"Authorization": [self.authorization]}
        if key is not None:
            given["Idempotency-Key"] = [key]
        if not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        return self.gateway.call(function, headers=given | dict(headers or {}), body=body)

    def request(self, *items: Any, **changes: Any) -> dict[str, Any]:
        """A request with these items, but for these changes."""
        return {"companyId": self.company, "params": [], "items": list(items)} | changes

    def administer(self, function: str, *items: Any, **params: Any) -> dict[str, Any]:
        """What a request with these items and parameters is told, once it was seen to add up."""
        answer = self.post(function, self.request(*items, params=[params]))
        assert answer.status == 200, answer.text
        detail: dict[str, Any] = answer.body["detail"]
        assert detail["processed"] == sum(detail[name] for name in COUNTERS) == len(items)
        return detail

    def records(self, function: str) -> dict[str, Any]:
        """What is stored of a feed: contents by keys, parts of a key apart by `|`."""
        rows = [
            row
            for of in range(SHARDS)
            for row in self.gateway.dynamodb.query(
                TableName="RecordsTable",
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"{self.name}#{FEEDS[function]}#{of}"}},
            )["Items"]
        ]
        return {
            row["sk"]["S"].replace("\x1f", "|"): json.loads(row["c"]["B"])
            for row in rows
            if "c" in row
        }


def opened(gateway: Gateway, name: str, *companies: str) -> Retailer:
    """A new partner of the loyalty contract, with a token."""
    client = enrol.retailer(name, companies[0] if companies else "napse", wiring.partners())
    for company in companies[1:]:
        wiring.partners().add_company(name, company)
    return Retailer(
        gateway=gateway, name=name, client=client, company=client["company_id"]
    ).signed_in()


class Hourglass:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        """How long was waited so far, in seconds."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Wait, which takes no time."""
        self._now += seconds


@contextmanager
def waiting_takes_no_time() -> Iterator[None]:
    """Have calls lose their patience at once where nobody works."""
    with pytest.MonkeyPatch.context() as patch:
        # By its module's name: the package has a function of that name.
        patch.setattr(sys.modules["batchgate.engine.exchange"], "time", Hourglass())
        yield
