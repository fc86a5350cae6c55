"""What a token endpoint says beside the RFC's words: which reason it was, and whose fault."""

import pytest

from batchgate import wiring
from batchgate.access import enrol
from tests.engine.calls import answering, refusal
from tests.gateway import Answer, Gateway
from tests.pushing import FORM, Maker, ask, basic

CLIENT = "grant_type=client_credentials"
NOT_READ = "the form can't be read"
UNKNOWN = "unknown client or wrong secret"
UNREADABLE = "unreadable Authorization header"
NO_USER = "unknown user or wrong password"


def told(answer: Answer) -> tuple[int, str, str]:
    """An error's status, its code and what it says of it."""
    assert list(answer.body) == ["error", "error_description"]
    assert answer.headers["Pragma"] == "no-cache"
    return answer.status, answer.body["error"], answer.body["error_description"]


def ours(maker: Maker) -> str:
    """The header of a client that is one."""
    return basic(maker.client["client_id"], maker.client["client_secret"])


@pytest.fixture(scope="module")
def user(standing: Gateway) -> dict[str, str]:
    """A client with a user, set up for the password grant alone."""
    return enrol.user("someone", "push", wiring.partners())


@pytest.mark.parametrize(
    ("form", "error", "why"),
    [
        ("", "invalid_request", "grant_type is missing"),
        ("grant_type=implicit", "unsupported_grant_type", "use client_credentials or password"),
        ("grant_type=password", "unauthorized_client", "not set up for this grant"),
        (f"{CLIENT}&scope=admin", "invalid_scope", "the only scope is default"),
        (f"{CLIENT}&{CLIENT}", "invalid_request", "a parameter comes twice"),
        (f"{CLIENT}&grant_type=", "invalid_request", "a parameter comes twice"),
        ("grant_type", "invalid_request", "grant_type is missing"),
        ("grant_type=%ff", "invalid_request", NOT_READ),
        (f"{CLIENT}&client_secret=x", "invalid_request", "client credentials in two places"),
        (f"{CLIENT}&client_id=x", "invalid_request", "another client_id in the form"),
    ],
)
def test_each_reason_has_its_own_words(
    standing: Gateway, lasting: Maker, form: str, error: str, why: str
) -> None:
    """Many reasons share a code: a developer at the other end needs to know which it was."""
    assert told(ask(standing, form, authorization=ours(lasting))) == (400, error, why)


@pytest.mark.parametrize(
    ("form", "authorization", "why"),
    [
        (CLIENT, None, "client_id and client_secret are missing"),
        (f"{CLIENT}&client_id=maker.00000000", None, "client_id and client_secret are missing"),
        (f"{CLIENT}&client_id=maker.00000000&client_secret=x", None, UNKNOWN),
        (CLIENT, basic("maker.00000000", "x"), UNKNOWN),
        (CLIENT, "Basic !!!", UNREADABLE),
        (CLIENT, "Bearer abc", UNREADABLE),
    ],
)
def test_a_client_is_told_why_it_is_none(
    standing: Gateway, form: str, authorization: str | None, why: str
) -> None:
    """And by which scheme it may try again."""
    answer = ask(standing, form, authorization=authorization)

    assert told(answer) == (401, "invalid_client", why)
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="token"'


def test_a_client_of_another_contract_is_no_client_here(standing: Gateway) -> None:
    """Nor does it learn that it is one elsewhere."""
    client = enrol.client("elsewhere", "loyalty", wiring.partners())

    answer = ask(
        standing, CLIENT, authorization=basic(client["client_id"], client["client_secret"])
    )

    assert told(answer) == (401, "invalid_client", UNKNOWN)


@pytest.mark.parametrize(
    ("named", "error", "why"),
    [
        ("", "invalid_request", "username and password are missing"),
        ("&username=someone.00000000", "invalid_request", "username and password are missing"),
        ("&password=x", "invalid_request", "username and password are missing"),
        ("&username=someone.00000000&password=x", "invalid_grant", NO_USER),
    ],
)
def test_a_user_is_told_why_it_is_none(
    standing: Gateway, user: dict[str, str], named: str, error: str, why: str
) -> None:
    """Whether it was forgotten, or is wrong."""
    header = basic(user["client_id"], user["client_secret"])

    answer = ask(standing, f"grant_type=password{named}", authorization=header)

    assert told(answer) == (400, error, why)


def test_another_partners_user_is_nobody_here(standing: Gateway, user: dict[str, str]) -> None:
    """In the words for one that nobody has."""
    theirs = enrol.user("neighbour", "push", wiring.partners())
    form = f"grant_type=password&username={theirs['username']}&password={theirs['password']}"

    answer = ask(standing, form, authorization=basic(user["client_id"], user["client_secret"]))

    assert told(answer) == (400, "invalid_grant", NO_USER)


def test_credentials_may_come_after_more_than_one_blank(standing: Gateway, lasting: Maker) -> None:
    """As HTTP has it (RFC 9110, 11.4)."""
    header = ours(lasting).replace(" ", "  ")

    assert ask(standing, CLIENT, authorization=header).status == 200


def test_what_is_no_form_is_told_what_to_send(standing: Gateway, lasting: Maker) -> None:
    """Most clients that send JSON do so by mistake."""
    answer = ask(standing, "{}", authorization=ours(lasting), content_type="application/json")

    assert told(answer) == (400, "invalid_request", f"send {FORM}")


def test_a_form_has_8192_bytes_and_twenty_fields(standing: Gateway, lasting: Maker) -> None:
    """The guide names the bytes; a form of ours has six fields, and no client needs many more."""
    others = "".join(f"&f{at}=1" for at in range(19))

    for form in (f"{CLIENT}&x=".ljust(8_192, "x"), CLIENT + others):
        assert ask(standing, form, authorization=ours(lasting)).status == 200
    for form, why in (
        (f"{CLIENT}&x=".ljust(8_193, "x"), "body: at most 8192 bytes"),
        (f"{CLIENT}{others}&f=1", NOT_READ),
    ):
        answer = ask(standing, form, authorization=ours(lasting))
        assert told(answer) == (400, "invalid_request", why)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ThrottlingException", (503, {"error": "temporarily_unavailable"})),
        ("ValidationException", (500, {"error": "server_error"})),
    ],
)
def test_what_is_our_fault_is_told_as_ours(
    standing: Gateway, lasting: Maker, code: str, expected: tuple[int, dict[str, str]]
) -> None:
    """A client asks again after a pause, and nobody on the way keeps the answer."""
    with answering("PutItem", *[refusal(code)] * 9):
        answer = ask(standing, CLIENT, authorization=ours(lasting))

    assert (answer.status, answer.body) == expected
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    assert ask(standing, CLIENT, authorization=ours(lasting)).status == 200
