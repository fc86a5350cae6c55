"""Signing in: who gets a session, and what everybody else is told."""

import json
from typing import Any

import boto3
import pytest

from batchgate import wiring
from batchgate.access import aes, enrol, sign_in
from tests.contract.proposal_calls import (
    FORBIDDEN,
    NO_COOKIE,
    REFUSED,
    WRONG_TIME,
    faults,
    refusal,
    told,
)
from tests.engine.calls import seen
from tests.gateway import Answer, Gateway
from tests.signing import encrypted, sent, signed
from tests.supplying import SIGN_IN, Supplier, enrolled

pytestmark = pytest.mark.usefixtures("traceless")

HEADERS = ("api-token", "api-keyversion", "api-timestamp", "api-signature")


@pytest.fixture(scope="module")
def member(standing: Gateway) -> Supplier:
    """A supplier for all tests of the module."""
    return enrolled(standing, "member", 99_999)


def called(member: Supplier, headers: dict[str, str], body: str) -> Answer:
    """Sign in with exactly this."""
    return member.gateway.call(SIGN_IN, headers=sent(headers), body=body.encode())


def now_s(member: Supplier, later: int = 0) -> str:
    """What stands in `api-timestamp` in so many seconds."""
    return str(member.gateway.clock.ms // 1_000 + later)


def refused(answer: Answer) -> None:
    """The one answer to everything that is wrong, and no session."""
    assert told(answer) == refusal(REFUSED)
    assert "Set-Cookie" not in answer.headers


def test_a_supplier_that_signs_gets_a_cookie_and_nothing_else(member: Supplier) -> None:
    """A browser keeps it from scripts, from other sites and from connections in the clear."""
    answer = member.sign_in()

    assert (answer.status, answer.text) == (204, "")
    value, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert value.startswith("_sp=")
    assert len(value) > 40
    assert not set(value) & set(' ",;\\')
    assert sorted(attributes) == [
        *("HttpOnly", "Max-Age=21600", "Path=/api/spa", "SameSite=Strict", "Secure")
    ]


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("value", [None, ""])
def test_a_header_that_is_missing_or_empty_is_named_as_missing(
    member: Supplier, name: str, value: str | None
) -> None:
    """The one thing about a sign-in that a stranger may be told."""
    headers, body = signed(member.client, int(now_s(member)))
    if value is None:
        del headers[name]
    else:
        headers[name] = value

    assert told(called(member, headers, body)) == refusal(NO_COOKIE)


@pytest.mark.parametrize(
    "given",
    [
        *("now", "1760000000.0", "-1760000000", "+1760000000", "0x68e77f40", "1_760_000_000"),
        *("1e9", "1" * 13, "１７６００００００００", "2025-10-09T08:53:20Z"),
    ],
)
def test_a_timestamp_that_is_not_unix_seconds_is_told_so(member: Supplier, given: str) -> None:
    """Milliseconds and ISO-8601 are the usual mistakes."""
    answer = member.sign_in(api_timestamp=given)

    fault = {"path": "api-timestamp", "message": "must be Unix seconds", "invalidValue": given}
    assert faults(answer, WRONG_TIME) == {"api-timestamp": fault}
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(("later", "status"), [(-90, 204), (-91, 401), (5, 204), (6, 401)])
def test_a_timestamp_serves_for_ninety_seconds(member: Supplier, later: int, status: int) -> None:
    """And a clock that is five seconds ahead is forgiven."""
    answer = member.sign_in(api_timestamp=now_s(member, later))

    assert answer.status == status
    if status == 401:
        refused(answer)


def test_a_timestamp_serves_through_its_last_second(neighbour: Supplier) -> None:
    """It has whole seconds, as ours has then."""
    clock = neighbour.gateway.clock
    given = str(clock.ms // 1_000)
    clock.move(seconds=90, ms=999)

    assert neighbour.sign_in(api_timestamp=given).status == 204
    clock.move(ms=1)
    refused(neighbour.sign_in(api_timestamp=given))


@pytest.mark.parametrize(
    "token",
    [
        *("Supplier_1", "Supplier_099999", "supplier_99999", "99999", "Supplier_", "Supplier_x"),
        *("Supplier_99999 ", "Supplier_٩٩٩٩٩", "Supplier_" + "9" * 5_000, "member", "_"),
    ],
)
def test_a_token_of_nobody_is_refused(member: Supplier, token: str) -> None:
    """Signed well, but by whom?"""
    refused(member.sign_in(api_token=token))


def test_a_token_that_nobody_can_read_is_not_the_first_suppliers(standing: Gateway) -> None:
    """Not even where that supplier signs it, with keys that are good."""
    wiring.partners.cache_clear()  # which may know that there was none
    first = enrolled(standing, "smallest", 1)

    for token in ("Supplier_x", "Supplier_01", "1"):
        refused(first.sign_in(api_token=token))


@pytest.mark.parametrize("version", ["0", "2", "-1", "01", "x", "1.0", "١", "9" * 5_000])
def test_a_key_version_that_was_never_given_is_refused(member: Supplier, version: str) -> None:
    """Only `1` was."""
    refused(member.sign_in(api_keyversion=version))


@pytest.mark.parametrize("at", range(128))
def test_a_signature_with_another_digit_is_refused(member: Supplier, at: int) -> None:
    """Every one of its digits counts."""
    headers, body = signed(member.client, int(now_s(member)))
    made = headers["api-signature"]
    headers["api-signature"] = made[:at] + ("1" if made[at] != "1" else "2") + made[at + 1 :]

    refused(called(member, headers, body))


@pytest.mark.parametrize(
    "made", ["x", "0" * 127, "0" * 128, "0" * 129, "ß" * 128, "0" * 100_000, "\ud800" * 128]
)
def test_what_is_no_signature_is_refused(member: Supplier, made: str) -> None:
    """It is no fault of ours, either."""
    refused(member.sign_in(api_signature=made))


@pytest.mark.parametrize("salt", ["", "another"])
def test_a_signature_with_another_salt_is_refused(member: Supplier, salt: str) -> None:
    """Who has only the key can't sign."""
    refused(called(member, *signed({**member.client, "salt": salt}, int(now_s(member)))))


def test_a_changed_ciphertext_is_refused(member: Supplier) -> None:
    """Each of its characters is signed."""
    headers, body = signed(member.client, int(now_s(member)))
    for at, old in enumerate(body):
        new = "A" if old != "A" else "B"
        refused(called(member, headers, body[:at] + new + body[at + 1 :]))


@pytest.mark.parametrize("body", ["", "x", "qreiEXk=", "====", "é" * 16, "A" * 100_000, "\x00"])
def test_a_body_that_is_no_ciphertext_is_refused_though_signed(member: Supplier, body: str) -> None:
    """Not base64, nothing, or half a block."""
    refused(member.sign_in(body))


@pytest.mark.parametrize(
    "plaintext",
    [
        *(b'{"supplierId":1}', b'{"supplierId":"99999"}', b'{"supplierId":99999.0}'),
        *(b'{"supplierId":true}', b'{"supplierId":null}', b'{"supplierId":[99999]}'),
        *(b'{"supplierId":99999,"x":1}', b'{"supplierId":1,"supplierId":99999}'),
        *(b'{"supplierid":99999}', b"{}", b"[99999]", b"99999", b"", b"\xff\xfe", b"x" * 33),
        *(b'{"supplierId":9999' + b"9" * 5_000 + b"}", b"[" * 5_000, b'{"supplierId":NaN}'),
    ],
)
def test_a_ciphertext_that_names_somebody_else_is_refused(
    member: Supplier, plaintext: bytes
) -> None:
    """It was made with the right key and signed: who it is for must be right as well."""
    client = member.client

    refused(member.sign_in(encrypted(client["key"], client["iv"], plaintext)))


@pytest.mark.parametrize("last", [b"\x00", b"\x11", b"\x10", b"\xff", b"\x02"])
def test_a_wrong_padding_is_refused_like_all_else(member: Supplier, last: bytes) -> None:
    """An answer of its own would let a stranger read what was encrypted."""
    client = member.client
    plaintext = (b'{"supplierId":99999}' + b"\x01" * 12)[:31] + last

    refused(member.sign_in(encrypted(client["key"], client["iv"], plaintext, pad=False)))


def test_another_suppliers_keys_sign_nothing_in(member: Supplier, neighbour: Supplier) -> None:
    """They are good, for somebody else."""
    theirs = {**neighbour.client, "supplier_id": "99999"}
    headers, body = signed(theirs, int(now_s(member)))

    refused(called(member, headers, body))


def test_two_key_versions_live_side_by_side(member: Supplier) -> None:
    """A supplier changes its keys without an hour in which neither works."""
    newer = enrol.supplier(member.name, 99_999, wiring.partners(), wiring.master())
    wiring.partners.cache_clear()

    assert (member.client["key_version"], newer["key_version"]) == ("1", "2")
    for client in (member.client, newer):
        assert called(member, *signed(client, int(now_s(member)))).status == 204
    mixed: dict[str, Any] = {**newer, "key_version": "1"}
    refused(called(member, *signed(mixed, int(now_s(member)))))


def test_a_key_outlives_the_master_version_that_it_was_made_with(neighbour: Supplier) -> None:
    """Another master secret is for new keys: nobody who has one need come for another."""
    secrets = boto3.client("secretsmanager")
    before = json.loads(secrets.get_secret_value(SecretId="master")["SecretString"])
    secrets.put_secret_value(SecretId="master", SecretString=json.dumps(before | {"v2": "newer"}))
    wiring.master.cache_clear()

    assert neighbour.sign_in().status == 204


def test_a_supplier_id_belongs_to_one_partner(member: Supplier) -> None:
    """Two partners with one id would see each other's batches."""
    with pytest.raises(ValueError, match="99999"):
        enrol.supplier("another", 99_999, wiring.partners(), wiring.master())


@pytest.mark.parametrize(("name", "number"), [("smallest", 1), ("largest", 9_999_999_999)])
def test_a_supplier_id_has_one_to_ten_digits(standing: Gateway, name: str, number: int) -> None:
    """The publisher's go no further, and `Supplier_<id>` is read so far."""
    made = enrol.supplier(name, number, wiring.partners(), wiring.master())

    assert made["supplier_id"] == str(number)


@pytest.mark.parametrize("number", [-1, 0, 10_000_000_000])
def test_no_other_number_is_a_supplier_id(standing: Gateway, number: int) -> None:
    """Who enrols it reads which number was wrong."""
    with pytest.raises(ValueError, match=f"not a supplier's number: {number}"):
        enrol.supplier("unknown", number, wiring.partners(), wiring.master())


def test_nobody_learns_from_the_work_whether_a_supplier_exists(member: Supplier) -> None:
    """The same calls, of the same kinds, for an unknown one as for a wrong signature."""

    def work(**changes: str) -> list[str]:
        wiring.partners.cache_clear()
        wiring.master.cache_clear()
        with seen() as calls:
            refused(member.sign_in(**changes))
        return calls.names

    known = work(api_signature="0" * 128)
    assert known
    assert work(api_token="Supplier_2") == known
    assert work(api_keyversion="7") == known
    assert work(api_token="Supplier_x") == known


def test_a_supplier_that_is_shut_out_is_told_what_a_stranger_is(neighbour: Supplier) -> None:
    """Not that it is known."""
    wiring.partners().disable(neighbour.name)
    wiring.partners.cache_clear()

    refused(neighbour.sign_in())


def test_a_supplier_without_this_contract_is_told_so(neighbour: Supplier) -> None:
    """It is who it says, and may do nothing here."""
    neighbour.loses_the_contract()

    assert told(neighbour.sign_in()) == refusal(FORBIDDEN)
    refused(neighbour.sign_in(api_signature="0" * 128))


def test_sign_in_keys_are_what_they_were_when_they_were_given(member: Supplier) -> None:
    """They are derived anew for each call: otherwise no supplier could sign in any more."""
    made = sign_in.keys(wiring.master(), "acme", "1", "v1")

    assert made == sign_in.Keys(
        key="fYdBqmh8hJTsSc5Js1O8IRZWH6BRPOlb6ugM7sidxBw=",
        iv="gWpgIlB70K9uiPuRpqKuVg==",
        salt="44354db5733e0769552973e23572e406dedb046944ab681a17eba7706ab8d885",
    )


def test_a_ciphertext_with_letters_that_base64_has_not_is_none() -> None:
    """One text for each body: what is signed is what is read."""
    key, iv = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "MDEyMzQ1Njc4OTAxMjM0NQ=="
    made = aes.encrypt(key, iv, b"a text")

    assert aes.decrypt(key, iv, made) == b"a text"
    for other in (b"!" + made, made[:4] + b"\n" + made[4:]):
        assert aes.decrypt(key, iv, other) is None
