"""The publisher's samples, word for word but for what a deployment makes itself."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from batchgate.access import aes, sign_in
from batchgate.errors import SignInRefused
from batchgate.model import Account
from tests.cloudformation import ROOT
from tests.gateway import Gateway
from tests.signing import encrypted, signature
from tests.supplying import Supplier, enrolled

DATA = ROOT / "tests" / "data"
SAMPLE: dict[str, Any] = json.loads((DATA / "proposal_batch.json").read_text(encoding="utf-8"))
VECTOR: dict[str, Any] = json.loads((DATA / "proposal_sign_in.json").read_text(encoding="utf-8"))

SIGNED_AT_S = 1_760_000_000
ACCOUNT = Account(
    partner="acme",
    disabled=False,
    contracts=frozenset({"proposal"}),
    keys={},
    supplier=99_999,
    sign_in={"1": "v1"},
)


def at(gateway: Gateway, when: str) -> None:
    """Set the clock."""
    seconds = datetime.fromisoformat(when).astimezone(UTC).timestamp()
    gateway.clock.now_us = int(seconds) * 1_000_000


def made(gateway: Gateway) -> Supplier:
    """The sample's supplier, once it has done what the sample shows."""
    at(gateway, "2024-04-09T10:00:00Z")
    supplier = enrolled(gateway, "acme", 99_999)
    wanted = SAMPLE["get"]
    assert supplier.batch(
        proposalType=wanted["proposalType"],
        batchSource=wanted["batchSource"],
        executeTs=wanted["executeTs"],
        revertTs=wanted["revertTs"],
    )
    at(gateway, "2024-04-09T10:05:00Z")
    details = SAMPLE["get_with_details_has_after_batchSource"]["details"]
    assert supplier.change(1, details=details).status == 200
    return supplier


def wanted(**more: Any) -> str:
    """The sample as it is sent, with the ids of people that this deployment knows."""
    known = {"creator": "Supplier_99999", "modifier": "Supplier_99999"}
    fields = list((SAMPLE["get"] | known).items())
    fields[4:4] = more.items()
    return json.dumps(dict(fields), separators=(",", ":"))


def test_the_first_batch_of_a_deployment_is_the_samples(gateway: Gateway) -> None:
    """To the byte, whose order the publisher gave."""
    supplier = made(gateway)
    more = SAMPLE["get_with_details_has_after_batchSource"]

    assert supplier.get(1).text == wanted()
    assert supplier.get(1, fields="+details").text == wanted(**more)
    assert supplier.change(1).text == wanted(**more)
    assert supplier.list().body == {
        "pagination": {"resultsTotal": 1},
        "proposals": [json.loads(wanted())],
    }


def test_our_way_of_signing_in_is_the_samples() -> None:
    """What the tests sign in with is what the publisher's clients send."""
    headers = VECTOR["headers"]

    assert encrypted(VECTOR["key"], VECTOR["iv"], VECTOR["plaintext"].encode()) == VECTOR["body"]
    assert headers["api-signature"] == signature(
        VECTOR["key"],
        headers["api-timestamp"],
        headers["api-token"],
        VECTOR["salt"],
        VECTOR["body"],
    )


def test_what_our_own_client_encrypts_is_the_samples_body() -> None:
    """What runs on a developer's machine signs in as the publisher's clients do."""
    plaintext = VECTOR["plaintext"].encode()

    assert aes.encrypt(VECTOR["key"], VECTOR["iv"], plaintext) == VECTOR["body"].encode()
    assert aes.decrypt(VECTOR["key"], VECTOR["iv"], VECTOR["body"].encode()) == plaintext


def accepted(now_s: int, body: str = VECTOR["body"], **changes: Any) -> bool:
    """Whether the publisher's sample, but for these changes, is a right sign-in."""
    headers = VECTOR["headers"]
    claim = sign_in.Claim(
        supplier=99_999,
        token=headers["api-token"],
        key_version=headers["api-keyversion"],
        timestamp=headers["api-timestamp"],
        signature=headers["api-signature"],
        ciphertext=body.encode(),
    )
    known = sign_in.Keys(key=VECTOR["key"], iv=VECTOR["iv"], salt=VECTOR["salt"])
    account = replace(ACCOUNT, **changes.pop("account", {}))
    try:
        sign_in.check(replace(claim, **changes), account, known, aes.decrypt, now_s)
    except SignInRefused:
        return False
    return True


@pytest.mark.parametrize(
    ("later", "fits"), [(0, True), (90, True), (91, False), (-5, True), (-6, False)]
)
def test_the_samples_sign_in_is_right_at_its_time(later: int, fits: bool) -> None:
    """Made by the publisher's rules, not by our tests' helper."""
    assert accepted(SIGNED_AT_S + later) is fits


@pytest.mark.parametrize(
    "changes",
    [
        *({"supplier": 99_998}, {"supplier": 9}, {"token": "Supplier_99998"}),
        *({"key_version": "2"}, {"timestamp": "1760000001"}, {"account": {"disabled": True}}),
        *({"account": {"sign_in": {}}}, {"signature": ""}, {"body": ""}, {"body": "AAAA"}),
        {"signature": VECTOR["headers"]["api-signature"].upper()},
    ],
)
def test_the_samples_sign_in_but_for_anything_is_wrong(changes: dict[str, Any]) -> None:
    """Whatever of it is another's, or written otherwise."""
    assert not accepted(SIGNED_AT_S, **changes)


def test_every_character_of_the_samples_sign_in_counts() -> None:
    """Of its signature and of its body, one bit each."""
    made, body = VECTOR["headers"]["api-signature"], VECTOR["body"]
    for at, old in enumerate(made):
        assert not accepted(
            SIGNED_AT_S, signature=f"{made[:at]}{chr(ord(old) ^ 1)}{made[at + 1 :]}"
        )
    for at, old in enumerate(body):
        assert not accepted(SIGNED_AT_S, f"{body[:at]}{chr(ord(old) ^ 1)}{body[at + 1 :]}")
