"""The token endpoints of push and loyalty: RFC 6749."""

from typing import Any, Literal, NotRequired, TypedDict

from batchgate.access import tokens
from batchgate.contracts import oauth
from ops.openapi.operations import CHALLENGE, answer, body, operation
from ops.openapi.schemas import Schema, of, ref, saying

FORM = "application/x-www-form-urlencoded"


class Ask(TypedDict):
    """A request for a token; the client may stand in the `Authorization` header instead."""

    grant_type: Literal["client_credentials", "password"]
    client_id: NotRequired[str]
    client_secret: NotRequired[str]
    username: NotRequired[str]
    password: NotRequired[str]
    scope: NotRequired[Literal["default"]]


class Token(TypedDict):
    """A token, good for so many seconds."""

    access_token: str
    scope: Literal["default"]
    token_type: Literal["Bearer"]
    expires_in: int


class Refused(TypedDict):
    """No token, and why."""

    error: str
    error_description: NotRequired[str]


SCHEMAS: dict[str, Schema] = of("oauth", [Ask, Token, Refused])
SECURITY = {
    "client": {
        "type": "http",
        "scheme": "basic",
        "description": "`client_id:client_secret`; both may stand in the form instead",
    },
    "bearer": {"type": "http", "scheme": "bearer", "description": "A token, opaque"},
}
NO_STORE = {"Cache-Control": {"required": True, "schema": {"const": "no-store"}}}
REASONS = [
    "invalid_request",
    "unsupported_grant_type",
    "unauthorized_client",
    "invalid_scope",
    "invalid_grant",
]


def _refused(description: str, error: Any, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    refused = saying(ref("oauth.Refused"), error=error)
    return answer(description, refused, NO_STORE | (headers or {}))


def token(name: str) -> dict[str, Any]:
    """The operation that gives a token to clients of a contract."""
    return operation(
        name,
        f"A token, good for {tokens.LIFE_S} seconds",
        security=[{"client": []}, {}],
        request=body(ref("oauth.Ask"), media_type=FORM)
        | {"description": f"At most {oauth.BODY_BYTES} bytes"},
        responses={
            "200": answer(
                "A token", saying(ref("oauth.Token"), expires_in=tokens.LIFE_S), NO_STORE
            ),
            "400": _refused("RFC 6749, section 5.2", REASONS),
            "401": _refused("Not a client of this contract", "invalid_client", CHALLENGE),
            "500": _refused("Our fault", "server_error"),
            "503": _refused("Busy", "temporarily_unavailable"),
        },
    )
