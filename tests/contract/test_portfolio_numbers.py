"""A user's `portfolioId`: when there is one, and that it stays."""

from typing import Any

from tests.contract.portfolio_calls import BATCH, holding, portfolio, synced
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
