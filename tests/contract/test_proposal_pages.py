"""Pages of batches that are as full as they may be."""

import pytest

from tests.supplying import CHANGE, Supplier, detail

pytestmark = pytest.mark.slow

MOST_OF_AN_ANSWER = 6 * 1024 * 1024
"""Lambda hands no more than this to API Gateway."""


def test_a_page_of_full_batches_still_fits_into_an_answer(supplier: Supplier) -> None:
    """A page may be shorter than its limit: it says where the next one begins."""
    details = [detail(10**8 + at, 2 * 10**8 + at, 3 * 10**8 + at) for at in range(2_000)]
    numbers = [supplier.batch() for _ in range(40)]
    for number in numbers:
        answer = supplier.call(CHANGE, number=number, body={"details": details})
        assert answer.status == 200
    seen: list[int] = []
    query = {"fields": "+details", "limit": "50", "sort": "id"}
    while True:
        answer = supplier.list(**query)
        size = len(answer.text)
        assert size < MOST_OF_AN_ANSWER
        seen += [one["id"] for one in answer.body["proposals"]]
        pagination = answer.body["pagination"]
        assert pagination["resultsTotal"] == 40
        if "nextOffset" not in pagination:
            break
        assert pagination["nextOffset"] == len(seen)
        query["offset"] = str(len(seen))

    assert seen == numbers
