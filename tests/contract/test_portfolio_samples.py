"""The contract's own samples, as its publisher shows them."""

import json
from typing import Any

import pytest

from batchgate.access import signature
from tests.cloudformation import ROOT
from tests.gateway import Gateway, Partner

DATA = ROOT / "tests" / "data"


def sample(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def test_nine_batches_answer_the_published_status(gateway: Gateway, acme: Partner) -> None:
    """The one sample that the source gives, to the letter but for the portfolios' numbers."""
    for batch in sample("portfolio_batches.json"):
        assert gateway.submit(acme, **batch).status == 200
        gateway.clock.move(ms=10)

    gateway.drain()

    answer = gateway.status(acme)
    assert answer.status == 200
    want = sample("portfolio_status.json")["answer"]
    numbers: dict[str, set[int]] = {}
    for rows in (answer.body["data"], want["data"]):
        for row in rows["successes"] + rows["failures"]:
            if "portfolioId" in row:
                numbers.setdefault(row["userId"], set()).add(row["portfolioId"])
                row["portfolioId"] = "kept"
    assert json.dumps(answer.body) == json.dumps(want)
    assert {user: len(seen) for user, seen in numbers.items()} == {
        "USERFULLFLOW": 2,  # ours and the sample's
        "1401": 2,
        "1400": 2,
    }


@pytest.mark.parametrize("vector", sample("portfolio_signatures.json"), ids=lambda v: v["name"])
def test_golden_vectors_sign_as_published(vector: dict[str, Any]) -> None:
    """A partner who follows the guide agrees with us, byte for byte."""
    query = [(name, value) for name, value in vector["query"]]
    text = signature.signed_text(query, vector["body"].encode())

    assert text.decode() == vector["signed_text"]
    assert signature.sign(vector["secret"], text) == vector["signature"]
