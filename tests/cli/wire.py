"""HTTP between the partners' clients and the functions, in this process."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from local.client import BATCH, STATUS, SYNC
from tests.gateway import Gateway
from tests.pushing import at_work

FUNCTIONS = {
    ("POST", BATCH): "portfolio_submit",
    ("GET", STATUS): "portfolio_status",
    ("POST", "/v1.0/scc/token"): "push_token",
    ("POST", "/promo/api/oauth/token"): "loyalty_token",
    ("POST", "/promo/api/rest/cardAdmin"): "loyalty_cards",
}

type Before = Callable[[httpx.Request], httpx.Response | None]
"""What may answer, or raise, instead of the gateway."""


@contextmanager
def wired(
    monkeypatch: pytest.MonkeyPatch, gateway: Gateway, before: Before = lambda _: None
) -> Iterator[list[httpx.Request]]:
    """Have httpx reach the functions, with a worker at work; gives the requests made."""
    made: list[httpx.Request] = []

    def handle(_: object, request: httpx.Request) -> httpx.Response:
        request.read()
        made.append(request)
        return before(request) or serve(gateway, request)

    with monkeypatch.context() as patch, at_work(gateway, "worker"):
        patch.setattr(httpx.HTTPTransport, "handle_request", handle)
        yield made


def serve(gateway: Gateway, request: httpx.Request) -> httpx.Response:
    """What the gateway answers to a request, as API Gateway would hand it over."""
    gateway.clock.now_us = time.time_ns() // 1_000  # clients sign with the true time
    path = request.url.path.removeprefix("/uat")
    parameters = None
    if path.startswith(SYNC):
        function = "push_status" if request.method == "GET" else "push_rows"
        category, key = path.removeprefix(f"{SYNC}/").split("/")
        parameters = {"data_category": category, "biz_key": key}
    else:
        function = FUNCTIONS[request.method, path]
    answer = gateway.call(
        function,
        query=list(request.url.params.multi_items()),
        headers={name.title(): [value] for name, value in request.headers.items()},
        body=request.content,
        method=request.method,
        path=parameters,
    )
    return httpx.Response(answer.status, headers=dict(answer.headers), text=answer.text)
