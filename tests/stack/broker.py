"""Partners of the stack under test, and what they send."""

import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from local.client import BATCH, PortfolioClient, signed_query

WAIT_SECONDS = 90.0


class Broker(PortfolioClient):
    """A partner who can also send what no honest client would.

    What must never show in a log is added to `secrets`: credentials, and every signature.
    """

    def __init__(
        self, base_url: str, name: str, credentials: Mapping[str, str], secrets: set[str]
    ) -> None:
        super().__init__(base_url, **credentials)
        self.name = name
        self.api_key = credentials["api_key"]
        self.secret = credentials["secret"]
        self._secrets = secrets
        secrets |= {self.api_key, self.secret}
        self._bare = httpx.Client(base_url=base_url, timeout=60, trust_env=False)

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bare.close()
        super().__exit__(kind, error, trace)

    def call(self, *arguments: Any, **named: Any) -> httpx.Response:
        answer = super().call(*arguments, **named)
        self._secrets.add(answer.request.url.params["signature"])
        return answer

    def signed(self, body: bytes = b"", parameters: Mapping[str, str] | None = None) -> str:
        """The query of a call that is signed now."""
        now = {"timestamp": str(time.time_ns() // 1_000_000)}
        query = signed_query(self.secret, {**(parameters or {}), **now}, body)
        self._secrets.add(query.rsplit("=", 1)[1])
        return query

    def send(
        self,
        method: str,
        path: str,
        query: str,
        *,
        body: bytes = b"",
        headers: Sequence[tuple[str, str]] | None = None,
    ) -> httpx.Response:
        """Send exactly this; without `headers` the API key goes along, and nothing else."""
        given = [("X-Api-Key", self.api_key)] if headers is None else list(headers)
        return self._bare.request(method, f"{path}?{query}", content=body, headers=given)

    def post(self, body: bytes) -> httpx.Response:
        """Submit these bytes, rightly signed."""
        return self.send("POST", BATCH, self.signed(body), body=body)


def batch(*users: str, holdings: int = 1, **changed: object) -> dict[str, Any]:
    """A batch with a new id: a portfolio for each user, with so many holdings."""
    return {
        "batchId": str(uuid4()),
        "portfolios": [
            {"userId": user, "holding": [holding(f"TICK{at}", **changed) for at in range(holdings)]}
            for user in users
        ],
    }


def holding(symbol: str, **changed: object) -> dict[str, Any]:
    """A good holding, but for what is changed."""
    good = {"symbol": symbol, "totalQty": 100, "costPrice": "95.50", "tradableQty": 80}
    return good | changed


def told(answer: httpx.Response) -> tuple[int, str]:
    """Status and message of an answer that has the contract's shape, whatever it says."""
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == ["status", "message", "data"]
    assert body["status"] == answer.status_code
    return body["status"], body["message"]


def counters(answer: httpx.Response) -> tuple[int, int, int, int]:
    """How many rows there are in all, succeeded, failed and pending."""
    data = answer.json()["data"]
    return (
        data["totalCount"],
        data["successCount"],
        data["failedCount"],
        data["pendingCount"],
    )


def until[T](look: Callable[[], T | None], seconds: float = WAIT_SECONDS) -> T:
    """What a look gives once it gives something; `TimeoutError` if that takes too long."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(look)
        time.sleep(0.1)
    return seen
