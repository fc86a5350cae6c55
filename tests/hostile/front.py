"""API Gateway before the functions, as a WSGI application: the template's routes and no others."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.cloudformation import properties
from tests.describing import routes
from tests.gateway import Gateway

type Environment = Mapping[str, Any]
type Start = Callable[[str, list[tuple[str, str]]], object]
type After = Callable[[str, Mapping[str, Any], Mapping[str, Any]], None]
"""Gets a route's path, the event it was called with, and its answer."""

CONTENT = {"CONTENT_TYPE": "Content-Type", "CONTENT_LENGTH": "Content-Length"}


@cache
def patterns() -> list[tuple[re.Pattern[str], str, str, str]]:
    """The routes: what raw paths match, the path, its method, its function's folder."""
    return [
        (re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), path, method, function)
        for (path, method), function in routes().items()
    ]


def unrouted() -> bytes:
    """What API Gateway answers by itself where it has no route: the template's text, filled in."""
    response = properties("Api")["GatewayResponses"]["MISSING_AUTHENTICATION_TOKEN"]
    text: str = response["ResponseTemplates"]["application/json"]
    message = json.dumps("Missing Authentication Token")
    return text.replace("$context.error.messageString", message).encode()


class Front:
    """The whole API. Counts what it answers, by status."""

    def __init__(
        self,
        gateway: Gateway,
        before_each: Callable[[], None] = lambda: None,
        after_each: After = lambda *_: None,
    ) -> None:
        """Serve these functions; the others are called around every request."""
        self._gateway = gateway
        self._before_each = before_each
        self._after_each = after_each
        self.answered: Counter[int] = Counter()

    def __call__(self, environ: Environment, start: Start) -> Iterable[bytes]:
        """Answer a request."""
        self._before_each()
        status, headers, body = self._answer(environ)
        self.answered[status] += 1
        start(f"{status} {HTTPStatus(status).phrase}", list(headers.items()))
        return [body]

    def _answer(self, environ: Environment) -> tuple[int, Mapping[str, str], bytes]:
        path = environ["RAW_URI"].partition("?")[0].removeprefix("/uat")
        method = environ["REQUEST_METHOD"]
        for pattern, route, served, function in patterns():
            found = pattern.fullmatch(path)
            if found and served == method.lower():
                event = _event(environ, method, found.groupdict())
                answer = self._gateway.handler(function)(event, None)
                self._after_each(route, event, answer)
                return answer["statusCode"], answer["headers"], answer["body"].encode()
        headers = {"Content-Type": "application/json"}
        return 403, headers, unrouted()


def _event(environ: Environment, method: str, path: Mapping[str, str]) -> dict[str, Any]:
    query: dict[str, list[str]] = {}
    raw = environ.get("QUERY_STRING", "").encode("latin-1").decode(errors="replace")
    for name, value in parse_qsl(raw, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    headers = {
        CONTENT.get(name, name.removeprefix("HTTP_").replace("_", "-").title()): [value]
        for name, value in environ.items()
        if name.startswith("HTTP_") or (name in CONTENT and value)
    }
    return {
        "httpMethod": method,
        "pathParameters": {name: unquote(value) for name, value in path.items()} or None,
        "multiValueHeaders": headers,
        "multiValueQueryStringParameters": query or None,
        # API Gateway hands text to functions, and puts U+FFFD for what is none.
        "body": environ["wsgi.input"].read().decode(errors="replace") or None,
        "isBase64Encoded": False,
        "requestContext": {"requestId": "a-request"},
    }
