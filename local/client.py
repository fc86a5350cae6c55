"""How a partner calls the gateway: from the contract alone, with none of the gateway's code."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

BATCH = "/api/personalize/v1/partner/sync/portfolio/batch"
STATUS = f"{BATCH}/status"
POLL_SECONDS = 0.1


class PortfolioClient:
    """A broker that sends its users' portfolios and looks up what became of them.

    Args:
        base_url: the API's stage, without a slash at its end.
        api_key: goes along with every call.
        secret: signs every call and never leaves this process.
    """

    def __init__(self, base_url: str, *, api_key: str, secret: str) -> None:
        self._secret = secret
        self._http = httpx.Client(
            base_url=base_url, headers={"X-Api-Key": api_key}, timeout=30, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def submit(self, batch: Mapping[str, Any]) -> httpx.Response:
        """Submit a batch: `{"batchId", "portfolios"}`."""
        body = json.dumps(batch, ensure_ascii=False).encode()
        return self.call("POST", BATCH, body=body)

    def status(self, **parameters: str) -> httpx.Response:
        """Look up one batch (`batchId`) or all; `limit` and `cursor` page through the rows."""
        return self.call("GET", STATUS, parameters)

    def ended(self, seconds: float = 60, **parameters: str) -> httpx.Response:
        """The status once nothing is pending; `TimeoutError` if that takes too long."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.status(**parameters)
            if answer.is_success and answer.json()["data"]["pendingCount"] == 0:
                return answer
            if time.monotonic() > deadline:
                raise TimeoutError(answer.text)
            time.sleep(POLL_SECONDS)

    def call(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str] | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Make a signed call."""
        given = {**(parameters or {}), "timestamp": str(time.time_ns() // 1_000_000)}
        query = signed_query(self._secret, given, body)
        json_headers = {"Content-Type": "application/json"} if body else {}
        return self._http.request(
            method, f"{path}?{query}", content=body, headers={**json_headers, **(headers or {})}
        )


def signed_query(secret: str, parameters: Mapping[str, str], body: bytes) -> str:
    """The query of a call, with its signature: HMAC-SHA256 of the query and the body's bytes."""
    pairs = sorted(
        (quote(name, safe=""), quote(value, safe="")) for name, value in parameters.items()
    )
    query = "&".join(f"{name}={value}" for name, value in pairs)
    signature = hmac.new(secret.encode(), query.encode() + body, hashlib.sha256).hexdigest()
    return f"{query}&signature={signature}"
