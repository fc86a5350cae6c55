"""One byte of what was signed, sealed or given out is changed, anywhere: it is refused."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from batchgate.contracts.portfolio.status import PARAMETERS
from tests.gateway import STATUS, SUBMIT, Gateway
from tests.hostile.fuzzing import worked
from tests.hostile.tenants import Call, Tenant, portfolios, rows, sent_by, settled, unknown
from tests.supplying import GET

ANYWHERE = st.integers(-4, 10**6)
"""A place from the start of a text on, or from its end."""
ANOTHER = st.integers(1, 255)
CHARACTERS = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
LIKE = dict(zip("0123456789abcdef", "1234567890bcdefa", strict=True))
"""What could stand in a letter's place in a number, or in what is written in sixteens."""
quickly = settings(
    deadline=None,
    max_examples=150,
    # The partner is made once; no example changes what another sees of it.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def acme(standing: Gateway) -> Iterator[Tenant]:
    """A partner of every contract."""
    with worked(standing):
        yield settled(standing, "acme", "odm/bom")


@pytest.fixture(scope="module")
def submission(acme: Tenant) -> Call:
    """A signed batch, which nobody sends as it is."""
    return acme.portfolio(SUBMIT, portfolios(unknown(), "u1", "u2"), recvWindow="60000")


@pytest.fixture(scope="module")
def sign_in(acme: Tenant) -> Call:
    """A sign-in that is right."""
    return acme.sign_in()


@pytest.fixture(scope="module")
def cursors(acme: Tenant) -> dict[str, str]:
    """Cursors of both kinds, as they were given out."""
    sent_by(acme, acme.portfolio(SUBMIT, portfolios(unknown(), "u1", "u2")))
    sent_by(acme, acme.push("POST", rows("CURSOR", "P1", "P2", quantity="x")))
    page, failed = sent_by(
        acme,
        acme.portfolio(STATUS, limit="1"),
        acme.push("GET", batch_id="CURSOR", limit="1"),
    )
    return {
        "portfolio": page.body["data"]["nextCursor"],
        "push": failed.body["result"]["nextCursor"],
    }


def put(text: str, at: int, character: str) -> str:
    """A text with another character at some place of it."""
    place = at % len(text)
    return text[:place] + character + text[place + 1 :]


def refused(call: Call, acme: Tenant, *statuses: int) -> Any:
    """What a call is told that is not served."""
    answer = call.made(acme.gateway)
    assert answer.status in statuses, (answer.status, answer.text)
    return answer.body


def test_what_is_changed_here_would_be_served_as_it_is(
    acme: Tenant, sign_in: Call, cursors: dict[str, str]
) -> None:
    """Otherwise its refusals would prove nothing."""
    sent_by(
        acme,
        acme.portfolio(SUBMIT, portfolios(unknown(), "u1"), recvWindow="60000"),
        sign_in,
        acme.portfolio(STATUS, cursor=cursors["portfolio"]),
        acme.push("GET", batch_id="CURSOR", cursor=cursors["push"]),
        acme.propose(GET, acme.supplier.batch()),
    )


@quickly
@given(at=ANYWHERE, change=ANOTHER)
def test_a_byte_of_a_signed_body(acme: Tenant, submission: Call, at: int, change: int) -> None:
    """Also one that API Gateway replaces, because it is no text any more."""
    place = at % len(submission.body)
    body = bytearray(submission.body)
    body[place] ^= change
    text = bytes(body).decode(errors="replace").encode()

    told = refused(replace(submission, body=text), acme, 401)

    assert told["message"] == "Invalid signature"


@quickly
@given(at=ANYWHERE, character=CHARACTERS)
def test_a_byte_of_a_signed_query(acme: Tenant, submission: Call, at: int, character: str) -> None:
    """Names, values and the signature's digits; but for the case of these, which does not count."""
    changed = put(urlencode(submission.query, quote_via=quote), at, character)
    query = parse_qsl(changed, keep_blank_values=True)
    assume(_plain(query) != _plain(submission.query))

    refused(replace(submission, query=query), acme, 400, 401)


def _plain(query: Any) -> list[tuple[str, str]]:
    return sorted((name, value.lower() if name == "signature" else value) for name, value in query)


def test_each_letter_of_a_signed_look(acme: Tenant) -> None:
    """Of every parameter that a call may have, by one that could stand there as well.

    Chance hardly ever puts a number in a number's place. And tests sign with the code that
    they test: if it left a parameter out, nothing else here would tell.
    """
    batch = unknown()
    sent_by(acme, acme.portfolio(SUBMIT, portfolios(batch, "u1", "u2")))
    (page,) = sent_by(acme, acme.portfolio(STATUS, batchId=batch, limit="1"))
    cursor = page.body["data"]["nextCursor"]
    look = acme.portfolio(STATUS, batchId=batch, limit="10", cursor=cursor, recvWindow="50000")
    sent_by(acme, look)
    names = [name for name, _ in look.query]
    assert set(names) == {"timestamp", "signature", "recvWindow", *PARAMETERS}

    for at, (name, value) in enumerate(look.query):
        for place, letter in enumerate(value):
            changed = put(value, place, LIKE.get(letter, "a"))
            query = [*look.query[:at], (name, changed), *look.query[at + 1 :]]
            refused(replace(look, query=query), acme, 401)


@quickly
@given(at=ANYWHERE, character=CHARACTERS)
def test_a_byte_of_an_api_key(acme: Tenant, submission: Call, at: int, character: str) -> None:
    """It names its partner, and no other key of it is good."""
    key = submission.headers["X-Api-Key"][0]
    changed = put(key, at, character)
    assume(changed != key)

    told = refused(replace(submission, headers={"X-Api-Key": [changed]}), acme, 401)

    assert told["message"] == "Invalid API key"


@quickly
@given(
    name=st.sampled_from(["api-token", "api-keyversion", "api-timestamp", "api-signature", ""]),
    at=ANYWHERE,
    character=CHARACTERS,
)
def test_a_byte_of_a_sign_in(
    acme: Tenant, sign_in: Call, name: str, at: int, character: str
) -> None:
    """Of any header that counts, or of the encrypted body."""
    if name:
        headers = {**sign_in.headers, name: [put(sign_in.headers[name][0], at, character)]}
        changed = replace(sign_in, headers=headers)
    else:
        body = put(sign_in.body.decode(), at, character).encode()
        changed = replace(sign_in, body=body)
    assume(changed != sign_in)

    refused(changed, acme, 400, 401)


@quickly
@given(which=st.sampled_from(["Cookie", "X-YahooWSSID-Authorization"]), at=ANYWHERE, c=CHARACTERS)
def test_a_byte_of_a_session(acme: Tenant, which: str, at: int, c: str) -> None:
    """Of its cookie's value, or of its word."""
    call = acme.propose("proposal_list")
    name, _, value = call.headers["Cookie"][0].partition("=")
    given = value if which == "Cookie" else call.headers[which][0]
    changed = put(given, at, c)
    assume(changed != given)
    carried = f"{name}={changed}" if which == "Cookie" else changed

    told = refused(replace(call, headers={**call.headers, which: [carried]}), acme, 401)

    assert told["error"]["code"] == (40100002 if which == "Cookie" else 40100004)


@quickly
@given(which=st.sampled_from(["portfolio", "push"]), at=ANYWHERE, character=CHARACTERS)
def test_a_byte_of_a_cursor(
    acme: Tenant, cursors: dict[str, str], which: str, at: int, character: str
) -> None:
    """In a call that is right in everything else, and signed with it."""
    cursor = put(cursors[which], at, character)
    assume(cursor != cursors[which])
    call = (
        acme.portfolio(STATUS, cursor=cursor)
        if which == "portfolio"
        else acme.push("GET", batch_id="CURSOR", cursor=cursor)
    )

    assert "Invalid parameter: cursor" in json.dumps(refused(call, acme, 400))


@quickly
@given(at=ANYWHERE, character=CHARACTERS)
def test_a_byte_of_a_token(acme: Tenant, at: int, character: str) -> None:
    """Only its SHA-256 is kept, and another token has another."""
    call = acme.push("GET", batch_id="CURSOR")
    token = call.headers["Authorization"][0].removeprefix("Bearer ")
    changed = put(token, at, character)
    assume(changed.strip() != token)

    headers = {"Authorization": [f"Bearer {changed}"]}
    assert refused(replace(call, headers=headers), acme, 401)["code"] == "401"
