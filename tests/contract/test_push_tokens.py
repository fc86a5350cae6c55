"""The token endpoint: RFC 6749's two grants, its errors, and what is kept of secrets."""

import json
import re
from typing import Any

import pytest

from batchgate import wiring
from batchgate.access import enrol
from tests.gateway import Answer, Gateway
from tests.pushing import Maker, ask, basic

CLIENT = {"grant_type": "client_credentials"}


def error(answer: Answer) -> tuple[int, str]:
    """An error's status and code, once its headers have been seen to be right."""
    assert set(answer.body) <= {"error", "error_description", "error_uri"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in answer.headers) is (answer.status == 401)
    return answer.status, answer.body["error"]


def in_body(client: Any) -> dict[str, str]:
    return {"client_id": client["client_id"], "client_secret": client["client_secret"]}


def in_header(client: Any) -> str:
    return basic(client["client_id"], client["client_secret"])


@pytest.fixture(scope="module")
def user(standing: Gateway) -> dict[str, str]:
    """A client with a user, set up for the password grant alone."""
    return enrol.user("user", "push", wiring.partners())


def test_a_token_is_answered_as_published(standing: Gateway, lasting: Maker) -> None:
    """Names, their order and types are what a client parses; nobody on the way may keep it."""
    answer = ask(standing, CLIENT, authorization=in_header(lasting.client))

    assert answer.status == 200
    token = answer.body["access_token"]
    assert json.dumps(answer.body) == (
        f'{{"access_token": "{token}", "scope": "default", '
        '"token_type": "Bearer", "expires_in": 600}'
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert answer.headers["Content-Type"] == "application/json"


def test_every_token_is_new_and_has_256_random_bits(standing: Gateway, lasting: Maker) -> None:
    """43 letters of 64 are 258 bits: nobody guesses one from another."""
    tokens = [
        ask(standing, CLIENT, authorization=in_header(lasting.client)).body["access_token"]
        for _ in range(5)
    ]

    assert len(set(tokens)) == 5
    assert all(re.search(r"[A-Za-z0-9_-]{43}$", token) for token in tokens)


def test_credentials_come_in_the_header_or_in_the_body(standing: Gateway, lasting: Maker) -> None:
    """RFC 6749 section 2.3.1 has both; a client library picks one."""
    header = ask(standing, CLIENT, authorization=in_header(lasting.client))
    body = ask(standing, CLIENT | in_body(lasting.client))
    named = ask(
        standing,
        CLIENT | {"client_id": lasting.client["client_id"]},
        authorization=in_header(lasting.client),
    )

    assert [header.status, body.status, named.status] == [200, 200, 200]


def test_credentials_in_both_places_are_refused(standing: Gateway, lasting: Maker) -> None:
    """RFC 6749 section 2.3: one way per request."""
    answer = ask(
        standing, CLIENT | in_body(lasting.client), authorization=in_header(lasting.client)
    )

    assert error(answer) == (400, "invalid_request")


def test_another_client_in_the_form_is_refused(standing: Gateway, lasting: Maker) -> None:
    """Of two that are named, nobody knows which one is meant, whether the other is one or not."""
    other = enrol.client("other", "push", wiring.partners())

    for named in (other["client_id"], "x"):
        form = CLIENT | {"client_id": named}
        answer = ask(standing, form, authorization=in_header(lasting.client))
        assert error(answer) == (400, "invalid_request")


def test_a_user_gets_a_token_by_password(standing: Gateway, user: dict[str, str]) -> None:
    """The third of the three published ways."""
    form = {"grant_type": "password", "username": user["username"], "password": user["password"]}

    assert ask(standing, form, authorization=in_header(user)).status == 200
    assert ask(standing, form | in_body(user)).status == 200


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"password": "wrong"}, "invalid_grant"),
        ({"username": "user.00000000"}, "invalid_grant"),
        ({"username": "nobody"}, "invalid_grant"),
        ({"username": "中文"}, "invalid_grant"),
        ({"password": ""}, "invalid_request"),
        ({"username": ""}, "invalid_request"),
    ],
)
def test_a_wrong_user_gets_no_token(
    standing: Gateway, user: dict[str, str], changes: dict[str, str], expected: str
) -> None:
    """The client is right: this is `invalid_grant`, and no challenge for the client."""
    form = {"grant_type": "password", "username": user["username"], "password": user["password"]}

    assert error(ask(standing, form | changes, authorization=in_header(user))) == (400, expected)


def test_another_partners_user_gets_no_token(standing: Gateway, user: dict[str, str]) -> None:
    """A client speaks for its own partner's users only."""
    theirs = enrol.user("stranger", "push", wiring.partners())
    form = {
        "grant_type": "password",
        "username": theirs["username"],
        "password": theirs["password"],
    }

    assert error(ask(standing, form, authorization=in_header(user))) == (400, "invalid_grant")


def test_a_grant_that_a_partner_is_not_set_up_for_is_refused(
    standing: Gateway, lasting: Maker, user: dict[str, str]
) -> None:
    """A partner is set up for one way; a stolen credential must not open another."""
    theirs = {"username": user["username"], "password": user["password"]}
    by_password = ask(
        standing, {"grant_type": "password"} | theirs, authorization=in_header(lasting.client)
    )
    by_client = ask(standing, CLIENT, authorization=in_header(user))

    assert error(by_password) == (400, "unauthorized_client")
    assert error(by_client) == (400, "unauthorized_client")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("", "invalid_request"),
        ("grant_type=", "invalid_request"),
        ("grant_type=authorization_code", "unsupported_grant_type"),
        ("grant_type=CLIENT_CREDENTIALS", "unsupported_grant_type"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&scope=default&scope=default", "invalid_request"),
        ("grant_type=client_credentials&scope=admin", "invalid_scope"),
        ("grant_type", "invalid_request"),
        ("grant_type=%ff", "invalid_request"),
        ("grant_type=client_credentials&x=" + "x" * 9_000, "invalid_request"),
        ("grant_type=client_credentials" + "&x=1" * 30, "invalid_request"),
        ('{"grant_type": "client_credentials"}', "invalid_request"),
    ],
)
def test_a_wrong_form_is_told_in_the_words_of_the_rfc(
    standing: Gateway, lasting: Maker, form: str, expected: str
) -> None:
    """RFC 6749 section 5.2, and section 3.2 on repeated parameters."""
    answer = ask(standing, form, authorization=in_header(lasting.client))

    assert error(answer) == (400, expected)


@pytest.mark.parametrize(
    "form",
    ["grant_type=client_credentials&scope=", "grant_type=client_credentials&client_secret="],
)
def test_a_parameter_without_a_value_counts_as_left_out(
    standing: Gateway, lasting: Maker, form: str
) -> None:
    """RFC 6749 section 3.2: a library that always sends `scope=` works."""
    assert ask(standing, form, authorization=in_header(lasting.client)).status == 200


@pytest.mark.parametrize(
    "form",
    [
        "grant_type=client_credentials&",
        "&grant_type=client_credentials",
        "grant_type=client_credentials&&scope=default&",
    ],
)
def test_an_ampersand_too_many_does_no_harm(standing: Gateway, lasting: Maker, form: str) -> None:
    """As the WHATWG reads a form: a sender that joins its fields one by one leaves one over."""
    assert ask(standing, form, authorization=in_header(lasting.client)).status == 200


def test_the_one_scope_may_be_asked_for(standing: Gateway, lasting: Maker) -> None:
    """The answer tells `default`; a client that repeats it is right."""
    form = CLIENT | {"scope": "default"}

    assert ask(standing, form, authorization=in_header(lasting.client)).status == 200


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/x-www-form-urlencoded; charset=UTF-8", 200),
        ("Application/X-WWW-Form-Urlencoded", 200),
        ("application/json", 400),
        ("text/plain", 400),
        ("", 400),
        (None, 400),
    ],
)
def test_only_a_form_is_read(
    standing: Gateway, lasting: Maker, content_type: str | None, status: int
) -> None:
    """RFC 6749 section 4.4.2, with a charset or without."""
    answer = ask(
        standing, CLIENT, authorization=in_header(lasting.client), content_type=content_type
    )

    assert answer.status == status
    assert status == 200 or error(answer) == (400, "invalid_request")


@pytest.mark.parametrize(
    "authorization",
    [
        basic("maker.00000000", "secret"),
        basic("nobody.00000000", "secret"),
        basic("", ""),
        basic("a:b:c", "d"),
        basic("#", "t"),
        "Basic",
        "Basic !!!",
        "Basic 5Lit",
        "Basic " + "QQ==" * 2_500,
        "Bearer abc",
        "Digest abc",
        "中文",
        "",
        "A" * 10_000,
    ],
)
def test_an_unreadable_or_unknown_client_is_challenged(
    standing: Gateway, authorization: str
) -> None:
    """RFC 6749: 401 with the scheme to use, whatever the header holds."""
    answer = ask(standing, CLIENT, authorization=authorization)

    assert error(answer) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_a_wrong_secret_and_no_secret_are_told_alike(standing: Gateway, lasting: Maker) -> None:
    """Nobody learns which clients there are."""
    client_id = lasting.client["client_id"]
    wrong = ask(standing, CLIENT, authorization=basic(client_id, "wrong"))
    unknown = ask(standing, CLIENT, authorization=basic("nobody.00000000", "wrong"))
    nothing = ask(standing, CLIENT)
    alone = ask(standing, CLIENT | {"client_id": client_id})

    assert [error(one) for one in (wrong, unknown, nothing, alone)] == [(401, "invalid_client")] * 4
    assert wrong.body == unknown.body
