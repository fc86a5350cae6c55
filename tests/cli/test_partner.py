"""Partners: made, shown without secrets, rotated without a pause, shut out."""

from base64 import b64encode

import pytest

from batchgate import wiring
from batchgate.access import partners, tokens
from batchgate.errors import UnknownCaller
from tests.cli.calling import Cli
from tests.gateway import Gateway, Partner


def test_a_new_partner_of_each_contract_can_call_with_what_is_shown(cli: Cli) -> None:
    """What is printed is all that a partner is ever given."""
    broker = cli.json("partner", "create", "acme", "--contract", "portfolio")["credentials"]
    found = partners.by_api_key(broker["api_key"], "portfolio", wiring.partners())
    assert found.partner == "acme"

    for method, kind in (("client", "c"), ("user", "p"), ("basic", "b")):
        made = cli.json(
            "partner", "create", f"maker-{method}", "--contract", "push", "--method", method
        )["credentials"]
        secret = (
            (made["client_id"], made["client_secret"])
            if kind == "c"
            else (made["username"], made["password"])
        )
        assert tokens.by_secret(kind, *secret, wiring.partners()).partner == f"maker-{method}"

    shop = cli.json("partner", "create", "shop", "--contract", "loyalty", "--company", "napse")
    assert shop["credentials"]["company_id"] == "napse"
    assert cli.json("partner", "show", "shop")["companies"] == ["napse"]


def test_a_broker_made_here_signs_its_calls(cli: Cli, gateway: Gateway) -> None:
    """The secret shown is the one that signatures are checked with."""
    made = cli.json("partner", "create", "acme", "--contract", "portfolio")["credentials"]
    acme = Partner("acme", made["api_key"], made["secret"])

    answer = gateway.submit(acme, portfolios=[{"userId": "1", "holding": []}])

    assert answer.status == 200


def test_nothing_secret_is_shown_again(cli: Cli) -> None:
    """Neither to a person nor to a machine, whoever asks."""
    made = cli.json("partner", "create", "acme", "--contract", "portfolio")["credentials"]
    cli("partner", "create", "acme", "--contract", "push", "--method", "user")

    for arguments in (("show", "acme"), ("show", "acme", "--json"), ("list",), ("list", "--json")):
        done = cli("partner", *arguments)
        assert done.code == 0
        assert "acme" in done.out
        assert made["secret"] not in done.out
        assert made["api_key"].split(".")[2] not in done.out


def test_a_manufacturer_may_be_limited_to_data_sets(cli: Cli) -> None:
    """As was agreed with it."""
    cli(
        "partner",
        "create",
        "m",
        "--contract",
        "push",
        "--feed",
        "odm/bom",
        "--feed",
        "t1/inventory",
    )

    assert cli.json("partner", "show", "m")["feeds"] == ["odm/bom", "t1/inventory"]


def test_rotated_credentials_live_beside_the_old_ones_until_these_are_retired(cli: Cli) -> None:
    """A partner changes over without a pause."""
    first = cli.json("partner", "create", "acme", "--contract", "portfolio")["credentials"]
    old = [one["id"] for one in cli.json("partner", "show", "acme")["credentials"]]

    rotated = cli.json("partner", "rotate", "acme")
    second = rotated["credentials"]

    assert rotated["old"] == old
    for made in (first, second):
        wiring.partners.cache_clear()
        partners.by_api_key(made["api_key"], "portfolio", wiring.partners())
    assert second["secret"] != first["secret"]
    assert len(cli.json("partner", "show", "acme")["credentials"]) == 4

    cli.json("partner", "rotate", "acme", "--retire", old[0], "--retire", old[1])

    wiring.partners.cache_clear()
    partners.by_api_key(second["api_key"], "portfolio", wiring.partners())
    with pytest.raises(UnknownCaller):
        partners.by_api_key(first["api_key"], "portfolio", wiring.partners())
    left = [one["id"] for one in cli.json("partner", "show", "acme")["credentials"]]
    assert len(left) == 2
    assert not set(left) & set(old)


def test_the_last_credential_of_a_kind_can_not_be_retired(cli: Cli) -> None:
    """A partner would be locked out by a slip."""
    cli("partner", "create", "maker", "--contract", "push", "--method", "basic")
    (only,) = [one["id"] for one in cli.json("partner", "show", "maker")["credentials"]]

    done = cli("partner", "rotate", "maker", "--retire", only)

    assert done.code == 1
    assert f"{only} is the last Basic user of maker." in done.err
    assert [one["id"] for one in cli.json("partner", "show", "maker")["credentials"]] == [only]


def test_rotation_makes_what_the_partner_authenticates_with(cli: Cli) -> None:
    """It need not be said again how a partner was set up, unless there are several ways."""
    cli("partner", "create", "maker", "--contract", "push", "--method", "user")
    cli("partner", "create", "shop", "--contract", "loyalty", "--company", "napse")

    assert set(cli.json("partner", "rotate", "maker")["credentials"]) == {
        "client_id",
        "client_secret",
        "username",
        "password",
    }
    assert cli.json("partner", "rotate", "shop")["credentials"]["company_id"] == "napse"
    cli("partner", "create", "maker", "--contract", "portfolio")
    assert cli("partner", "rotate", "maker").code == 2


def test_a_partner_is_shut_out_and_let_in(cli: Cli) -> None:
    """Its calls are refused, and served again."""
    made = cli.json("partner", "create", "maker", "--contract", "push", "--method", "basic")
    pair = ":".join(made["credentials"][name] for name in ("username", "password"))
    header = "Basic " + b64encode(pair.encode()).decode()

    assert cli.json("partner", "disable", "maker") == {"partner": "maker", "disabled": True}
    with pytest.raises(UnknownCaller):
        tokens.caller(header, "push", wiring.partners(), 0)
    cli("partner", "enable", "maker")
    wiring.partners.cache_clear()

    assert tokens.caller(header, "push", wiring.partners(), 0).partner == "maker"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("show", "nobody"), 1, "There is no partner nobody."),
        (("disable", "nobody"), 1, "There is no partner nobody."),
        (("create", "Acme!", "--contract", "portfolio"), 2, "can't be a partner's name"),
        (("create", "acme", "--contract", "mail"), 2, "There is no contract mail."),
        (("create", "acme", "--contract", "push", "--method", "x"), 2, "push has no method x."),
        (("create", "acme", "--contract", "push", "--feed", "odm/x"), 2, "has no feed odm/x."),
        (("create", "acme", "--contract", "loyalty"), 2, "Say --company."),
        (("rotate", "known", "--retire", "k/0"), 1, "known has no credential k/0."),
        (("rotate", "known", "--contract", "push"), 1, "known is not set up for push."),
        (("create", "known", "--contract", "portfolio"), 1, "is set up for portfolio already."),
        (("create",), 2, "Missing argument"),
    ],
)
def test_what_is_wrong_is_told_in_words(
    cli: Cli, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """No traceback, and a script sees by the exit code whether the call was wrong."""
    cli("partner", "create", "known", "--contract", "portfolio")

    done = cli("partner", *arguments)

    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_errors_are_json_where_answers_are(cli: Cli) -> None:
    """A script that reads one reads the other."""
    done = cli("partner", "show", "nobody", "--json")

    assert done.code == 1
    assert done.err == (
        '{"error": "There is no partner nobody.", '
        '"help": "`batchgate partner list` names those there are."}\n'
    )
