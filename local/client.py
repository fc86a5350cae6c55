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

ISSUE = "/v1.0/scc/token"
SYNC = "/v1.0/scc/data/sync"
BATCH = "/api/personalize/v1/partner/sync/portfolio/batch"
STATUS = f"{BATCH}/status"
POLL_SECONDS = 0.1


class Client:
    """A partner's connection to the gateway."""

    def __init__(self, base_url: str, headers: Mapping[str, str] | None = None) -> None:
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=60, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()


class PortfolioClient(Client):
    """A broker that sends its users' portfolios and looks up what became of them.

    Args:
        base_url: the API's stage, without a slash at its end.
        api_key: goes along with every call.
        secret: signs every call and never leaves this process.
    """

    def __init__(self, base_url: str, *, api_key: str, secret: str) -> None:
        self._secret = secret
        super().__init__(base_url, {"X-Api-Key": api_key})

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


class LoyaltyClient(Client):
    """A retailer that maintains cards, coupons and customers' segments.

    Args:
        base_url: the API's stage, without a slash at its end.
        credentials: `client_id`, `client_secret`, `username`, `password`, `company_id`.
    """

    def __init__(self, base_url: str, credentials: Mapping[str, str]) -> None:
        super().__init__(base_url)
        self._credentials = credentials

    def token(self) -> str:
        """A new bearer token, used from here on."""
        known = self._credentials
        user = {name: known[name] for name in ("username", "password")}
        client = httpx.BasicAuth(known["client_id"], known["client_secret"])
        answer = self._http.post(
            "/promo/api/oauth/token", data={"grant_type": "password", **user}, auth=client
        )
        answer.raise_for_status()
        made: str = answer.json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {made}"
        return made

    def administer(
        self, endpoint: str, request: Mapping[str, Any], key: str | None = None
    ) -> httpx.Response:
        """Call `cardAdmin`, `couponAdmin` or `customerSegment`."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._http.post(f"/promo/api/rest/{endpoint}", json=request, headers=headers)


class PushClient(Client):
    """A manufacturer that pushes rows with a bearer token, or with HTTP Basic.

    Args:
        base_url: the API's stage, without a slash at its end.
        client_id: an OAuth client's; with its `client_secret`.
        client_secret: the client's.
        username: an OAuth user's with a client, a Basic user's without.
        password: the user's.
    """

    def __init__(
        self,
        base_url: str,
        *,
        client_id: str = "",
        client_secret: str = "",
        username: str = "",
        password: str = "",
    ) -> None:
        super().__init__(base_url)
        self._client = httpx.BasicAuth(client_id, client_secret)
        self._user = {"username": username, "password": password} if username else {}
        self._auth = None if client_id else httpx.BasicAuth(username, password)

    def token(self) -> str:
        """A new bearer token, used from here on."""
        grant = "password" if self._user else "client_credentials"
        answer = self._http.post(ISSUE, data={"grant_type": grant, **self._user}, auth=self._client)
        answer.raise_for_status()
        made: str = answer.json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {made}"
        return made

    def push(self, method: str, data_set: str, sequence: Mapping[str, Any]) -> httpx.Response:
        """Push one sequence of a batch."""
        return self._http.request(method, f"{SYNC}/{data_set}", json=sequence, auth=self._auth)

    def status(self, data_set: str, batch_id: str, **parameters: str) -> httpx.Response:
        """Look up what became of a batch."""
        query = {"batch_id": batch_id, **parameters}
        return self._http.get(f"{SYNC}/{data_set}", params=query, auth=self._auth)

    def completed(self, data_set: str, batch_id: str, seconds: float = 60) -> httpx.Response:
        """The status once a batch is completed; `TimeoutError` if that takes too long."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.status(data_set, batch_id)
            if answer.is_success and answer.json()["result"]["state"] == "completed":
                return answer
            if time.monotonic() > deadline:
                raise TimeoutError(answer.text)
            time.sleep(POLL_SECONDS)
