"""A user's `portfolioId`: when there is one, and that it stays."""

import json
from typing import Any

from batchgate.model import shard
from tests.contract.portfolio_calls import BATCH, holding, portfolio, synced
from tests.engine.calls import Calls, seen
from tests.gateway import Gateway, Partner

SECOND = "7c224639-8523-4931-b458-a6e31b4e65c3"
THIRD = "94f7108b-916b-498f-990b-56ad875471a0"
BAD = holding(totalQty=-1)


def numbers(data: dict[str, Any]) -> dict[str, int]:
    """`portfolioId` by user, of all rows that tell one."""
    rows = data["successes"] + data["failures"]
    return {row["userId"]: row["portfolioId"] for row in rows if "portfolioId" in row}


def test_a_user_without_a_good_sync_has_no_number(standing: Gateway, newcomer: Partner) -> None:
    """It is left out, not null: the source's own sample shows such a row."""
    for batch in (BATCH, SECOND):
        data = synced(standing, newcomer, portfolio("1401", BAD), batch=batch)
        assert data["failures"][0].keys() == {"batchId", "userId", "status", "message"}


def test_a_failure_of_a_user_that_has_a_number_tells_it(
    standing: Gateway, newcomer: Partner
) -> None:
    """The user's portfolio is still there, as it was."""
    number = numbers(synced(standing, newcomer, portfolio("1401")))["1401"]

    data = synced(standing, newcomer, portfolio("1401", BAD), batch=SECOND)

    assert data["failures"][0]["portfolioId"] == number


def test_an_early_failure_of_a_user_stays_without_the_later_number(
    standing: Gateway, newcomer: Partner
) -> None:
    """A batch's status tells what became of that batch; it does not change afterwards."""
    synced(standing, newcomer, portfolio("1401", BAD))
    synced(standing, newcomer, portfolio("1401"), batch=SECOND)

    assert numbers(standing.status(newcomer, batchId=BATCH).body["data"]) == {}


def test_a_number_stays_its_users_for_ever(standing: Gateway, newcomer: Partner) -> None:
    """Given: 1401 is 843 in every batch; also after failures, emptiness and expired batches."""
    kept = numbers(synced(standing, newcomer, portfolio("1401"), portfolio("1400")))
    synced(
        standing, newcomer, portfolio("1401", BAD), {"userId": "1400", "holding": []}, batch=SECOND
    )
    standing.clock.move(seconds=91 * 86_400)

    data = synced(standing, newcomer, portfolio("1400"), portfolio("1401"), batch=THIRD)

    assert numbers(data) == kept
    assert {type(number) for number in kept.values()} == {int}


def test_a_sync_that_changes_nothing_is_a_success_with_its_number(
    standing: Gateway, newcomer: Partner
) -> None:
    """Brokers send everybody every night; most users did not trade."""
    first = synced(standing, newcomer, portfolio("1401"))["successes"]

    again = synced(standing, newcomer, portfolio("1401"), batch=SECOND)["successes"]

    assert again == [first[0] | {"batchId": SECOND}]


def test_both_rows_of_a_user_twice_in_a_batch_tell_its_number(
    standing: Gateway, newcomer: Partner
) -> None:
    """The user has a portfolio once the batch is worked, whichever entry made it."""
    data = synced(standing, newcomer, portfolio("1401", BAD), portfolio("1401"))

    (good,), (bad,) = data["successes"], data["failures"]
    assert good["portfolioId"] == bad["portfolioId"]


def test_a_row_without_a_user_has_no_number(standing: Gateway, newcomer: Partner) -> None:
    """All such rows share the user "", which is nobody."""
    synced(standing, newcomer, portfolio("1401"), None)

    data = synced(
        standing, newcomer, None, portfolio("", holding()), portfolio("1401"), batch=SECOND
    )

    assert numbers(data).keys() == {"1401"}


def test_numbers_are_unique_over_users_and_partners(
    standing: Gateway, newcomer: Partner, rival: Partner
) -> None:
    """The same user id at two brokers is two people."""
    users = [portfolio(str(at)) for at in range(40)]

    ours = numbers(synced(standing, newcomer, *users))
    theirs = numbers(synced(standing, rival, *users))

    assert len({*ours.values(), *theirs.values()}) == 80
    assert min(*ours.values(), *theirs.values()) > 0


def given_up(gateway: Gateway, partner: Partner, *portfolios: Any, batch: str) -> dict[str, Any]:
    """The status of these portfolios once they were given up."""
    assert gateway.submit(partner, batchId=batch, portfolios=portfolios).status == 200
    while gateway.deliver(gateway.queue, "give_up"):
        pass
    data: dict[str, Any] = gateway.status(partner, batchId=batch).body["data"]
    return data


def of_records(calls: Calls) -> list[tuple[str, list[str]]]:
    """The calls that ask for records, with the keys that they name, in order."""
    return [
        (name, [part for part in json.dumps(given).split('"') if part.startswith("user-")])
        for name, given in calls.made
        if "RecordsTable" in json.dumps(given)
    ]


def users(of: int, count: int) -> list[str]:
    """So many users of one shard, in order."""
    every = (f"user-{at:03}" for at in range(100))
    return [user for user in every if shard(user, 2) == of][:count]


def test_a_user_that_was_given_up_tells_its_number(standing: Gateway, newcomer: Partner) -> None:
    """Whoever gives up reads no portfolio; the user has its own all the same."""
    known = numbers(synced(standing, newcomer, portfolio("1401"), portfolio("1400")))
    entries = [portfolio("1401"), portfolio("new"), portfolio("1400", BAD), None]

    data = given_up(standing, newcomer, *entries, batch=SECOND)

    assert numbers(data) == known
    assert [list(row) for row in data["failures"]] == [
        ["batchId", "userId", "portfolioId", "status", "message"],
        ["batchId", "userId", "status", "message"],
        ["batchId", "userId", "portfolioId", "status", "message"],
        ["batchId", "userId", "status", "message"],
    ]


def test_a_user_that_was_given_up_tells_the_number_that_it_has_now(
    standing: Gateway, newcomer: Partner
) -> None:
    """What it had when it was given up is not kept anywhere."""
    assert numbers(given_up(standing, newcomer, portfolio("1401"), batch=BATCH)) == {}

    later = numbers(synced(standing, newcomer, portfolio("1401"), batch=SECOND))

    assert numbers(standing.status(newcomer, batchId=BATCH).body["data"]) == later != {}


def test_only_users_that_were_given_up_are_looked_up(standing: Gateway, newcomer: Partner) -> None:
    """A status costs what it did where nobody was: no record is read for it."""
    entries = [portfolio("1401"), portfolio("1400", BAD), portfolio("1401"), None]
    synced(standing, newcomer, *entries)
    standing.submit(newcomer, batchId=SECOND, portfolios=entries)

    with seen() as calls:
        one = standing.status(newcomer, batchId=BATCH)
        every = standing.status(newcomer)

    assert (one.status, every.status) == (200, 200)
    assert of_records(calls) == []
    assert "BatchGetItem" not in calls.names


def test_users_that_were_given_up_are_looked_up_once_a_shard(
    standing: Gateway, newcomer: Partner
) -> None:
    """However many batches tell them; by range where they come in order, as most do."""
    (a, b, c), (d,) = users(0, 3), users(1, 1)
    given_up(standing, newcomer, *map(portfolio, (a, b, c)), None, batch=BATCH)
    standing.clock.move(ms=1)
    given_up(standing, newcomer, *map(portfolio, (b, d, a)), batch=SECOND)

    with seen() as calls:
        standing.status(newcomer, batchId=BATCH)
    assert of_records(calls) == [("Query", [a, c])]

    with seen() as calls:
        standing.status(newcomer)
    assert of_records(calls) == [("BatchGetItem", [b, a, c]), ("Query", [d, d])]


def test_only_users_of_the_page_are_looked_up(standing: Gateway, newcomer: Partner) -> None:
    """A page of one row reads no more than it tells."""
    entries = [portfolio(user) for user in users(0, 3)]
    given_up(standing, newcomer, *entries, batch=BATCH)

    with seen() as calls:
        page = standing.status(newcomer, batchId=BATCH, limit="1").body["data"]

    (row,) = page["failures"]
    assert of_records(calls) == [("Query", [row["userId"]] * 2)]
