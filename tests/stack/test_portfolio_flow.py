"""Brokers who do what the guide says, over real HTTP."""

import json
import random
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.client import BATCH, STATUS
from local.stack import Stack
from tests.cloudformation import ROOT
from tests.stack.broker import Broker, batch, counters, told, until
from tests.stack.troubles import rows

pytestmark = pytest.mark.stack

DATA = ROOT / "tests" / "data"


def sample(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def test_nine_batches_answer_the_published_status(brokers: Mapping[str, Broker]) -> None:
    """The one sample that the source gives, to the letter but for the portfolios' numbers."""
    broker = brokers["samples"]
    for one in sample("portfolio_batches.json"):
        assert broker.submit(one).status_code == 200

    answer = broker.ended().json()

    want = sample("portfolio_status.json")["answer"]
    numbers: dict[str, set[int]] = {}
    for told_rows in (answer["data"], want["data"]):
        for row in told_rows["successes"] + told_rows["failures"]:
            if "portfolioId" in row:
                numbers.setdefault(row["userId"], set()).add(row["portfolioId"])
                row["portfolioId"] = "kept"
    assert json.dumps(answer) == json.dumps(want)
    assert {user: len(seen) for user, seen in numbers.items()} == {
        "USERFULLFLOW": 2,  # ours and the sample's
        "1401": 2,
        "1400": 2,
    }


def test_counters_close_from_the_instant_that_submit_answered(acme: Broker) -> None:
    """A broker may look at once and as often as it likes: no user is ever missing."""
    users = [f"investor-{at}" for at in range(200)]
    sent = batch(*users)
    sent["portfolios"][7]["holding"][0]["totalQty"] = -1

    receipt = acme.submit(sent)
    looks: list[httpx.Response] = []

    def ended() -> bool:
        looks.append(acme.status(batchId=sent["batchId"]))
        return counters(looks[-1])[3] == 0

    until(ended)

    assert receipt.json()["data"] == {"batchId": sent["batchId"], "totalCount": 200}
    for look in looks:
        total, succeeded, failed, pending = counters(look)
        assert (look.status_code, total) == (200, 200)
        assert succeeded + failed + pending == 200
    assert counters(looks[-1]) == (200, 199, 1, 0)


def test_rows_come_in_pages_and_counters_cover_them_all(acme: Broker) -> None:
    """A cursor leads through all rows once, in the order of the batch."""
    sent = batch(*[f"investor-{at}" for at in range(5)])
    acme.submit(sent)
    acme.ended(batchId=sent["batchId"])

    pages: list[httpx.Response] = []
    more: dict[str, str] = {}
    while len(pages) < 5:
        pages.append(acme.status(batchId=sent["batchId"], limit="2", **more))
        if "nextCursor" not in pages[-1].json()["data"]:
            break
        more = {"cursor": pages[-1].json()["data"]["nextCursor"]}

    assert [[row["userId"] for row in page.json()["data"]["successes"]] for page in pages] == [
        ["investor-0", "investor-1"],
        ["investor-2", "investor-3"],
        ["investor-4"],
    ]
    assert [counters(page) for page in pages] == [(5, 5, 0, 0)] * 3


@pytest.mark.parametrize(
    "cursor", ["a b", "a+b", "ü/Ủ", "a&b=c", "100%", "%20", "?#;,", "'(!)*~", "\u0001", "a%00b"]
)
def test_signed_text_agrees_whatever_a_parameter_holds(acme: Broker, cursor: str) -> None:
    """Between signing and checking, API Gateway decodes the query: 400 says it agreed."""
    answer = acme.status(cursor=cursor)

    assert told(answer) == (400, "Invalid parameter: cursor")


def test_another_brokers_cursor_is_not_one_of_ours(acme: Broker, rival: Broker) -> None:
    """A cursor tells a place among one's own rows only."""
    acme.submit(batch("investor-1", "investor-2"))
    acme.ended()
    cursor = acme.status(limit="1").json()["data"]["nextCursor"]

    assert told(rival.status(limit="1", cursor=cursor)) == (400, "Invalid parameter: cursor")
    assert told(acme.status(limit="1", cursor=cursor)) == (200, "Success")


def test_the_largest_batch_spreads_over_rows_and_ends_whole(stack: Stack, acme: Broker) -> None:
    """2,000 portfolios that do not compress: more than a row of DynamoDB holds."""
    dice = random.Random(11)
    users = [f"investor-{dice.getrandbits(192):048x}" for _ in range(2_000)]
    sent = batch(*users)
    for one in sent["portfolios"]:
        one["holding"] = [
            {
                "symbol": f"TICK{dice.getrandbits(64):016x}",
                "totalQty": str(dice.randrange(10**19)),
                "costPrice": f"{dice.randrange(10**11)}.{dice.randrange(1, 10**8):08}",
                "tradableQty": dice.randrange(10**15),
            }
            for _ in range(10)
        ]

    receipt = acme.submit(sent)
    answer = acme.ended(batchId=sent["batchId"])

    assert receipt.json()["data"]["totalCount"] == 2_000
    assert len(rows(stack, acme, sent, "p/")) >= 3
    assert counters(answer) == (2_000, 2_000, 0, 0)
    told_rows = answer.json()["data"]["successes"]
    assert [row["userId"] for row in told_rows] == users
    assert len({row["portfolioId"] for row in told_rows}) == 2_000


def test_a_user_may_hold_a_thousand_positions(acme: Broker) -> None:
    """The longest list that the contract allows; one more is refused by its path."""
    longest, longer = batch("investor-1", holdings=1_000), batch("investor-1", holdings=1_001)

    assert told(acme.submit(longest)) == (200, "Success")
    assert told(acme.submit(longer)) == (413, "Too large: portfolios[0].holding: at most 1000")
    assert counters(acme.ended(batchId=longest["batchId"])) == (1, 1, 0, 0)


def test_anothers_batch_is_answered_as_one_that_never_was(acme: Broker, rival: Broker) -> None:
    """Whether an id is in use elsewhere must not be learned from the answer."""
    sent = batch("investor-1")
    acme.submit(sent)

    anothers = rival.status(batchId=sent["batchId"])
    nobodys = rival.status(batchId=str(uuid4()))

    assert anothers.content == b'{"status":404,"message":"Batch not found","data":null}'
    assert nobodys.content == anothers.content
    assert {*nobodys.headers} == {*anothers.headers}
    assert rival.submit(sent).status_code == 200  # the same id, its own batch


def test_wrong_verbs_and_paths_never_reach_a_function(acme: Broker) -> None:
    """Only what the template declares is served."""
    assert acme.send("GET", BATCH, acme.signed()).status_code == 403
    assert acme.send("POST", STATUS, acme.signed()).status_code == 403
