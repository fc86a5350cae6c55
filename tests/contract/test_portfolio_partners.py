"""Which partners get in: accounts, several keys, and secrets that are rotated."""

import json
import os
import re
from hashlib import sha256

import boto3
import pytest

from batchgate import telemetry, wiring
from batchgate.access import enrol, partners
from batchgate.access.partners import signing_secret
from batchgate.errors import UnknownCaller
from tests.contract.portfolio_calls import NOW, refusal, told
from tests.engine.calls import seen
from tests.gateway import STATUS, SUBMIT, Gateway, Partner


def secret(serial: str) -> str:
    return signing_secret(wiring.master(), "acme", serial, "v1")


def test_a_disabled_partner_is_shut_out_until_it_is_let_in_again(
    gateway: Gateway, acme: Partner
) -> None:
    """An operator can stop a partner without taking its keys away."""
    wiring.partners().disable("acme")
    out = gateway.status(acme)
    wiring.partners.cache_clear()  # as after the seconds for which an account is trusted
    wiring.partners().disable("acme", disabled=False)

    assert told(out) == refusal(401, "Invalid API key")
    assert gateway.status(acme).status == 200


def test_a_partner_of_other_contracts_is_nobody_here(gateway: Gateway) -> None:
    """A manufacturer's key must not open a broker's door."""
    key = "maker.k1.0123456789abcdefghij"
    wiring.partners().add("maker", {"push"})
    wiring.partners().add_key("maker", "k/k1", sha256(key.encode()).digest())
    wiring.partners().add_secret("maker", "s1", "v1")

    for function in (SUBMIT, STATUS):
        answer = gateway.call(function, query=[("timestamp", NOW)], headers={"X-Api-Key": [key]})
        assert told(answer) == refusal(401, "Invalid API key")


def test_a_partner_may_have_several_live_keys(gateway: Gateway, acme: Partner) -> None:
    """Keys are rotated like secrets: the new one works before the old one goes."""
    key = "acme.k2.0123456789abcdefghij"
    wiring.partners().add_key("acme", "k/k2", sha256(key.encode()).digest())

    for one in (acme.api_key, key):
        again = Partner("acme", one, acme.secret)
        assert gateway.status(again).status == 200


def test_a_secret_of_a_master_version_that_was_just_added_signs(
    gateway: Gateway, acme: Partner
) -> None:
    """A function that has been running does not know the version; its partner must not wait."""
    assert gateway.status(acme).status == 200
    client, name = boto3.client("secretsmanager"), os.environ["MASTER_SECRET"]
    versions = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    client.put_secret_value(SecretId=name, SecretString=json.dumps(versions | {"v2": "another"}))
    wiring.partners().add_secret("acme", "s2", "v2")
    wiring.partners.cache_clear()  # as after the seconds for which an account is trusted

    made = signing_secret(wiring.master(), "acme", "s2", "v2")

    assert gateway.status(Partner("acme", acme.api_key, made)).status == 200
    assert gateway.status(acme).status == 200


def test_either_of_two_live_secrets_signs(gateway: Gateway, acme: Partner) -> None:
    """A partner changes its secret while its machines still use the old one."""
    wiring.partners().add_secret("acme", "second", "v1")
    renewed = Partner("acme", acme.api_key, secret("second"))

    assert gateway.status(acme).status == 200
    assert gateway.status(renewed).status == 200


def test_a_secret_that_was_never_live_does_not_sign(gateway: Gateway, acme: Partner) -> None:
    """Two live secrets must not mean any secret."""
    wiring.partners().add_secret("acme", "second", "v1")
    stranger = Partner("acme", acme.api_key, secret("third"))

    assert told(gateway.status(stranger)) == refusal(401, "Invalid signature")


def test_a_partner_without_a_live_secret_can_not_sign(gateway: Gateway, acme: Partner) -> None:
    """Without a secret to compare with, nothing fits; least of all an empty secret."""
    for row in gateway.rows("PartnersTable"):
        if row["sk"]["S"].startswith("s/"):
            key = {"pk": row["pk"], "sk": row["sk"]}
            gateway.dynamodb.delete_item(TableName="PartnersTable", Key=key)
    empty = Partner("acme", acme.api_key, "")

    assert told(gateway.status(acme)) == refusal(401, "Invalid signature")
    assert told(gateway.status(empty)) == refusal(401, "Invalid signature")


def test_a_partner_is_given_credentials_of_the_length_that_it_was_told(gateway: Gateway) -> None:
    """They are kept in columns and vaults, and derived ones must never come out otherwise."""
    made = enrol.portfolio("maker", wiring.partners(), wiring.master())

    assert re.fullmatch(r"maker\.[0-9a-f]{8}\.[A-Za-z0-9_-]{43}", made["api_key"])
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", made["secret"])
    kept = sorted(row["sk"]["S"] for row in gateway.rows("PartnersTable"))
    assert [re.sub(r"[0-9a-f]{8}$", "*", one) for one in kept] == ["#", "k/*", "s/*"]
    assert secret("5e41866d") == "8nZzUqwsBGTY9mt5pQFN7Hd0bfL0wOstH-K2Qs9dXbM"


def test_whose_key_it_is_is_logged(gateway: Gateway, acme: Partner) -> None:
    """Also of a call that is refused after that."""
    telemetry.logger.remove_keys(["partner"])

    partners.by_api_key(acme.api_key, "portfolio", wiring.partners())

    assert telemetry.logger.get_current_keys()["partner"] == "acme"
    telemetry.logger.remove_keys(["partner"])


@pytest.mark.parametrize("key", [None, "", "acme", "acme.k1.short"])
def test_what_is_no_key_is_nobodys(gateway: Gateway, acme: Partner, key: str | None) -> None:
    """Not even looked up."""
    with pytest.raises(UnknownCaller), seen() as calls:
        partners.by_api_key(key, "portfolio", wiring.partners())

    assert calls.names == []


def test_a_client_is_given_credentials_of_the_length_that_it_was_told(gateway: Gateway) -> None:
    """Those of tokens and of HTTP Basic are made alike."""
    made = enrol.user("maker", "push", wiring.partners())

    for name, secret_of in (("client_id", "client_secret"), ("username", "password")):
        assert re.fullmatch(r"maker\.[0-9a-f]{8}", made[name])
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", made[secret_of])


def test_a_name_that_no_key_could_begin_with_is_told(gateway: Gateway) -> None:
    """Whoever sets a partner up reads which name was wrong."""
    with pytest.raises(ValueError, match=r"^not a partner's name: 'Acme!'$"):
        enrol.portfolio("Acme!", wiring.partners(), wiring.master())
