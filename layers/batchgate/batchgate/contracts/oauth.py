"""The token endpoint that push and loyalty share: RFC 6749, two grants."""

from collections.abc import Callable
from urllib.parse import parse_qsl

from batchgate.access import tokens
from batchgate.errors import Busy, Refusal, UnknownCaller
from batchgate.http import Reply, Request

BODY_BYTES = 8_192
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenRefused(Refusal):
    """No token, for one of RFC 6749's reasons (section 5.2)."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(error, why)
        self.error = error
        self.why = why


def token(request: Request, contract: str, kept: tokens.Tokens, clock: Callable[[], int]) -> Reply:
    """A new bearer token for the client that asks.

    Raises:
        TokenRefused: the request, the client, the user or the grant is not right.
    """
    form = _form(request)
    client_id, client_secret = _client(request, form)
    try:
        account = tokens.by_secret("c", client_id, client_secret, kept)
    except UnknownCaller:
        raise TokenRefused("invalid_client", "unknown client or wrong secret") from None
    if contract not in account.contracts:
        raise TokenRefused("invalid_client", "unknown client or wrong secret")
    grant = form.get("grant_type", "")
    if not grant:
        raise TokenRefused("invalid_request", "grant_type is missing")
    if grant not in tokens.GRANTS:
        raise TokenRefused("unsupported_grant_type", f"use {' or '.join(tokens.GRANTS)}")
    if f"{contract}:{grant}" not in account.methods:
        raise TokenRefused("unauthorized_client", "not set up for this grant")
    if form.get("scope", "default") != "default":
        raise TokenRefused("invalid_scope", "the only scope is default")
    if grant == "password":
        _check_user(form, account.partner, kept)
    made = tokens.issue(client_id, kept, clock() // 1_000_000)
    answer = {
        "access_token": made,
        "scope": "default",
        "token_type": "Bearer",
        "expires_in": tokens.LIFE_S,
    }
    return Reply(200, answer, NO_STORE)


def refuse(error: Exception) -> Reply:
    """The answer to a request that gets no token."""
    if isinstance(error, Busy):
        return Reply(503, {"error": "temporarily_unavailable"}, NO_STORE)
    if not isinstance(error, TokenRefused):
        return Reply(500, {"error": "server_error"}, NO_STORE)
    body = {"error": error.error, "error_description": error.why}
    if error.error == "invalid_client":
        return Reply(401, body, NO_STORE | {"WWW-Authenticate": 'Basic realm="token"'})
    return Reply(400, body, NO_STORE)


def _form(request: Request) -> dict[str, str]:
    kind = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise TokenRefused("invalid_request", "send application/x-www-form-urlencoded")
    if len(request.body) > BODY_BYTES:
        raise TokenRefused("invalid_request", f"body: at most {BODY_BYTES} bytes")
    try:
        pairs = parse_qsl(
            request.body.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=20,
        )
    except ValueError:
        raise TokenRefused("invalid_request", "the form can't be read") from None
    if len(dict(pairs)) < len(pairs):
        raise TokenRefused("invalid_request", "a parameter comes twice")
    # RFC 6749 section 3.2: without a value, a parameter counts as left out.
    return {name: value for name, value in pairs if value}


def _client(request: Request, form: dict[str, str]) -> tuple[str, str]:
    if "authorization" not in request.headers:
        if not form.get("client_id") or not form.get("client_secret"):
            raise TokenRefused("invalid_client", "client_id and client_secret are missing")
        return form["client_id"], form["client_secret"]
    if "client_secret" in form:
        raise TokenRefused("invalid_request", "client credentials in two places")
    header = (request.header("Authorization") or "")[: tokens.LONGEST_HEADER]
    scheme, _, given = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise UnknownCaller
        client_id, client_secret = tokens.basic(given.strip())
    except UnknownCaller:
        raise TokenRefused("invalid_client", "unreadable Authorization header") from None
    if form.get("client_id", client_id) != client_id:
        raise TokenRefused("invalid_request", "another client_id in the form")
    return client_id, client_secret


def _check_user(form: dict[str, str], partner: str, kept: tokens.Tokens) -> None:
    if not form.get("username") or not form.get("password"):
        raise TokenRefused("invalid_request", "username and password are missing")
    try:
        account = tokens.by_secret("p", form["username"], form["password"], kept)
    except UnknownCaller:
        raise TokenRefused("invalid_grant", "unknown user or wrong password") from None
    if account.partner != partner:
        raise TokenRefused("invalid_grant", "unknown user or wrong password")
