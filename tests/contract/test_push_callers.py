"""Who may push: bearer tokens and HTTP Basic, how long, and at which cost."""

import time
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from batchgate import telemetry, wiring
from batchgate.access import enrol, tokens
from batchgate.errors import UnknownCaller
from tests.contract.push_calls import NO_BATCH, NO_TOKEN, SUCCESS, row, sequence, told
from tests.engine.calls import Calls, seen
from tests.gateway import Answer, Gateway
from tests.pushing import ROWS, STATUS, Maker, ask, basic

_numbers = count(1)


def look(maker: Maker, authorization: str) -> Answer:
    """A call that somebody who gets in is told of no such batch."""
    return replace(maker, authorization=authorization).status("never")


def reads(calls: Calls) -> list[str]:
    """The calls to the table of partners."""
    return [name for name, given in calls.made if "PartnersTable" in str(given)]


@pytest.fixture
def manual(standing: Gateway) -> Maker:
    """A manufacturer that is set up for HTTP Basic."""
    name = f"manual-{next(_numbers)}"
    client = enrol.basic(name, "push", wiring.partners())
    header = basic(client["username"], client["password"])
    return Maker(gateway=standing, name=name, client=client, authorization=header)


def test_a_token_and_a_basic_header_get_in(maker: Maker, manual: Maker) -> None:
    """Two of the published ways of a push; the third ends in a token as well."""
    for one in (maker, manual):
        assert told(one.status("never")) == NO_BATCH
        assert told(one.push("POST", sequence(row()))) == SUCCESS


def test_a_schemes_name_has_no_case(maker: Maker, manual: Maker) -> None:
    """RFC 9110 section 11.1."""
    for one in (maker, manual):
        scheme, _, given = one.authorization.partition(" ")
        assert told(look(one, f"{scheme.upper()} {given}")) == NO_BATCH
        assert told(look(one, f"{scheme.lower()} {given}")) == NO_BATCH


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer aaf0d4d6-c541-34cd-a4e0-03da1cc4019d",
        "Bearer maker.0a0a0a0a." + "A" * 43,
        "Bearer 中文",
        "Bearer " + "A" * 10_000,
        "Basic " + "QUFB" * 2_500,
        "A" * 10_000,
        "Basic",
        "Basic OjAw",
        "Basic !",
        "Basic 中文",
        "Basic gIGC",
        "Negotiate YII",
    ],
)
@pytest.mark.parametrize("function", [ROWS, STATUS])
def test_whoever_is_not_known_is_told_so_and_how_to_get_in(
    lasting: Maker, function: str, authorization: str
) -> None:
    """The published body with 401, before anything is said of paths or batches."""
    nobody = replace(lasting, authorization=authorization)
    answer = nobody.call(function, "POST", "no/such", b"{", query={"batch_id": "never"})

    assert told(answer) == NO_TOKEN
    assert answer.text == '{"code":"401","msg":"Token error"}'
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="push", Basic realm="push"'


@pytest.mark.parametrize("headers", [{}, {"Authorization": ["Bearer a", "Bearer b"]}])
def test_a_call_has_one_authorization_header(standing: Gateway, headers: dict[str, Any]) -> None:
    """With two it would depend on the reader who calls."""
    answer = standing.call(ROWS, headers=headers, path={"data_category": "odm"})

    assert told(answer) == NO_TOKEN


@pytest.mark.parametrize("at", [0, 8, -1])
def test_an_altered_token_is_refused(maker: Maker, at: int) -> None:
    """Any letter of it: partner, client or secret."""
    token = maker.authorization.removeprefix("Bearer ")
    letters = list(token)
    letters[at] = "z" if letters[at] != "z" else "y"

    assert told(look(maker, f"Bearer {''.join(letters)}")) == NO_TOKEN
    assert told(look(maker, f"Bearer {token} ")) == NO_BATCH
    assert told(look(maker, f"Bearer {token}A")) == NO_TOKEN


def test_another_partners_secret_does_not_fit_this_ones_name(maker: Maker, twin: Maker) -> None:
    """A token names its partner; the name alone must not decide whose it is."""
    theirs = twin.authorization.rpartition(".")[2]
    mine = maker.authorization.rpartition(".")[0]

    assert told(look(maker, f"{mine}.{theirs}")) == NO_TOKEN


def test_a_token_lives_600_seconds(standing: Gateway, maker: Maker) -> None:
    """As long as its answer said, and not one second more, however warm the function is."""
    assert told(maker.status("never")) == NO_BATCH
    standing.clock.move(seconds=599)
    before = told(maker.status("never"))
    standing.clock.move(seconds=1)

    assert (before, told(maker.status("never"))) == (NO_BATCH, NO_TOKEN)


def test_two_tokens_of_a_client_live_side_by_side(standing: Gateway, maker: Maker) -> None:
    """Each of a partner's machines asks for its own."""
    again = ask(
        standing,
        {"grant_type": "client_credentials"},
        authorization=basic(maker.client["client_id"], maker.client["client_secret"]),
    )

    assert told(look(maker, f"Bearer {again.body['access_token']}")) == NO_BATCH
    assert told(maker.status("never")) == NO_BATCH


def test_a_disabled_partner_is_out_within_seconds(
    maker: Maker, manual: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the tokens that it has, without new ones, and by Basic."""
    for one in (maker, manual):
        assert told(one.status("never")) == NO_BATCH
        wiring.partners().disable(one.name)

    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + 10.1)
    answer = ask(
        maker.gateway,
        {"grant_type": "client_credentials"},
        authorization=basic(maker.client["client_id"], maker.client["client_secret"]),
    )

    assert told(maker.status("never")) == told(manual.status("never")) == NO_TOKEN
    assert (answer.status, answer.body["error"]) == (401, "invalid_client")


def test_a_partner_is_set_up_for_one_way(maker: Maker, manual: Maker) -> None:
    """Client credentials are no Basic user, and a Basic user is no client."""
    client = maker.client
    as_basic = basic(client["client_id"], client["client_secret"])
    as_client = ask(
        maker.gateway,
        {"grant_type": "client_credentials"},
        authorization=basic(manual.client["username"], manual.client["password"]),
    )

    assert told(look(maker, as_basic)) == NO_TOKEN
    assert (as_client.status, as_client.body["error"]) == (401, "invalid_client")


def test_a_token_of_a_partner_that_lost_its_grant_is_refused(maker: Maker) -> None:
    """An operator took it away; tokens that it was good for live for minutes."""
    assert told(maker.status("never")) == NO_BATCH

    maker.gateway.dynamodb.update_item(
        TableName="PartnersTable",
        Key={"pk": {"S": maker.name}, "sk": {"S": "#"}},
        UpdateExpression="SET methods = :others",
        ExpressionAttributeValues={":others": {"SS": ["push:basic", "loyalty:password"]}},
    )
    wiring.partners.cache_clear()

    assert told(maker.status("never")) == NO_TOKEN


def test_who_calls_is_logged_whichever_way_it_gets_in(maker: Maker, manual: Maker) -> None:
    """An operator asks for a partner's calls."""
    for one in (maker, manual):
        telemetry.logger.remove_keys(["partner"])
        now_s = one.gateway.clock.now_us // 1_000_000
        tokens.caller(one.authorization, "push", wiring.partners(), now_s)
        assert telemetry.logger.get_current_keys()["partner"] == one.name
    telemetry.logger.remove_keys(["partner"])


def test_a_basic_credential_is_read_as_the_rfc_has_it() -> None:
    """RFC 7617: a secret may have colons, a name has none; and base64 has no other letters."""
    assert tokens.basic("YTpiOmM=") == ("a", "b:c")
    for given in ("YTpi!OmM=", "YTpi\nOmM="):
        with pytest.raises(UnknownCaller):
            tokens.basic(given)


def test_a_secret_of_half_characters_is_nobodys(manual: Maker) -> None:
    """JSON can spell them, and no encoding has them: refused, and no fault of ours."""
    with pytest.raises(UnknownCaller):
        tokens.by_secret("b", manual.client["username"], "\ud800", wiring.partners())


def test_a_partner_of_another_contract_is_not_let_in(standing: Gateway) -> None:
    """Contracts share credentials' shapes, not their rights."""
    client = enrol.client("retailer", "loyalty", wiring.partners())
    answer = ask(
        standing,
        {"grant_type": "client_credentials"},
        authorization=basic(client["client_id"], client["client_secret"]),
    )

    assert (answer.status, answer.body["error"]) == (401, "invalid_client")


def test_a_check_costs_one_read_and_the_next_ones_none(maker: Maker, manual: Maker) -> None:
    """A partner that pushes all night pays for one look at its account in ten seconds."""
    for one in (maker, manual):
        wiring.partners.cache_clear()
        with seen() as first:
            one.status("never")
        with seen() as second:
            one.status("never")
            one.push("POST", sequence(row()))

        assert len(reads(first)) == 1
        assert reads(second) == []


def test_a_wrong_token_costs_at_most_one_read(maker: Maker) -> None:
    """Guessing is not to be dearer for us than for the guesser."""
    with seen() as calls:
        for _ in range(3):
            look(maker, f"Bearer {maker.client['client_id']}.{'A' * 43}")
        look(maker, "Bearer " + "A" * 10_000)

    assert len(reads(calls)) == 1


def test_nothing_secret_is_stored_readable(maker: Maker, manual: Maker) -> None:
    """Who sees the table gets in nowhere."""
    user = enrol.user("user", "push", wiring.partners())
    stored = str(maker.gateway.rows("PartnersTable"))
    token = maker.authorization.removeprefix("Bearer ")
    secrets = [token, token.rpartition(".")[2]]
    secrets += [maker.client["client_secret"], manual.client["password"]]
    secrets += [user["client_secret"], user["password"]]

    assert maker.name in stored
    assert manual.client["username"].partition(".")[2] in stored
    assert [secret for secret in secrets if secret in stored] == []


def test_nothing_secret_is_logged(
    maker: Maker,
    manual: Maker,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Not when it is right, and not when it is wrong; a row no more than a token."""
    maker.push("POST", sequence(row("A-PART"), row("B-PART", QTY="x")))
    manual.push("POST", sequence(row("A-PART")))
    look(manual, manual.authorization + "wrong")
    ask(maker.gateway, {"grant_type": "password", "password": "a-password"})

    lines = map(telemetry.logger.registered_formatter.format, caplog.records)
    logged = "".join([*lines, capsys.readouterr().out])
    assert "slice ended" in logged
    assert "RequestsRefused" in logged
    secrets = [maker.authorization[7:], manual.authorization[6:], manual.client["password"]]
    words = [*secrets, "A-PART", "B-PART", "a-password"]
    assert [one for one in words if one in logged] == []
