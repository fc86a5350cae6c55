"""API Gateway in and out. Knows no partner and no contract."""

import re
import time
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from batchgate import telemetry
from batchgate.errors import BadSignature, Busy, Refusal, SignInRefused, WindowExceeded

_CORRELATION_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}", re.ASCII)
CORRELATION_HEADER = "x-correlation-id"
PAGE_BYTES = 4_000_000
"""A page of a list ends early at this size, `handed_over`: Lambda answers with at most 6 MB."""
SIGNED_WRONGLY = (BadSignature, SignInRefused, WindowExceeded)
"""Refusals for a signature or its time: many of them ring."""


def handed_over(told: Any) -> int:
    """How many bytes this takes as Lambda hands it over: JSON in a text, its quotes escaped."""
    return len(orjson.dumps(orjson.dumps(told).decode()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call.

    `headers` have lower-case names and all values sent, `query` is decoded, `path` holds
    the path's parameters.
    """

    headers: Mapping[str, Sequence[str]]
    query: Sequence[tuple[str, str]]
    body: bytes
    correlation_id: str
    method: str = ""
    path: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """A header's value; `None` where it is missing or sent more than once."""
        values = self.headers.get(name.lower(), ())
        return values[0] if len(values) == 1 else None

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "Request":
        """The call that an API Gateway proxy event describes."""
        headers: dict[str, list[str]] = {}
        for name, values in (event.get("multiValueHeaders") or {}).items():
            headers.setdefault(name.lower(), []).extend(map(_text, values))
        body = event.get("body") or ""
        given = headers.get(CORRELATION_HEADER, [""])[0]
        made = event.get("requestContext", {}).get("requestId", "")
        return cls(
            headers=headers,
            query=[
                (_text(name), _text(value))
                for name, values in (event.get("multiValueQueryStringParameters") or {}).items()
                for value in values
            ],
            body=b64decode(body)
            if event.get("isBase64Encoded")
            else body.encode(errors="surrogatepass"),
            correlation_id=given if _CORRELATION_ID.fullmatch(given) else made,
            method=event.get("httpMethod", ""),
            path={
                name: _text(value) for name, value in (event.get("pathParameters") or {}).items()
            },
        )


def _text(given: str) -> str:
    """Text that can be signed and answered: `?` for half a surrogate pair, which is none."""
    return given.encode(errors="replace").decode()


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `body` is sent as JSON, and `None` with status 204 as nothing."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def endpoint(
    *, refuse: Callable[[Exception], Reply]
) -> Callable[[Callable[[Request], Reply]], Handler]:
    """Make a Lambda handler of a function that serves one kind of call.

    Whatever the function raises is answered by `refuse`, in the contract's own shape: a
    `Refusal` is the caller's business, `Busy` and anything else is our fault and rings.
    """

    def wrap(serve: Callable[[Request], Reply]) -> Handler:
        def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            request = Request.of(event)
            with telemetry.invocation(correlation_id=request.correlation_id):
                began = time.monotonic()
                reply = _serve(request, serve, refuse, _function(context))
                _answered(reply.status, time.monotonic() - began, _function(context))
            headers = {
                "Content-Type": "application/json",
                "Cache-Control": "no-store",
                "X-Correlation-Id": request.correlation_id,
                **reply.headers,
            }
            body = "" if reply.status == 204 else orjson.dumps(reply.body).decode()
            return {"statusCode": reply.status, "headers": headers, "body": body}

        return handler

    return wrap


def _serve(
    request: Request,
    serve: Callable[[Request], Reply],
    refuse: Callable[[Exception], Reply],
    function: str,
) -> Reply:
    try:
        return serve(request)
    except Refusal as refusal:
        telemetry.count(telemetry.REFUSED, function=function)
        if isinstance(refusal, SIGNED_WRONGLY):
            telemetry.count(telemetry.REFUSED_SIGNATURES)
        telemetry.logger.info("refused", extra={"refusal": type(refusal).__name__})
        return refuse(refusal)
    except Busy as busy:
        telemetry.count(telemetry.BUSY)
        telemetry.logger.warning("busy", extra={"reason": str(busy)})
        return refuse(busy)
    except Exception as error:  # noqa: BLE001 (a caller never sees our insides)
        telemetry.logger.exception("failed")
        return refuse(error)


def _answered(status: int, seconds: float, function: str) -> None:
    answers = telemetry.ANSWERS.get(status // 100, telemetry.ANSWERS[2])
    telemetry.count(answers, function=function)
    telemetry.logger.info("answered", extra={"status": status, "ms": round(seconds * 1e3)})


def _function(context: Any) -> str:
    """The function's name in the template; CloudFormation makes `stack-Name-letters` of it."""
    names: list[str] = getattr(context, "function_name", "").split("-")
    return names[-2] if len(names) > 2 else "local"
