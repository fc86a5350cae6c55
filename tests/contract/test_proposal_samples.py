"""The publisher's samples, word for word but for what a deployment makes itself."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.cloudformation import ROOT
from tests.gateway import Gateway
from tests.signing import encrypted, signature
from tests.supplying import Supplier, enrolled

DATA = ROOT / "tests" / "data"
SAMPLE: dict[str, Any] = json.loads((DATA / "proposal_batch.json").read_text(encoding="utf-8"))
VECTOR: dict[str, Any] = json.loads((DATA / "proposal_sign_in.json").read_text(encoding="utf-8"))


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
