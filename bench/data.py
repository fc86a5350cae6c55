"""Rows that look like real ones: about 180 bytes of JSON each."""

import json
import random
import uuid
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any, Protocol

from batchgate import wiring
from batchgate.contracts.loyalty import calls as loyalty
from batchgate.contracts.loyalty import items
from batchgate.contracts.portfolio import submit
from batchgate.contracts.push import calls, datasets
from batchgate.http import Request
from batchgate.model import Account, Part

SYMBOLS = ["FPT", "VNM", "VCB", "HPG", "MWG", "SSI", "VIC", "VHM", "TCB", "MBB", "ACB", "GAS"]


def portfolio(user: int, version: int = 0) -> dict[str, Any]:
    """A user's portfolio; another version has other quantities."""
    chance = random.Random(user * 1_000_003 + version)  # noqa: S311 (no secret)
    holding = []
    for symbol in chance.sample(SYMBOLS, 2):
        quantity = chance.randrange(1, 5_000) * 10
        holding.append(
            {
                "symbol": symbol,
                "totalQty": quantity,
                "costPrice": f"{chance.randrange(1_000, 200_000) / 100:.2f}",
                "tradableQty": quantity - chance.choice([0, 0, 0, 10, 50]),
            }
        )
    return {"userId": f"USER{user:07}", "holding": holding}


def stock(part: int, version: int = 0) -> dict[str, Any]:
    """A row of the data set `odm/inventory`; another version has another quantity."""
    chance = random.Random(part * 1_000_003 + version)  # noqa: S311 (no secret)
    return {
        "bu": "PC",
        "odm": "LCFC",
        "odm_pn": f"SD10W{part:07}",
        "material_type": "FG",
        "location": "H121",
        "odm_qty": str(chance.randrange(10_000)),
        "po": "4500012345",
        "version": "20260101",
        "remark": f"lot {chance.randrange(10**6):06}",
    }


def card(number: int, version: int = 0) -> dict[str, Any]:
    """A card as a retailer sends it whole; another version has another amount."""
    chance = random.Random(number * 1_000_003 + version)  # noqa: S311 (no secret)
    return {
        "code": f"4567{number:09}",
        "type": "tipo1",
        "validFrom": "2026-01-01",
        "validTo": "2026-12-31",
        "cvv": f"{number % 1_000:03}",
        "customerId": f"{number * 7:07}",
        "amount": chance.randrange(100_000) / 100,
        "status": "ENABLED",
    }


class Source(Protocol):
    """Where a benchmark's rows come from, and how their contract reads them."""

    answers: bool
    """Whether the contract answers with the outcome."""

    def body(self, rows: Sequence[int], versions: Sequence[int]) -> bytes:
        """A request's body with these rows."""

    def read(self, body: bytes) -> Part:
        """The part that the contract reads from it."""


ACCOUNT = Account(
    partner="bench", disabled=False, contracts=frozenset({"portfolio", "push", "loyalty"}), keys={}
)


class Portfolios:
    """The portfolio contract."""

    answers = False

    def body(self, rows: Sequence[int], versions: Sequence[int]) -> bytes:
        """A submitted batch."""
        return _compact(
            {"portfolios": [portfolio(*one) for one in zip(rows, versions, strict=True)]}
        )

    def read(self, body: bytes) -> Part:
        """The part that the submit function reads."""
        query = [("signature", "0" * 64)]
        return submit.read(
            Request(headers={}, query=query, body=body, correlation_id="bench"), ACCOUNT
        )


class Stocks:
    """The push contract's `odm/inventory`, pushed with one method."""

    answers = True

    def __init__(self, method: str) -> None:
        self._method = method

    def body(self, rows: Sequence[int], versions: Sequence[int]) -> bytes:
        """A pushed sequence."""
        size = str(len(rows))
        return _compact(
            {
                "batch_id": "BENCH",
                "batch_size": size,
                "seq_id": "1",
                "seq_size": size,
                "data": [stock(*one) for one in zip(rows, versions, strict=True)],
            }
        )

    def read(self, body: bytes) -> Part:
        """The part that the push function reads."""
        feed = datasets.find("odm", "inventory")
        if feed is None:
            raise RuntimeError("odm/inventory is not declared")
        request = Request(
            headers={}, query=[], body=body, correlation_id="bench", method=self._method
        )
        return calls.read(request, ACCOUNT, feed)[0]


class Cards:
    """The loyalty contract's `cardAdmin`, with one operation and an `Idempotency-Key`.

    New cards are those of a company that has none: another one for every request.
    """

    answers = True

    def __init__(self, operation: str, *, new: bool = False) -> None:
        self._operation = operation
        self._companies = (f"new-{at}" if new else "bench" for at in count())
        self._account = ACCOUNT

    def body(self, rows: Sequence[int], versions: Sequence[int]) -> bytes:
        """A request."""
        company = next(self._companies)
        self._account = replace(ACCOUNT, companies=frozenset({company}))
        operation = {"operation": self._operation}
        given = [operation | card(*one) for one in zip(rows, versions, strict=True)]
        return _compact({"companyId": company, "params": [], "items": given})

    def read(self, body: bytes) -> Part:
        """The part that the cards' function reads."""
        key = {"idempotency-key": [str(uuid.uuid4())]}
        request = Request(headers=key, query=[], body=body, correlation_id="bench")
        return loyalty.read(
            request,
            self._account,
            items.CARD,
            lambda: CVV_KEY,
            wiring.batches().standing,
            wiring.clock,
        ).part


CVV_KEY = bytes(32)
"""Not the stack's, which a warm function has at hand: asking for it would count as a call."""


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
