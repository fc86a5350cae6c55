"""Batch proposals on a deployed stack: real schedules, roles enforced, real sessions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from local import partners
from local.stack import Stack
from local.supplier import PROPOSALS, ProposalClient
from tests.stack.broker import until
from tests.stack.keep_part import Message
from tests.stack.troubles import send

pytestmark = pytest.mark.stack

SELLER, RIVAL = "seller", "rival-seller"
NEW = {"proposalType": "updateImageV2", "batchSource": "api"}
MANY = 2_000


def supplier(stack: Stack, name: str, secrets: set[str]) -> ProposalClient:
    """A supplier with a session; nothing that it signs in with may show anywhere."""
    made: dict[str, str] = partners.ensure(stack, {name: ("proposal", name)})[name]
    client = ProposalClient(stack.base_url, made)
    cookie = client.sign_in().headers["Set-Cookie"].partition(";")[0].removeprefix("_sp=")
    secrets |= {made["key"], made["iv"], made["salt"], cookie, client.word}
    return client


@pytest.fixture(scope="module")
def seller(stack: Stack, secrets: set[str]) -> Iterator[ProposalClient]:
    """The supplier of most tests."""
    with supplier(stack, SELLER, secrets) as client:
        yield client


@pytest.fixture(scope="module")
def rival(stack: Stack, secrets: set[str]) -> Iterator[ProposalClient]:
    """Another supplier."""
    with supplier(stack, RIVAL, secrets) as client:
        yield client


def soon(seconds: float) -> str:
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def detail(listing: int, number: int) -> dict[str, int]:
    return {"listingId": listing, "executeProposalId": number, "revertProposalId": number + 1}


def created(client: ProposalClient, *details: Mapping[str, int], **fields: Any) -> int:
    """A new proposal with these details: its number."""
    answer = client.create(NEW | fields)
    assert answer.status_code == 200, answer.text
    number: int = answer.json()["id"]
    if details:
        changed = client.change(number, {"details": details})
        assert changed.status_code == 200, changed.text
        assert changed.json()["details"] == list(details)
    return number


def states(told: Mapping[str, Any]) -> tuple[str, str]:
    return told["executeStatus"], told["revertStatus"]


def active(stack: Stack, listing: int, of: str = SELLER) -> int | None:
    """A listing's active proposal."""
    for shard in (0, 1):
        key = {"pk": {"S": f"{of}#listing#{shard}"}, "sk": {"S": str(listing)}}
        row = stack.client("dynamodb").get_item(
            TableName=stack.outputs["RecordsTable"], Key=key, ConsistentRead=True
        )
        if "Item" in row:
            number: int = orjson.loads(row["Item"]["c"]["B"])["proposal"]
            return number
    return None


@dataclass(frozen=True, slots=True)
class Batches:
    """Proposals whose times come while the tests run."""

    first: int
    older: int
    empty: int
    many: int
    moved: int
    canceled: int


@pytest.fixture(scope="module")
def batches(seller: ProposalClient) -> Batches:
    """All made at once: schedules take their time, and they take it together."""
    first = created(seller, detail(1, 11), executeTs=soon(4), revertTs=soon(14))
    older = created(seller, detail(2, 21), detail(12, 22), executeTs=soon(4), revertTs=soon(3_600))
    empty = created(seller, executeTs=soon(4), revertTs=soon(3_600))
    details = [detail(10_000 + at, 51) for at in range(MANY)]
    many = created(seller, *details, executeTs=soon(5), revertTs=soon(3_600))
    moved = created(seller, detail(3, 61), executeTs=soon(3_600), revertTs=soon(7_200))
    assert seller.change(moved, {"executeTs": soon(5)}).status_code == 200
    canceled = created(seller, detail(4, 71), executeTs=soon(6), revertTs=soon(12))
    assert seller.change(canceled, {"executeStatus": "canceled"}).status_code == 200
    return Batches(first, older, empty, many, moved, canceled)


def test_a_proposal_takes_effect_and_is_taken_back_at_its_times(
    stack: Stack, seller: ProposalClient, batches: Batches
) -> None:
    """The whole life of a batch, by the scheduler, and what it did to the listings."""
    executed = seller.until(batches.first, lambda told: told["executeStatus"] == "finished")

    assert executed["executor"] == "Scheduler"
    assert executed["executeDetail"] == "1 of 1 listings changed"
    seen = {active(stack, 1)}
    reverted = seller.until(batches.first, lambda told: told["revertStatus"] not in UNENDED)
    assert reverted["reverter"] == "Scheduler"
    # It may have been reverted before we looked: never anything else, and in the end this.
    assert seen <= {11, 12}
    assert active(stack, 1) == 12


UNENDED = {"idle", "executing"}


def test_a_revert_leaves_a_newer_batch_alone_and_says_so(
    stack: Stack, seller: ProposalClient, batches: Batches
) -> None:
    """Two batches on one listing: the older one's revert must not undo the newer one."""
    seller.until(batches.older, lambda told: told["executeStatus"] == "finished")
    newer = created(seller, detail(2, 31), executeTs=soon(1), revertTs=soon(3_600))
    seller.until(newer, lambda told: told["executeStatus"] == "finished")
    for number in (batches.older, newer):
        assert seller.change(number, {"revertTs": soon(2)}).status_code == 200

    older = seller.until(batches.older, lambda told: told["revertStatus"] not in UNENDED)
    assert older["revertStatus"] == "failed"
    assert older["revertDetail"] == (
        "1 of 2 listings changed; not changed: 2 (changed by another batch since)"
    )
    told = seller.until(newer, lambda told: told["revertStatus"] not in UNENDED)
    assert told["revertDetail"] == "1 of 1 listings changed"
    assert (active(stack, 2), active(stack, 12)) == (32, 23)


def test_two_thousand_listings_change_at_once(
    stack: Stack, seller: ProposalClient, batches: Batches
) -> None:
    """The most that one batch may have."""
    told = seller.until(batches.many, lambda told: told["executeStatus"] not in UNENDED)

    assert states(told) == ("finished", "idle")
    assert told["executeDetail"] == "2000 of 2000 listings changed"
    assert {active(stack, 10_000), active(stack, 11_999)} == {51}
    assert len(seller.get(batches.many, fields="+details").json()["details"]) == MANY


def test_a_list_shows_details_where_they_are_asked_for(
    seller: ProposalClient, batches: Batches
) -> None:
    """The list reads each proposal's details apart, for which it needs a right of its own."""
    (told,) = seller.list(id=str(batches.many), fields="+details").json()["proposals"]

    assert len(told["details"]) == MANY


def test_a_batch_without_details_changes_nothing_and_is_finished(
    seller: ProposalClient, batches: Batches
) -> None:
    """Its time comes all the same."""
    told = seller.until(batches.empty, lambda told: told["executeStatus"] not in UNENDED)

    assert (told["executeStatus"], told["executeDetail"]) == ("finished", "no listings to change")


def test_a_time_that_is_moved_moves_its_schedule(
    stack: Stack, seller: ProposalClient, batches: Batches
) -> None:
    """An hour away, and then at once; its old schedule is gone."""
    told = seller.until(batches.moved, lambda told: told["executeStatus"] not in UNENDED)

    assert (told["executeStatus"], active(stack, 3)) == ("finished", 61)
    assert schedules(stack, batches.moved) == {"revert"}


def schedules(stack: Stack, number: int) -> set[str]:
    """Which phases of a proposal have a schedule."""
    pages = stack.client("scheduler").get_paginator("list_schedules")
    names = [
        one["Name"].split("-")
        for page in pages.paginate(GroupName=stack.outputs["ScheduleGroup"])
        for one in page["Schedules"]
    ]
    return {phase for of, phase, _ in names if of == str(number)}


def test_a_canceled_batch_does_nothing(
    stack: Stack, seller: ProposalClient, batches: Batches
) -> None:
    """Nor does a wake-up that was on its way already."""
    wake(stack, batches.canceled, "execute")
    wake(stack, batches.canceled, "revert")
    behind = created(seller, detail(4, 81), instantExecute=True, revertTs=soon(3_600))

    assert states(seller.get(batches.canceled).json()) == ("canceled", "canceled")
    assert active(stack, 4) == 81
    assert schedules(stack, batches.canceled) == set()
    told = seller.change(batches.canceled, {"executeTs": soon(60)})
    assert told.status_code == 400
    assert told.json()["error"]["detail"][0]["message"] == "execute is canceled"
    assert seller.get(behind).json()["executeStatus"] == "finished"


def wake(stack: Stack, number: int, phase: str) -> None:
    """Have a phase of the seller's proposal woken, whatever its time."""
    plan = {"partner": SELLER, "feed": "listing", "number": number}
    body = orjson.dumps({"plan": plan, "phase": phase, "schedule": "", "again": 0}).decode()
    send(stack, "WorkQueueUrl", Message(body, f"{SELLER}/listing/plan/{number}"))


def test_a_schedule_that_fires_twice_and_one_that_fires_early_act_once(
    stack: Stack, seller: ProposalClient
) -> None:
    """What the scheduler does not promise, the gateway does."""
    early = created(seller, detail(5, 91), executeTs=soon(3_600), revertTs=soon(7_200))
    twice = created(seller, detail(6, 91), executeTs=soon(1), revertTs=soon(3_600))
    seller.until(twice, lambda told: told["executeStatus"] == "finished")
    before = seller.get(twice).json()

    wake(stack, early, "execute")
    wake(stack, early, "revert")
    wake(stack, twice, "execute")
    created(seller, detail(7, 91), instantExecute=True, revertTs=soon(3_600))
    until(lambda: active(stack, 7) == 91)

    assert states(seller.get(early).json()) == ("idle", "idle")
    assert active(stack, 5) is None
    assert seller.get(twice).json() == before


def test_details_of_an_instant_batch_take_effect_when_they_arrive(
    stack: Stack, seller: ProposalClient
) -> None:
    """The answer comes with what became of them."""
    number = created(seller, instantExecute=True, revertTs=soon(3_600))

    told = seller.change(number, {"details": [detail(8, 101), detail(9, 102)]}).json()

    assert (told["instantExecute"], told["executeStatus"]) == (True, "finished")
    assert told["executeDetail"] == "2 of 2 listings changed"
    assert (active(stack, 8), active(stack, 9)) == (101, 102)


def test_the_list_pages_through_what_matches(seller: ProposalClient) -> None:
    """By its filters, newest first, with how many there are in all."""
    numbers = [
        created(seller, batchSource="excel", executeTs=soon(3_600 + at), revertTs=soon(9_000))
        for at in range(3)
    ]

    first = seller.list(batchSource="excel", limit="2").json()
    second = seller.list(batchSource="excel", limit="2", offset="2").json()

    assert first["pagination"] == {"nextOffset": 2, "resultsTotal": 3}
    assert second["pagination"] == {"resultsTotal": 3}
    pages = first["proposals"] + second["proposals"]
    assert [one["id"] for one in pages] == sorted(numbers, reverse=True)


def test_another_suppliers_proposal_is_unknown(
    seller: ProposalClient, rival: ProposalClient, batches: Batches
) -> None:
    """Looked up, changed or listed: as if it were not there."""
    looked, changed = rival.get(batches.older), rival.change(batches.older, {"details": []})

    for answer in (looked, changed, rival.get(999_999_999)):
        assert (answer.status_code, answer.text) == (
            404,
            '{"error":{"code":40409000,"message":"Proposal not found"}}',
        )
    assert rival.list().json() == {"pagination": {"resultsTotal": 0}, "proposals": []}


def test_a_session_is_needed_with_its_own_word(
    stack: Stack, seller: ProposalClient, rival: ProposalClient
) -> None:
    """Each way of not having one has its own code."""

    def code(cookie: str | None, word: str | None) -> int:
        headers = {"Cookie": cookie, "X-YahooWSSID-Authorization": word}
        given = {name: value for name, value in headers.items() if value is not None}
        answer = httpx.get(f"{stack.base_url}{PROPOSALS}", headers=given, trust_env=False)
        assert answer.status_code == 401
        told: int = answer.json()["error"]["code"]
        return told

    assert code(None, seller.word) == 40100001
    assert code(f"{seller.cookie[:-1]}{'AB'[seller.cookie[-1] == 'A']}", seller.word) == 40100002
    assert code(seller.cookie, None) == 40100004
    assert code(seller.cookie, rival.word) == 40100004


def test_a_sign_in_that_is_wrong_is_refused(stack: Stack, seller: ProposalClient) -> None:
    """Also through API Gateway, whatever it makes of headers and bodies."""
    headers, body = seller.signed_sign_in()
    address = f"{stack.base_url}/api/spa/v1/signIn"

    for given, sent in (
        (headers | {"api-signature": "0" * 128}, body),
        (headers, body[:-8] + b"AAAAAAA="),
        (headers | {"api-token": "Supplier_1"}, body),
    ):
        answer = httpx.post(address, headers=given, content=sent, trust_env=False)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, 40100003)
    assert httpx.post(address, content=body, trust_env=False).json()["error"]["code"] == 40100001
    good = httpx.post(address, headers=headers, content=body, trust_env=False)
    assert (good.status_code, good.content) == (204, b"")
    assert good.headers["Set-Cookie"].endswith(
        "; Max-Age=21600; Path=/api/spa; HttpOnly; Secure; SameSite=Strict"
    )
