"""Pages of the status: every row once, counters over all, and cursors that are only ours."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from batchgate.contracts.portfolio import status
from tests.contract.portfolio_calls import NOW, call, portfolio, refusal, signed, told
from tests.gateway import STATUS, Gateway, Partner

FIRST = "8c8974a0-e516-4a6c-92b3-7d2db780b18b"
SECOND = "7c224639-8523-4931-b458-a6e31b4e65c3"
THIRD = "94f7108b-916b-498f-990b-56ad875471a0"
REFUSED = refusal(400, "Invalid parameter: cursor")
# In the order of the status: the newest batch first, in it as they were sent; "" is a failure.
OF_SECOND = ["d", "", "c"]
OF_FIRST = ["a", "b", "", "c"]


@pytest.fixture(scope="module", autouse=True)
def batches(standing: Gateway, broker: Partner, rival: Partner) -> None:
    """Seven rows in two batches of a partner, and the same ids with another."""
    for batch, users in ((FIRST, OF_FIRST), (SECOND, OF_SECOND)):
        for partner in (broker, rival):
            entries = [portfolio(user) for user in users]
            assert standing.submit(partner, batchId=batch, portfolios=entries).status == 200
        standing.clock.move(ms=1)
    standing.drain()


def pages(gateway: Gateway, partner: Partner, **parameters: str) -> Iterator[dict[str, Any]]:
    """All pages, one after the other."""
    cursor: dict[str, str] = {}
    for _ in range(20):
        data = gateway.status(partner, **parameters, **cursor).body["data"]
        yield data
        if "nextCursor" not in data:
            return
        cursor = {"cursor": data["nextCursor"]}
    pytest.fail("the pages have no end")


def cursor_of(gateway: Gateway, partner: Partner, **parameters: str) -> str:
    return str(gateway.status(partner, limit="2", **parameters).body["data"]["nextCursor"])


@pytest.mark.parametrize(
    ("limit", "sizes"),
    [
        ("1", [1, 1, 1, 1, 1, 1, 1]),
        ("2", [2, 2, 2, 1]),
        ("3", [3, 3, 1]),
        ("4", [4, 3]),
        ("5", [5, 2]),
        ("6", [6, 1]),
        ("7", [7]),
        ("8", [7]),
        ("10000", [7]),
        (None, [7]),
    ],
)
def test_every_row_is_on_one_page(
    standing: Gateway, broker: Partner, limit: str | None, sizes: list[int]
) -> None:
    """Also where a page ends with a batch; the last one, and only it, has no cursor."""
    seen = list(pages(standing, broker, **({"limit": limit} if limit else {})))

    assert [len(page["successes"]) + len(page["failures"]) for page in seen] == sizes
    rows = [(row["batchId"], row["userId"]) for page in seen for row in page["successes"]]
    assert rows == [
        (SECOND, "d"),
        (SECOND, "c"),
        (FIRST, "a"),
        (FIRST, "b"),
        (FIRST, "c"),
    ]
    assert [row["batchId"] for page in seen for row in page["failures"]] == [SECOND, FIRST]


@pytest.mark.parametrize(("limit", "sizes"), [("10000", [3, 4]), ("2", [2, 1, 2, 2])])
def test_a_page_ends_after_so_many_batches(
    standing: Gateway,
    broker: Partner,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    sizes: list[int],
) -> None:
    """Thousands of small batches, each a read, would take longer than API Gateway waits."""
    monkeypatch.setattr(status, "BATCHES", 1)

    seen = list(pages(standing, broker, limit=limit))

    assert [len(page["successes"]) + len(page["failures"]) for page in seen] == sizes
    assert [row["userId"] for page in seen for row in page["successes"]] == list("dcabc")
    assert [page["totalCount"] for page in seen] == [7] * len(sizes)


def test_a_page_ends_after_as_many_batches_as_it_may_have(
    standing: Gateway, newcomer: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each counts, not only the one that it begins with."""
    monkeypatch.setattr(status, "BATCHES", 2)
    for batch in (FIRST, SECOND, THIRD):
        entries = [portfolio("a"), portfolio("b")]
        assert standing.submit(newcomer, batchId=batch, portfolios=entries).status == 200
        standing.clock.move(ms=1)
    standing.drain()

    seen = list(pages(standing, newcomer))

    assert [[row["batchId"] for row in page["successes"]] for page in seen] == [
        [THIRD, THIRD, SECOND, SECOND],
        [FIRST, FIRST],
    ]


def test_batches_of_the_same_moment_are_on_one_page_each(
    standing: Gateway, newcomer: Partner
) -> None:
    """A broker that sends side by side has some; each row comes once all the same."""
    for batch in (FIRST, SECOND, THIRD):
        entries = [portfolio("a"), portfolio("b")]
        assert standing.submit(newcomer, batchId=batch, portfolios=entries).status == 200
    standing.drain()

    seen = list(pages(standing, newcomer, limit="1"))

    rows = [(row["batchId"], row["userId"]) for page in seen for row in page["successes"]]
    assert set(rows) == {(batch, user) for batch in (FIRST, SECOND, THIRD) for user in "ab"}
    assert len(rows) == len(seen) == 6


@pytest.mark.parametrize("limit", ["1", "2", "3", "4"])
def test_one_batch_is_paged_alike(standing: Gateway, broker: Partner, limit: str) -> None:
    """The rows of the other batch are on none of its pages."""
    seen = list(pages(standing, broker, batchId=FIRST, limit=limit))

    assert [row["userId"] for page in seen for row in page["successes"]] == ["a", "b", "c"]
    assert {page["batchId"] for page in seen} == {FIRST}


def test_counters_cover_all_that_was_asked_for_on_every_page(
    standing: Gateway, broker: Partner
) -> None:
    """A partner that reads only the first page still knows how its batch went."""
    names = ("totalCount", "successCount", "failedCount", "pendingCount")

    every = {tuple(page[name] for name in names) for page in pages(standing, broker, limit="2")}
    one = pages(standing, broker, batchId=FIRST, limit="1")

    assert every == {(7, 5, 2, 0)}
    assert {tuple(page[name] for name in names) for page in one} == {(4, 3, 1, 0)}


def test_a_page_may_have_another_size_than_the_one_before(
    standing: Gateway, broker: Partner
) -> None:
    """The limit is no part of the question that a cursor belongs to."""
    rest = standing.status(broker, cursor=cursor_of(standing, broker)).body["data"]

    assert len(rest["successes"]) + len(rest["failures"]) == 5
    assert "nextCursor" not in rest


def test_a_cursor_belongs_to_its_question(standing: Gateway, broker: Partner) -> None:
    """Rows of one batch would otherwise be left out of another's pages."""
    every = cursor_of(standing, broker)
    first = cursor_of(standing, broker, batchId=FIRST)

    assert told(standing.status(broker, batchId=FIRST, cursor=every)) == REFUSED
    assert told(standing.status(broker, batchId=SECOND, cursor=first)) == REFUSED
    assert told(standing.status(broker, cursor=first)) == REFUSED
    assert standing.status(broker, batchId=FIRST, cursor=first).status == 200


def test_a_cursor_belongs_to_its_partner(
    standing: Gateway, broker: Partner, rival: Partner
) -> None:
    """Even where both have a batch of the same id."""
    for parameters in ({}, {"batchId": FIRST}):
        cursor = cursor_of(standing, broker, **parameters)
        assert told(standing.status(rival, cursor=cursor, **parameters)) == REFUSED


@pytest.fixture(scope="module")
def cursor(standing: Gateway, broker: Partner) -> str:
    return cursor_of(standing, broker)


@settings(deadline=None, max_examples=200)
@given(st.integers(0), st.characters(min_codepoint=0x20, max_codepoint=0x17F), st.integers(0, 2))
def test_a_cursor_altered_anywhere_is_refused(
    standing: Gateway, broker: Partner, cursor: str, place: int, letter: str, cut: int
) -> None:
    """A character changed, left out or put in: what we did not make is not ours."""
    at = place % len(cursor)
    altered = cursor[:at] + letter * (cut < 2) + cursor[at + (cut > 0) :]
    assume(altered != cursor)

    assert told(standing.status(broker, cursor=altered)) == REFUSED


@pytest.mark.parametrize("extra", ["=", "==", " ", "\n", "A"])
def test_a_cursor_with_something_after_it_is_refused(
    standing: Gateway, broker: Partner, cursor: str, extra: str
) -> None:
    """Lenient base64 readers skip padding and white space."""
    assert told(standing.status(broker, cursor=cursor + extra)) == REFUSED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("batchId", bad) for bad in ["", "1", f"{FIRST} ", f"{FIRST}\n", f"{{{FIRST}}}"]),
        *(("batchId", bad) for bad in [FIRST.replace("-", ""), FIRST[:-1], FIRST[:-1] + "g"]),
        *(("batchId", bad) for bad in [FIRST[:-1] + "１", "null", f"broker#portfolio#{FIRST}"]),
        *(("limit", bad) for bad in ["", "0", "10001", "-1", "1.5", "abc", "1e3", "５", " 1"]),
        *(("limit", bad) for bad in ["1\n", "+1", "99999", "9" * 5_000]),
        *(("cursor", bad) for bad in ["", "abc", "AAAA", "====", "é", "a" * 10_000]),
        *(("cursor", bad) for bad in ["null", "e30", "WzEsIiIsMF0", "A" * 16, "+/+/"]),
    ],
)
def test_a_malformed_parameter_is_refused_by_name(
    standing: Gateway, broker: Partner, name: str, value: str
) -> None:
    """Each is told by its name; none of them reaches the tables."""
    answer = call(standing, broker, STATUS, signed(broker, [(name, value), ("timestamp", NOW)]))

    assert told(answer) == refusal(400, f"Invalid parameter: {name}")
