"""Who may call, and with which token."""

from collections.abc import Mapping, Sequence

import pytest

from batchgate import wiring
from batchgate.access import enrol
from tests.contract.loyalty_calls import counted, insert, refusal, told
from tests.gateway import Gateway
from tests.pushing import basic
from tests.retailing import CARDS, COUPONS, SEGMENTS, Retailer, ask, opened

FEEDS = pytest.mark.parametrize("feed", [CARDS, COUPONS, SEGMENTS])
TEN_MINUTES = 600


def refused(shop: Retailer, headers: Mapping[str, Sequence[str]], feed: str = COUPONS) -> None:
    """Call with these headers, and see that it was for nothing."""
    answer = shop.call(feed, shop.request(insert(feed)), headers=headers)

    assert told(answer) == refusal(401, "invalid token", feed)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="loyalty"'
    assert shop.gateway.rows("BatchesTable") == []


@FEEDS
def test_a_call_without_a_token_is_refused(shop: Retailer, feed: str) -> None:
    """In the contract's shape, not the gateway's."""
    refused(shop, {"Authorization": []}, feed)


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Token {}", "{}", "Bearer {}x"]
)
def test_what_is_not_a_token_of_ours_is_refused(shop: Retailer, given: str) -> None:
    """Neither part of it nor another scheme."""
    refused(shop, {"Authorization": [given.format(shop.authorization.removeprefix("Bearer "))]})


@pytest.mark.parametrize("given", ["Bearer {}", "bearer {}", "BEARER   {}"])
def test_a_token_is_found_in_any_case_and_after_any_blanks(shop: Retailer, given: str) -> None:
    """As RFC 9110 has it for every scheme."""
    token = shop.authorization.removeprefix("Bearer ")

    answer = shop.call(COUPONS, "[]", headers={"Authorization": [given.format(token)]})

    assert answer.status == 400


def test_two_authorizations_are_refused(shop: Retailer) -> None:
    """Which of the two is meant, nobody knows."""
    refused(shop, {"Authorization": [shop.authorization, shop.authorization]})


def test_a_call_with_a_token_is_not_asked_for_one(shop: Retailer) -> None:
    """Whether it is served or refused for something else."""
    served = shop.post(COUPONS, shop.request(insert()))
    foreign = shop.call(COUPONS, shop.request(insert(), companyId="other"))

    assert (served.status, foreign.status) == (200, 403)
    assert "WWW-Authenticate" not in {*served.headers, *foreign.headers}


@pytest.mark.parametrize("kind", [("client_id", "client_secret"), ("username", "password")])
def test_basic_is_refused(shop: Retailer, kind: tuple[str, str]) -> None:
    """Calls carry a token; names and secrets only go to the token endpoint."""
    name, secret = (shop.client[one] for one in kind)

    refused(shop, {"Authorization": [basic(name, secret)]})


def test_basic_is_refused_even_of_a_partner_that_has_it_elsewhere(shop: Retailer) -> None:
    """What another contract allows a partner is not allowed here."""
    made = enrol.basic(shop.name, "push", wiring.partners())

    refused(shop, {"Authorization": [basic(made["username"], made["password"])]})


def test_a_token_serves_for_ten_minutes(shop: Retailer) -> None:
    """As its `expires_in` says; then a new one is needed."""
    shop.gateway.clock.move(seconds=TEN_MINUTES - 1)
    answer = shop.call(COUPONS, "[]")
    assert answer.status == 400

    shop.gateway.clock.move(seconds=1)

    refused(shop, {})
    assert shop.signed_in().call(COUPONS, "[]").status == 400


def test_a_partner_of_another_contract_is_refused(shop: Retailer) -> None:
    """Its token is good, but for something else."""
    client = enrol.client("maker", "push", wiring.partners())
    form = {"grant_type": "client_credentials"} | client

    answer = ask(shop.gateway, form)

    assert (answer.status, answer.body["error"]) == (401, "invalid_client")


def test_a_partner_that_is_shut_out_is_refused(shop: Retailer) -> None:
    """Its token is still young."""
    wiring.partners().disable(shop.name)
    wiring.partners.cache_clear()

    refused(shop, {})


def test_a_token_is_given_for_a_password(shop: Retailer) -> None:
    """The publisher's way: client, user and password."""
    user = {name: shop.client[name] for name in ("username", "password")}
    client = basic(shop.client["client_id"], shop.client["client_secret"])

    answer = ask(shop.gateway, {"grant_type": "password"} | user, client)

    assert answer.status == 200
    token = answer.body.pop("access_token")
    assert answer.body == {"scope": "default", "token_type": "Bearer", "expires_in": 600}
    assert answer.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": [f"bearer {token}"]}
    assert shop.call(COUPONS, "[]", headers=headers).status == 400


def test_a_token_is_given_for_client_credentials(standing: Gateway, shop: Retailer) -> None:
    """To a partner that is set up for it."""
    client = enrol.client(f"{shop.name}-machine", "loyalty", wiring.partners())
    wiring.partners().add_company(f"{shop.name}-machine", "napse")

    answer = ask(standing, {"grant_type": "client_credentials"} | client)

    assert answer.status == 200
    headers = {"Authorization": [f"Bearer {answer.body['access_token']}"]}
    assert shop.call(COUPONS, shop.request(insert()), headers=headers).status == 202


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"password": "wrong"}, 400, "invalid_grant"),
        ({"username": "shop.0"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, 400, "unauthorized_client"),
        ({"grant_type": "implicit"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
    ],
)
def test_no_token_is_given_for_less(
    shop: Retailer, changes: dict[str, str], status: int, error: str
) -> None:
    """With RFC 6749's own words."""
    names = ("client_id", "client_secret", "username", "password")
    form = {"grant_type": "password"} | {name: shop.client[name] for name in names}

    answer = ask(shop.gateway, form | changes)

    assert (answer.status, answer.body["error"]) == (status, error)
    assert "access_token" not in answer.body


def test_another_partners_user_gets_no_token_of_this_client(shop: Retailer) -> None:
    """A client and a user that do not belong together."""
    other = opened(shop.gateway, f"{shop.name}-other", "other")
    form = {
        "grant_type": "password",
        "client_id": shop.client["client_id"],
        "client_secret": shop.client["client_secret"],
        "username": other.client["username"],
        "password": other.client["password"],
    }

    assert ask(shop.gateway, form).body["error"] == "invalid_grant"


def test_a_partner_acts_for_all_of_its_companies_and_no_other(shop: Retailer) -> None:
    """What was given to one partner is not another's."""
    chain = opened(shop.gateway, f"{shop.name}-chain", "north", "south")

    answers = [
        chain.post(COUPONS, chain.request(insert(), companyId=company))
        for company in ("north", "south", "napse")
    ]

    assert [answer.status for answer in answers] == [200, 200, 403]
    assert counted(answers[1].body["detail"]) == {"inserted": 1}
    assert chain.records(COUPONS).keys() == {"north|A", "south|A"}
