"""A supplier that prepares batches of listing changes, and a worker that is at work or not."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from batchgate import wiring
from batchgate.access import enrol
from tests.gateway import Answer, Gateway
from tests.pushing import at_work
from tests.retailing import Hourglass
from tests.signing import sent, signed

SIGN_IN, TOKEN = "proposal_sign_in", "proposal_token"
CREATE, LIST, GET, CHANGE = "proposal_create", "proposal_list", "proposal_get", "proposal_change"
METHODS = {CREATE: "POST", LIST: "GET", GET: "GET", CHANGE: "PATCH", SIGN_IN: "POST", TOKEN: "GET"}
WSSID = "X-YahooWSSID-Authorization"
SHARDS = 2
HOUR = 3_600
LEFT_OUT: Any = object()
"""Instead of a field's value: the field is not sent."""


_numbers = count(1)
UNITS = {"seconds": 1, "minutes": 60, "hours": HOUR, "days": 24 * HOUR}


def text(us: int) -> str:
    """A time as the contract writes it."""
    return datetime.fromtimestamp(us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def detail(listing: Any, execute: Any = 1001, revert: Any = 1002) -> dict[str, Any]:
    """One entry of `details`."""
    return {"listingId": listing, "executeProposalId": execute, "revertProposalId": revert}


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """A partner of the proposal contract."""

    gateway: Gateway
    name: str
    client: Mapping[str, str]
    cookie: str = ""
    wssid: str = ""

    @property
    def api_token(self) -> str:
        """Who this supplier is, as `creator` and `modifier` name it."""
        return f"Supplier_{self.client['supplier_id']}"

    def now(self, **later: float) -> str:
        """The time in so many `seconds`, `minutes`, `hours`, or `days`."""
        return text(self.gateway.clock.now_us + int(_seconds(**later) * 1_000_000))

    def sign_in(self, body: str | None = None, **changes: str) -> Answer:
        """Sign in, but for these headers."""
        headers, body = signed(self.client, self.gateway.clock.ms // 1_000, body, **changes)
        return self.gateway.call(SIGN_IN, headers=sent(headers), body=body.encode())

    def signed_in(self) -> "Supplier":
        """This supplier with a new session."""
        answer = self.sign_in()
        assert answer.status == 204, answer.text
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        told = self.gateway.call(TOKEN, method="GET", headers={"Cookie": [cookie]})
        assert told.status == 200, told.text
        return replace(self, cookie=cookie, wssid=told.body["wssid"])

    def headers(self) -> dict[str, Sequence[str]]:
        """What every call carries."""
        return {"Cookie": [self.cookie], WSSID: [self.wssid]}

    def call(
        self,
        function: str,
        *,
        headers: Mapping[str, Sequence[str]] | None = None,
        number: object = None,
        body: object = b"",
        query: Sequence[tuple[str, str]] = (),
    ) -> Answer:
        """Call an endpoint with exactly these headers, or with this supplier's."""
        if not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        return self.gateway.call(
            function,
            method=METHODS[function],
            path=None if number is None else {"id": str(number)},
            headers=self.headers() if headers is None else headers,
            query=query,
            body=body,
        )

    def fields(self, **changes: Any) -> dict[str, Any]:
        """What makes a batch that executes in an hour and is taken back in two."""
        usual = {
            "proposalType": "updateImageV2",
            "batchSource": "api",
            "executeTs": self.now(hours=1),
            "revertTs": self.now(hours=2),
        }
        return {name: one for name, one in (usual | changes).items() if one is not LEFT_OUT}

    def create(self, **changes: Any) -> Answer:
        """Make such a batch, but for these fields."""
        return self.call(CREATE, body=self.fields(**changes))

    def batch(self, *details: Mapping[str, Any], **changes: Any) -> int:
        """The number of a new batch, with these details."""
        answer = self.create(**changes)
        assert answer.status == 200, answer.text
        number: int = answer.body["id"]
        if details:
            given = self.change(number, details=list(details))
            assert given.status == 200, given.text
        return number

    def get(self, number: object, **query: str) -> Answer:
        """Look a batch up."""
        return self.call(GET, number=number, query=list(query.items()))

    def told(self, number: object) -> dict[str, Any]:
        """All that is said of a batch that is there."""
        answer = self.get(number, fields="+details")
        assert answer.status == 200, answer.text
        told: dict[str, Any] = answer.body
        return told

    def states(self, number: object) -> tuple[str, str]:
        """Whether a batch was executed, and taken back."""
        told = self.told(number)
        return told["executeStatus"], told["revertStatus"]

    def list(self, **query: str) -> Answer:
        """List batches."""
        return self.call(LIST, query=list(query.items()))

    def change(self, number: object, body: object = None, /, **fields: Any) -> Answer:
        """Change these fields of a batch, or what the body says, while the worker works."""
        with at_work(self.gateway, "worker"), waiting_takes_no_time():
            return self.call(CHANGE, number=number, body=fields if body is None else body)

    def live(self, **later: float) -> None:
        """Go on to so much later, and do all that is due by then."""
        self.gateway.clock.move(seconds=_seconds(**later))
        while self.gateway.schedules.fire_due():
            self.gateway.drain()
        self.gateway.drain()

    def loses_the_contract(self) -> None:
        """Have this partner set up for another contract only."""
        self.gateway.dynamodb.update_item(
            TableName="PartnersTable",
            Key={"pk": {"S": self.name}, "sk": {"S": "#"}},
            UpdateExpression="SET contracts = :others",
            ExpressionAttributeValues={":others": {"SS": ["push"]}},
        )
        wiring.partners.cache_clear()

    def loses_its_key(self) -> None:
        """Have the key that this supplier signed in with taken away."""
        key = f"i/{self.client['key_version']}"
        self.gateway.dynamodb.delete_item(
            TableName="PartnersTable",
            Key={"pk": {"S": self.name}, "sk": {"S": key}},
            ConditionExpression="attribute_exists(pk)",
        )
        wiring.partners.cache_clear()

    def records(self) -> dict[int, Any]:
        """What is stored of listings, by their ids."""
        rows = [
            row
            for of in range(SHARDS)
            for row in self.gateway.dynamodb.query(
                TableName="RecordsTable",
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"{self.name}#listing#{of}"}},
            )["Items"]
        ]
        return {int(row["sk"]["S"]): json.loads(row["c"]["B"]) for row in rows if "c" in row}

    def active(self, *listings: int) -> Any:
        """A listing's active proposal, or those of several; `None` where there is none yet."""
        records = self.records()
        found = [records.get(one, {}).get("proposal") for one in listings]
        return found[0] if len(found) == 1 else found


def _seconds(**later: float) -> float:
    return sum(UNITS[unit] * number for unit, number in later.items())


def enrolled(gateway: Gateway, name: str, supplier_id: int) -> Supplier:
    """A new partner of the proposal contract, signed in."""
    client = enrol.supplier(name, supplier_id, wiring.partners(), wiring.master())
    return Supplier(gateway=gateway, name=name, client=client).signed_in()


def newly_set_up(gateway: Gateway) -> Supplier:
    """A supplier that nobody knows yet, signed in."""
    number = next(_numbers)
    return enrolled(gateway, f"supplier-{number}", 90_000 + number)


@contextmanager
def waiting_takes_no_time() -> Iterator[None]:
    """Have calls lose their patience at once where nobody works."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["batchgate.engine.phases"], "time", Hourglass())
        yield
