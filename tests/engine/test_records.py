"""Reading and writing the current state of keys."""

from dataclasses import replace

import pytest

from batchgate import wiring
from batchgate.errors import Busy
from batchgate.model import BatchId
from tests.engine.calls import answering, refusal, seen
from tests.engine.making import record, stored, work
from tests.gateway import Gateway

WORK = work()


def write(*keys: str) -> None:
    wiring.records().write(WORK, [record(key, number=len(key)) for key in keys])


def test_keys_that_lie_side_by_side_are_read_with_one_query(gateway: Gateway) -> None:
    """One unit per 4 KB of rows; single keys would cost a unit each."""
    keys = [f"k{at:03}" for at in range(300)]
    write(*keys)

    with seen() as calls:
        found = stored(keys, WORK)

    assert list(found) == keys
    assert calls.names == ["Query"]


def test_records_are_read_consistently_and_without_their_contents(gateway: Gateway) -> None:
    """A stale read loses an update; a content that nobody looks at only costs."""
    write("FPT", "VNM")

    with seen() as calls:
        found = stored(["FPT", "VNM"], WORK)
        stored(["VNM", "FPT", "ACB", "A"], WORK)

    (query,) = calls.of("Query")
    assert query["ConsistentRead"] is True
    (get,) = calls.of("BatchGetItem")
    assert get["RequestItems"]["RecordsTable"]["ConsistentRead"] is True
    assert found["FPT"] == replace(record("FPT", number=3), content=b"")


def test_keys_that_are_not_there_are_left_out(gateway: Gateway) -> None:
    """New keys are read like all others."""
    write("b", "d")

    assert list(stored(["a", "b", "c", "d", "e"], WORK)) == ["b", "d"]
    assert stored(["x", "y"], WORK) == {}
    assert stored([], WORK) == {}


def test_a_wrong_guess_costs_one_page_of_as_many_rows_as_keys(gateway: Gateway) -> None:
    """Ten keys among a thousand: a query of the whole range would read them all."""
    write(*[f"k{at:04}" for at in range(1_000)])
    wanted = [f"k{at:04}" for at in range(0, 1_000, 100)]

    with seen() as calls:
        found = stored(wanted, WORK)

    assert list(found) == wanted
    assert calls.names == ["Query", "BatchGetItem"]
    assert calls.of("Query")[0]["Limit"] == 13
    (get,) = calls.of("BatchGetItem")
    assert len(get["RequestItems"]["RecordsTable"]["Keys"]) == 9


def test_a_range_that_is_dense_enough_is_read_to_its_end(gateway: Gateway) -> None:
    """Every second row wanted: pages of a range are still far cheaper than single keys."""
    write(*[f"k{at:04}" for at in range(400)])
    wanted = [f"k{at:04}" for at in range(0, 400, 2)]

    with seen() as calls:
        found = stored(wanted, WORK)

    assert list(found) == wanted
    assert set(calls.names) == {"Query"}


def test_a_gap_between_two_dense_ranges_is_jumped(gateway: Gateway) -> None:
    """Keys in two clusters: the second page begins at the second one's first key."""
    write(*[f"k{at:04}" for at in range(600)])
    wanted = [f"k{at:04}" for at in [*range(20), *range(580, 600)]]

    with seen() as calls:
        found = stored(wanted, WORK)

    assert sorted(found) == wanted
    first, second = calls.of("Query")
    assert first["Limit"] == 51
    assert second["ExpressionAttributeValues"][":first"] == {"S": "k0580"}


def test_every_key_is_found_wherever_the_pages_end(gateway: Gateway) -> None:
    """A page may end on a wanted key, before one, or beyond several that do not exist."""
    write(*[f"k{at:03}" for at in range(0, 120, 3)])
    for step in (1, 2, 3, 5, 7):
        wanted = [f"k{at:03}" for at in range(0, 120, step)]
        there = [f"k{at:03}" for at in range(0, 120, step) if at % 3 == 0]

        assert sorted(stored(wanted, WORK)) == there


def test_keys_are_found_in_every_script(gateway: Gateway) -> None:
    """Above U+FFFF the orders of UTF-16 and UTF-8 differ; ours must be DynamoDB's."""
    keys = ["\ue000", "\uffff", "\U00010000", "\U0001f4b0", "z", "é", "e\u0301", "中文", "ạ", "#"]
    write(*keys, *[f"{key}~{at}" for key in keys for at in range(20)])

    found = stored(sorted(keys), WORK)

    assert sorted(found) == sorted(keys)


def test_single_keys_come_in_calls_of_a_hundred(gateway: Gateway) -> None:
    """DynamoDB's limit."""
    keys = [f"k{at:03}" for at in range(250)]
    write(*keys)

    with seen() as calls:
        found = stored(keys[::-1], WORK)

    assert len(found) == 250
    assert calls.names == ["BatchGetItem"] * 3


def test_unprocessed_keys_are_asked_for_again(gateway: Gateway) -> None:
    """A record that was not read would be taken for a new one."""
    write("a", "b", "c")
    left = {"RecordsTable": {"Keys": [{"pk": {"S": "acme#stock#0"}, "sk": {"S": "b"}}]}}
    part = {"Responses": {"RecordsTable": []}, "UnprocessedKeys": left}

    with answering("BatchGetItem", part), seen() as calls:
        found = stored(["c", "b", "a"], WORK)

    assert list(found) == ["b"]
    assert calls.of("BatchGetItem")[1] == {"RequestItems": left}


def test_reading_a_key_that_no_record_can_have_finds_nothing(gateway: Gateway) -> None:
    """DynamoDB refuses the whole call for one key over 1,024 bytes: a slice for an item."""
    write("a", "b")
    for keys in (["a", "b", "é" * 513], ["é" * 513, "b", "a"]):
        with seen() as calls:
            assert sorted(stored(keys, WORK)) == ["a", "b"]

        assert "é" * 513 not in str(calls.made)
    assert stored(["x" * 1_024, "x" * 1_025], WORK) == {}


def test_records_that_dynamodb_cannot_hold_cost_no_other(gateway: Gateway) -> None:
    """A whole call is refused for one row of it; the others are still written."""
    good = [record(f"k{at:02}") for at in range(60)]
    large, long = record("large", "x" * 410_000), record("x" * 1_025)

    refused = wiring.records().write(WORK, [*good[:7], large, *good[7:], long])

    assert refused == {"large", "x" * 1_025}
    assert len(stored([one.key for one in good], WORK)) == 60


def test_a_removal_is_remembered_for_fifteen_days_and_a_record_for_ever(gateway: Gateway) -> None:
    """Longer than a message can wait in a queue, then DynamoDB forgets it."""
    wiring.records().write(WORK, [record("gone", removed=True), record("kept")])

    gone, kept = gateway.rows("RecordsTable")

    assert int(gone["expires"]["N"]) == 1_760_000_000 + 15 * 86_400
    assert "c" not in gone
    assert "expires" not in kept


def test_a_record_written_after_its_removal_stays(gateway: Gateway) -> None:
    """The tombstone's expiry must not take the new record with it."""
    wiring.records().write(WORK, [record("FPT", removed=True)])
    wiring.records().write(WORK, [record("FPT")])

    (row,) = gateway.rows("RecordsTable")

    assert "expires" not in row


def test_numbers_are_never_given_twice(gateway: Gateway) -> None:
    """`portfolioId` is unique in the deployment."""
    records = wiring.records()

    assert [*records.numbers(3), *records.numbers(1), *records.numbers(2)] == [1, 2, 3, 4, 5, 6]


def test_partners_feeds_and_shards_lie_apart(gateway: Gateway) -> None:
    """The same key of two partners is two records."""
    places = [
        work(batch=BatchId("acme", "stock", "b1")),
        work(batch=BatchId("other", "stock", "b1")),
        work(batch=BatchId("acme", "card", "b1")),
        work(shard=1),
    ]
    for at, place in enumerate(places):
        wiring.records().write(place, [record("FPT", number=at)])

    assert [stored(["FPT"], place)["FPT"].number for place in places] == [0, 1, 2, 3]


@pytest.mark.parametrize("operation", ["Query", "BatchGetItem"])
def test_a_throttled_read_is_busy(gateway: Gateway, operation: str) -> None:
    """Never an empty answer: it would make every item an insert."""
    write("a", "b")
    with (
        answering(operation, refusal("ProvisionedThroughputExceededException")),
        pytest.raises(Busy, match="ProvisionedThroughputExceededException"),
    ):
        stored(["a", "b"] if operation == "Query" else ["b", "a"], WORK)
