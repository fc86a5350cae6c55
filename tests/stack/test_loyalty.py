"""The loyalty contract on a deployed stack, with the functions' roles enforced."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from local import partners
from local.client import LoyaltyClient
from local.stack import Stack
from tests.cloudformation import ROOT
from tests.stack.broker import until
from tests.stack.logs import everything
from tests.stack.worker import worker_off

pytestmark = pytest.mark.stack

CVV = "7391"


@pytest.fixture(scope="module")
def napse(stack: Stack, secrets: set[str]) -> Iterator[LoyaltyClient]:
    """A retailer that acts for the samples' company."""
    with LoyaltyClient(stack.base_url, retailer(stack, "napse", secrets)) as client:
        secrets.add(client.token())
        yield client


@pytest.fixture(scope="module")
def rival(stack: Stack, secrets: set[str]) -> Iterator[LoyaltyClient]:
    """A retailer that acts for another company."""
    with LoyaltyClient(stack.base_url, retailer(stack, "rival-shop", secrets)) as client:
        secrets.add(client.token())
        yield client


def retailer(stack: Stack, name: str, secrets: set[str]) -> dict[str, str]:
    made: dict[str, str] = partners.ensure(stack, {name: ("loyalty", name)})[name]
    secrets |= {made["client_secret"], made["password"]}
    return made


def asking(*items: object, company: str = "napse", **params: object) -> dict[str, Any]:
    return {"companyId": company, "params": [params], "items": list(items)}


@pytest.mark.parametrize("name", ["loyalty_cards", "loyalty_coupons"])
def test_a_sample_is_answered_as_written(napse: LoyaltyClient, name: str) -> None:
    """The publisher's own samples, to the letter and in their order."""
    sample = json.loads((ROOT / "tests" / "data" / f"{name}.json").read_text(encoding="utf-8"))
    endpoint = sample["path"].rpartition("/")[2]
    napse.administer(endpoint, sample["before"])

    answer = napse.administer(endpoint, sample["request"])

    assert answer.status_code == 200
    assert json.dumps(answer.json()) == json.dumps(sample["answer"])


def test_twenty_copies_with_one_key_have_one_effect_and_one_answer(napse: LoyaltyClient) -> None:
    """A client that retries in a hurry inserts no card twice and learns what it did."""
    request = asking({"operation": "I", "code": "copies", "type": "t"}, validateCard=False)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: napse.administer("cardAdmin", request, "k1"), range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].json()["detail"]["inserted"] == 1
    other = asking({"operation": "R", "code": "copies"}, validateCard=False)
    assert napse.administer("cardAdmin", other, "k1").status_code == 422


def test_a_thousand_items_are_answered_within_the_call(napse: LoyaltyClient) -> None:
    """The most that a request may have is no reason to answer late."""
    items = [{"operation": "I", "code": f"m{at}", "segment": "gold"} for at in range(1_000)]

    detail = napse.administer("customerSegment", asking(*items)).json()["detail"]

    assert (detail["result"], detail["inserted"], detail["processed"]) == ("ok", 1_000, 1_000)


def test_past_the_deadline_a_request_is_kept_and_answered_when_sent_again(
    stack: Stack, napse: LoyaltyClient
) -> None:
    """A worker that stands still costs a retailer an answer, not its cards, and nothing twice."""
    request = asking(
        {"operation": "I", "code": "idle-1", "type": "t", "amount": 50},
        {"operation": "U", "code": "idle-1", "amount": 45.5},
        {"operation": "R", "code": "idle-2"},
        validateCard=False,
    )

    def answered() -> httpx.Response | None:
        answer = napse.administer("cardAdmin", request, "idle")
        return answer if answer.status_code == 200 else None

    with worker_off(stack):
        waiting = napse.administer("cardAdmin", request, "idle")

        assert waiting.status_code == 202
        told = waiting.json()
        batch = told["detail"]["detail"]
        assert told == {
            "status": 202,
            "description": "rest::cardAdmin",
            "detail": {
                "result": "pending",
                "detail": batch,
                "updated": 0,
                "ignored": 0,
                "inserted": 0,
                "removed": 0,
                "errors": 0,
                "processed": 0,
                "errorDetails": [],
                "successDetails": [],
            },
        }
        assert accepted(stack, "napse", batch) == 3
        assert cards(stack, "napse", "idle-") == []
    done, again = until(answered), until(answered)

    assert done.json() == {
        "status": 200,
        "description": "rest::cardAdmin",
        "detail": {
            "result": "ok",
            "detail": "",
            "updated": 1,
            "ignored": 0,
            "inserted": 1,
            "removed": 0,
            "errors": 1,
            "processed": 3,
            "errorDetails": [{"rec": 3, "code": "idle-2", "info": "not found"}],
            "successDetails": [{"rec": 1, "code": "idle-1"}, {"rec": 2, "code": "idle-1"}],
        },
    }
    assert again.text == done.text
    assert cards(stack, "napse", "idle-") == [
        {"type": "t", "amount": "45.5", "status": "ENABLED"},
    ]


def accepted(stack: Stack, partner: str, batch: str) -> int:
    """How many items a partner's batch of cards has."""
    row = stack.client("dynamodb").get_item(
        TableName=stack.outputs["BatchesTable"],
        Key={"pk": {"S": f"{partner}#card#{batch}"}, "sk": {"S": "#"}},
        ConsistentRead=True,
    )["Item"]
    return int(row["accepted"]["N"])


def cards(stack: Stack, company: str, prefix: str) -> Sequence[Any]:
    """The contents of the cards whose codes begin so, of the partner who has the company's name."""
    return [
        json.loads(row["c"]["B"])
        for of in range(2)
        for row in stack.client("dynamodb").query(
            TableName=stack.outputs["RecordsTable"],
            KeyConditionExpression="pk = :pk AND begins_with(sk, :key)",
            ExpressionAttributeValues={
                ":pk": {"S": f"{company}#card#{of}"},
                ":key": {"S": f"{company}\x1f{prefix}"},
            },
            ConsistentRead=True,
        )["Items"]
    ]


def test_another_partners_company_is_refused_and_nothing_applied(
    napse: LoyaltyClient, rival: LoyaltyClient
) -> None:
    """Whoever guesses a company's name must not reach its cards."""
    theft = asking({"operation": "I", "code": "stolen", "segment": "gold"})

    refused = rival.administer("customerSegment", theft)

    assert refused.status_code == 403
    assert refused.json()["detail"]["processed"] == 0
    again = asking({"operation": "R", "code": "stolen", "segment": "gold"})
    told = napse.administer("customerSegment", again).json()["detail"]["errorDetails"]
    assert told == [{"rec": 1, "code": "stolen", "info": "not found"}]


def test_a_cvv_is_found_nowhere(stack: Stack, napse: LoyaltyClient) -> None:
    """What is not kept can't be stolen: no row, no log line, no answer has it."""
    card = {"code": "4539-1", "type": "t", "cvv": CVV}
    answers = [
        napse.administer("cardAdmin", asking({"operation": "I", **card})),
        napse.administer("cardAdmin", asking({"operation": "U", "code": "4539-1", "cvv": "000"})),
        napse.administer("cardAdmin", asking({"operation": "I", "cvv": CVV, "oops": CVV})),
    ]

    assert [answer.json()["detail"]["inserted"] for answer in answers] == [1, 0, 0]
    assert not any(CVV in answer.text for answer in answers)
    dynamodb = stack.client("dynamodb")
    for table in ("BatchesTable", "RecordsTable", "PartnersTable"):
        pages = dynamodb.get_paginator("scan").paginate(TableName=stack.outputs[table])
        rows = [row for page in pages for row in page["Items"]]
        assert not any(f'"{CVV}"' in str(row) for row in rows)
    assert not any(f'"{CVV}"' in line for line in everything(stack))
