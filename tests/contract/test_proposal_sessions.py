"""The session that a sign-in opens: its cookie, its wssid, and how long it lasts."""

import string
from collections.abc import Callable
from dataclasses import replace

import pytest

from batchgate import wiring
from tests.contract.proposal_calls import (
    BAD_COOKIE,
    BAD_WSSID,
    EXPIRED,
    FORBIDDEN,
    NO_COOKIE,
    NOT_FOUND,
    refusal,
    told,
)
from tests.gateway import Answer, Gateway
from tests.supplying import CHANGE, CREATE, GET, LIST, TOKEN, WSSID, Supplier, newly_set_up

pytestmark = pytest.mark.usefixtures("traceless")

SIX_HOURS = 21_600
BEHIND_BOTH = pytest.mark.parametrize("function", [CREATE, LIST, GET, CHANGE])
EVERYWHERE = pytest.mark.parametrize("function", [TOKEN, CREATE, LIST, GET, CHANGE])
NUMBERED = (GET, CHANGE)
ALPHABET = string.ascii_letters + string.digits + "-_.=+/"


@pytest.fixture(scope="module")
def lasting(standing: Gateway) -> Supplier:
    """A supplier that no test shuts out."""
    return newly_set_up(standing)


@pytest.fixture
def member(lasting: Supplier) -> Supplier:
    """It, with a new session: other tests move the clock."""
    return lasting.signed_in()


def call(supplier: Supplier, function: str, **headers: str | None) -> Answer:
    """Call with the usual headers but for these; `None` leaves one out."""
    given = {"cookie": supplier.cookie, "wssid": supplier.wssid} | headers
    names = {"cookie": "Cookie", "wssid": WSSID}
    return supplier.call(
        function,
        headers={names[name]: [value] for name, value in given.items() if value is not None},
        number=1 if function in NUMBERED else None,
        body={} if function in (CREATE, CHANGE) else b"",
    )


def comes_through(answer: Answer) -> bool:
    """Whether a call was let in: what it then finds is another matter."""
    return answer.status in (200, 404) or answer.body["error"]["code"] == 0


@EVERYWHERE
def test_a_call_with_its_session_comes_through(member: Supplier, function: str) -> None:
    """Nothing else is needed."""
    assert comes_through(call(member, function))


@EVERYWHERE
@pytest.mark.parametrize("cookie", [None, "", "_sq=x", "a=b; sp=x", "x"])
def test_a_call_without_the_cookie_is_refused(
    member: Supplier, function: str, cookie: str | None
) -> None:
    """Whatever else a browser sends there."""
    assert told(call(member, function, cookie=cookie)) == refusal(NO_COOKIE)


@EVERYWHERE
@pytest.mark.parametrize(
    "value", ["x", "a.b.c", "a=b", "==", "x" * 10_000, "é", "{}", "\ud800", "A" * 64]
)
def test_a_cookie_that_is_not_ours_is_refused(member: Supplier, function: str, value: str) -> None:
    """By its value; it is no fault of ours, either."""
    assert told(call(member, function, cookie=f"_sp={value}")) == refusal(BAD_COOKIE)


def test_a_cookie_that_was_altered_anywhere_is_refused(member: Supplier) -> None:
    """No character of it is without meaning: nobody makes two cookies of one."""
    for at in range(len("_sp="), len(member.cookie)):
        old = member.cookie[at]
        beside = chr(ord(old) ^ 1)
        for new in {"A", "z", "-", beside} & set(ALPHABET) - {old}:
            altered = member.cookie[:at] + new + member.cookie[at + 1 :]
            assert told(call(member, TOKEN, cookie=altered)) == refusal(BAD_COOKIE), at


@pytest.mark.parametrize("change", [lambda one: one[:-1], lambda one: one + "A", str.swapcase])
def test_a_cookie_of_another_length_or_case_is_refused(
    member: Supplier, change: Callable[[str], str]
) -> None:
    """Nor is anything left out, put behind, or folded."""
    altered = "_sp=" + change(member.cookie.removeprefix("_sp="))

    assert told(call(member, TOKEN, cookie=altered)) == refusal(BAD_COOKIE)


@pytest.mark.parametrize("given", ["a=b; {}", "{}; a=b", "a=b; {}; c=d", "a=b;{};c=d", "a; {}"])
def test_other_cookies_do_not_matter(member: Supplier, given: str) -> None:
    """A browser sends all that it has for a site."""
    assert comes_through(call(member, LIST, cookie=given.format(member.cookie)))


def test_cookies_may_come_in_headers_of_their_own(member: Supplier) -> None:
    """HTTP/2 lets a client split them (RFC 9113, 8.2.3)."""
    headers = {"Cookie": ["a=b", member.cookie, "c=d"], WSSID: [member.wssid]}

    assert member.call(LIST, headers=headers).status == 200


@EVERYWHERE
def test_a_session_that_comes_twice_is_refused(member: Supplier, function: str) -> None:
    """Also the same: whoever reads the other one would see another caller."""
    twice = f"{member.cookie}; {member.cookie}"

    assert told(call(member, function, cookie=twice)) == refusal(BAD_COOKIE)


@BEHIND_BOTH
@pytest.mark.parametrize("wssid", [None, "", "x", "é", "x" * 10_000, "\ud800"])
def test_a_call_without_the_sessions_wssid_is_refused(
    member: Supplier, function: str, wssid: str | None
) -> None:
    """A cookie alone is what another site can make a browser send."""
    assert told(call(member, function, wssid=wssid)) == refusal(BAD_WSSID)


def test_a_wssid_that_was_altered_anywhere_is_refused(member: Supplier) -> None:
    """Each of its characters counts."""
    made = member.wssid
    for at, old in enumerate(made):
        new = "A" if old != "A" else "B"
        altered = made[:at] + new + made[at + 1 :]
        assert told(call(member, LIST, wssid=altered)) == refusal(BAD_WSSID), at
    for altered in (made[:-1], made + "A", made.swapcase()):
        assert told(call(member, LIST, wssid=altered)) == refusal(BAD_WSSID)


def test_the_wssid_is_the_same_for_the_sessions_life(member: Supplier) -> None:
    """Two windows of one browser work side by side."""
    for _ in range(2):
        answer = call(member, TOKEN, wssid=None)
        assert told(answer) == (200, {"wssid": member.wssid})


def test_the_token_call_needs_no_wssid(member: Supplier) -> None:
    """It is where the wssid comes from: one that is wrong does no harm."""
    assert call(member, TOKEN, wssid="x").body == {"wssid": member.wssid}


def test_another_session_has_another_wssid(member: Supplier) -> None:
    """Even of the same supplier in the same second; and neither does for the other."""
    another = member.signed_in()

    assert another.cookie != member.cookie
    assert another.wssid != member.wssid
    assert told(call(another, LIST, wssid=member.wssid)) == refusal(BAD_WSSID)
    assert told(call(another, LIST, cookie=member.cookie)) == refusal(BAD_WSSID)
    assert comes_through(call(another, LIST))


def test_another_suppliers_cookie_with_my_wssid_is_refused(
    member: Supplier, neighbour: Supplier
) -> None:
    """And the other way round."""
    assert told(call(neighbour, LIST, wssid=member.wssid)) == refusal(BAD_WSSID)
    assert told(call(member, LIST, wssid=neighbour.wssid)) == refusal(BAD_WSSID)


def test_a_cookie_says_nothing_of_the_wssid(member: Supplier) -> None:
    """Who reads one can't make the other without our key."""
    assert member.wssid not in member.cookie
    assert len(member.wssid) >= 20


@EVERYWHERE
def test_a_session_ends_after_six_hours(neighbour: Supplier, function: str) -> None:
    """To the second, whatever was done meanwhile."""
    neighbour.gateway.clock.move(seconds=SIX_HOURS - 1)
    assert comes_through(call(neighbour, function))

    neighbour.gateway.clock.move(seconds=1)

    assert told(call(neighbour, function)) == refusal(EXPIRED)
    assert comes_through(call(neighbour.signed_in(), function))


def test_an_expired_cookie_is_told_so_before_a_wrong_wssid(neighbour: Supplier) -> None:
    """The first of the checks that fails is told; an altered one is never called expired."""
    neighbour.gateway.clock.move(seconds=SIX_HOURS)

    assert told(call(neighbour, LIST, wssid="x")) == refusal(EXPIRED)
    assert told(call(neighbour, LIST, cookie=neighbour.cookie + "A")) == refusal(BAD_COOKIE)


@EVERYWHERE
def test_a_supplier_that_is_shut_out_may_do_nothing_more(
    neighbour: Supplier, function: str
) -> None:
    """Its session is still young."""
    wiring.partners().disable(neighbour.name)
    wiring.partners.cache_clear()

    assert told(call(neighbour, function)) == refusal(FORBIDDEN)


@EVERYWHERE
def test_a_supplier_that_lost_the_contract_may_do_nothing_more(
    neighbour: Supplier, function: str
) -> None:
    """Nor is a session a way around it."""
    neighbour.loses_the_contract()

    assert told(call(neighbour, function)) == refusal(FORBIDDEN)


def test_a_wrong_wssid_is_told_before_a_lost_contract(neighbour: Supplier) -> None:
    """Only who holds the session learns what has become of the partner."""
    neighbour.loses_the_contract()

    assert told(call(neighbour, LIST, wssid="x")) == refusal(BAD_WSSID)


def test_a_session_of_a_key_that_was_taken_away_is_refused(neighbour: Supplier) -> None:
    """A key that leaked is taken away with all that was opened with it."""
    neighbour.loses_its_key()

    assert told(call(neighbour, LIST)) == refusal(BAD_COOKIE)
    assert neighbour.sign_in().status == 401


@pytest.mark.parametrize("function", NUMBERED)
def test_an_unknown_batch_is_not_found(member: Supplier, function: str) -> None:
    """So that the tests above come as far as they should."""
    assert told(call(member, function)) == refusal(NOT_FOUND)


def test_headers_are_found_whatever_their_case(member: Supplier) -> None:
    """HTTP's names have none."""
    headers = {"COOKIE": [member.cookie], WSSID.lower(): [member.wssid]}

    assert member.call(LIST, headers=headers).status == 200


def test_no_other_header_stands_in_for_the_session(member: Supplier) -> None:
    """The cookie's value elsewhere is nothing."""
    stranger = replace(member, cookie="")
    headers = {"Authorization": [member.cookie], WSSID: [member.wssid]}

    assert told(stranger.call(LIST, headers=headers)) == refusal(NO_COOKIE)
