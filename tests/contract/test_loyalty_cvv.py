"""A card's cvv: what it opens, and that nobody can read it afterwards."""

import hashlib
import json
import re
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import boto3
import pytest

from batchgate import telemetry, wiring
from tests.contract.loyalty_calls import counted, infos, insert, modify, remove
from tests.gateway import Gateway
from tests.retailing import CARDS, Retailer

OPEN = {"operation": "I", "code": "A", "type": "t1"}
"""A card without a cvv."""


@pytest.mark.parametrize("change", [modify, remove])
def test_the_right_cvv_alone_opens_a_card(shop: Retailer, change: Any) -> None:
    """Not a similar one, with a digit more, less or moved, and not an empty one."""
    shop.administer(CARDS, insert(CARDS, cvv="0123"))
    before = shop.records(CARDS)

    wrong = [change(CARDS) | {"cvv": cvv, "amount": 1} for cvv in ("123", "0124", "1230", "")]
    detail = shop.administer(CARDS, *wrong)

    assert infos(detail) == [(rec, "A", "invalid cvv") for rec in (1, 2, 3, 4)]
    assert shop.records(CARDS) == before
    assert infos(shop.administer(CARDS, change(CARDS) | {"cvv": "0123", "amount": 1})) == []
    assert shop.records(CARDS) != before


@pytest.mark.parametrize("operation", ["U", "R"])
def test_a_card_that_has_a_cvv_is_not_changed_without_one(shop: Retailer, operation: str) -> None:
    """`validateCard` is on where nobody says otherwise."""
    shop.administer(CARDS, insert(CARDS))

    detail = shop.administer(CARDS, {"operation": operation, "code": "A"})

    assert infos(detail) == [(1, "A", "invalid cvv")]
    assert len(shop.records(CARDS)) == 1


def test_a_card_is_not_inserted_without_a_cvv(shop: Retailer) -> None:
    """With `validateCard` on; a code that is taken is no excuse."""
    shop.administer(CARDS, insert(CARDS, "B"))

    detail = shop.administer(CARDS, OPEN, OPEN | {"code": "B"}, validateCard=True)

    assert infos(detail) == [(1, "A", "invalid cvv"), (2, "B", "invalid cvv")]
    assert shop.records(CARDS).keys() == {"napse|B"}


def test_a_card_that_does_not_exist_needs_no_cvv_to_be_missed(shop: Retailer) -> None:
    """As in the published sample."""
    items = [{"operation": operation, "code": "A"} for operation in ("U", "R")]

    assert infos(shop.administer(CARDS, *items)) == [(1, "A", "not found"), (2, "A", "not found")]


@pytest.mark.parametrize("off", [False, "false"])
def test_no_cvv_is_asked_for_where_it_is_not_validated(shop: Retailer, off: object) -> None:
    """Insert, change and remove without one, and with a wrong one."""
    shop.administer(CARDS, insert(CARDS, "B"), insert(CARDS, "C"))

    detail = shop.administer(
        CARDS,
        OPEN,
        {"operation": "U", "code": "B", "amount": 1},
        modify(CARDS, "C", cvv="999", amount=1),
        {"operation": "R", "code": "B"},
        remove(CARDS, "C") | {"cvv": "998"},
        validateCard=off,
    )

    assert counted(detail) == {"inserted": 1, "updated": 2, "removed": 2}


def test_a_card_without_a_cvv_is_open_until_it_gets_one(shop: Retailer) -> None:
    """Only a card that has a cvv asks for the same."""
    shop.administer(CARDS, OPEN, validateCard=False)

    detail = shop.administer(
        CARDS,
        {"operation": "U", "code": "A", "amount": 1},
        modify(CARDS, cvv="123"),
        {"operation": "U", "code": "A", "amount": 2},
        modify(CARDS, cvv="123", amount=2),
    )

    assert counted(detail) == {"updated": 3, "errors": 1}
    assert infos(detail) == [(3, "A", "invalid cvv")]


def test_a_cvv_is_part_of_a_cards_content(shop: Retailer) -> None:
    """The same card with the same cvv is ignored; with another it is another card."""
    shop.administer(CARDS, insert(CARDS))

    detail = shop.administer(CARDS, insert(CARDS), insert(CARDS, cvv="321"))

    assert counted(detail) == {"ignored": 1, "errors": 1}
    assert infos(detail) == [(2, "A", "already exists")]


def test_a_cvv_fits_one_card_only(shop: Retailer) -> None:
    """Cards with one cvv do not look alike in the table, so none gives another away."""
    shop.administer(CARDS, insert(CARDS, "A"), insert(CARDS, "B"))

    records = shop.records(CARDS)

    assert records["napse|A"]["cvv"] != records["napse|B"]["cvv"]


def test_a_new_master_secret_still_knows_the_cards(shop: Retailer) -> None:
    """A hash can't be made anew, so the key of the cvv must outlast the master's rotation."""
    secrets = boto3.client("secretsmanager")
    shop.administer(CARDS, insert(CARDS))
    before = json.loads(secrets.get_secret_value(SecretId="master")["SecretString"])
    secrets.put_secret_value(SecretId="master", SecretString=json.dumps(before | {"v2": "newer"}))
    wiring.master.cache_clear()

    assert counted(shop.administer(CARDS, modify(CARDS, amount=1))) == {"updated": 1}


CVV, WRONG = "7391", "8402"
BARE = re.compile(rf"(?<![0-9A-Fa-f])({CVV}|{WRONG})(?![0-9A-Fa-f])")
"""A cvv that stands alone: within a hash or a time its digits may come by chance."""


def test_a_cvv_can_be_found_nowhere(
    shop: Retailer, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever became of its card: no row, message, log line or answer has it, or a plain hash."""
    card = insert(CARDS, cvv=CVV)
    items = [
        card,
        card,
        modify(CARDS, cvv=CVV, amount=1),
        modify(CARDS, cvv=WRONG),
        insert(CARDS, cvv=WRONG),
        insert(CARDS, "B", cvv=CVV, colour="red"),
        insert(CARDS, "C", cvv=int(CVV)),
        insert(CARDS, "D", cvv=[CVV], status=CVV, validFrom=CVV, amount=f"{CVV}"),
        modify(CARDS, "E", cvv=CVV),
        remove(CARDS) | {"cvv": WRONG},
        insert(CARDS, "F", cvv=CVV),
        remove(CARDS, "F") | {"cvv": CVV},
    ]
    refused = shop.request(card, colour="red")

    waiting = shop.call(CARDS, shop.request(card), "waiting")
    messages = [record["body"] for record in shop.gateway.receive(shop.gateway.queue)]
    answers = [waiting, shop.post(CARDS, shop.request(*items), "key"), shop.post(CARDS, refused)]
    answers.append(shop.post(CARDS, shop.request(card), "key"))

    assert [answer.status for answer in answers] == [202, 200, 400, 422]
    assert shop.records(CARDS).keys() == {"napse|A"}
    lines = list(map(telemetry.logger.registered_formatter.format, caplog.records))
    logged = [*lines, capsys.readouterr().out]
    assert any("slice ended" in line for line in lines)
    rows = list(stored(shop.gateway))
    assert any("napse" in row for row in rows)
    texts = [*rows, *logged, *messages, *(answer.text for answer in answers)]
    assert [text for text in texts if BARE.search(text)] == []
    assert [text for text in rows if any(one in text for one in plain_hashes(card))] == []


def stored(gateway: Gateway) -> Iterator[str]:
    """All that lies in the tables, value by value, unpacked where it is packed."""
    for name in ("BatchesTable", "RecordsTable", "PartnersTable"):
        for row in gateway.rows(name):
            for value in (value for attribute in row.values() for value in attribute.values()):
                if not isinstance(value, bytes):
                    yield str(value)
                    continue
                yield value.decode("latin-1")
                with suppress(zlib.error):
                    yield zlib.decompress(value).decode()


def plain_hashes(card: dict[str, Any]) -> set[str]:
    """The beginnings of what anybody could compute from a cvv, a code and a company."""
    texts = {CVV, WRONG, json.dumps(card), json.dumps(card, separators=(",", ":"), sort_keys=True)}
    for cvv in (CVV, WRONG):
        for between in ("", "\x1f", "|", "/", ":"):
            texts |= {between.join(("A", cvv)), between.join(("napse", "A", cvv))}
    hashes = set()
    for name in ("md5", "sha1", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256"):
        for text in texts:
            digest = hashlib.new(name, text.encode()).digest()
            hashes |= {digest.hex()[:16], b64encode(digest).decode()[:12]}
            hashes.add(digest[:8].decode("latin-1"))
    for text in texts:
        digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
        hashes |= {digest.hex()[:16], digest[:8].decode("latin-1")}
    return hashes
