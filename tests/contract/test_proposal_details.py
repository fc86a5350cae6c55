"""The details of a batch: which listing gets which proposal."""

import json
from typing import Any

import pytest

from tests.contract.proposal_calls import INVALID, faults
from tests.supplying import CHANGE, Supplier, detail

MOST = 2_000
LARGEST = 2**31 - 1
NOT_INT32 = [
    *("2147483648", "-2147483649", "1" + "0" * 400, "1.0", "1.5", "1e2", "true", "false"),
    *('"1"', '""', "null", "[]", "{}", "[1]"),
]
NAMES = ("listingId", "executeProposalId", "revertProposalId")


def details(supplier: Supplier, number: int) -> list[dict[str, Any]]:
    """The details of a batch."""
    found: list[dict[str, Any]] = supplier.told(number).get("details", [])
    return found


def test_details_are_replaced_as_a_whole(supplier: Supplier) -> None:
    """What is not in the new list is no longer in the batch."""
    number = supplier.batch(detail(1), detail(2))

    assert supplier.change(number, details=[detail(3), detail(1, 5, 6)]).status == 200

    assert details(supplier, number) == [detail(3), detail(1, 5, 6)]
    supplier.live(hours=1)
    assert supplier.active(1, 2, 3) == [5, None, 1001]


def test_an_empty_list_takes_all_details_away(supplier: Supplier) -> None:
    """Nothing is left to do, which is no failure."""
    number = supplier.batch(detail(1))

    assert supplier.change(number, details=[]).status == 200

    assert details(supplier, number) == []
    supplier.live(hours=2)
    assert supplier.active(1) is None
    assert supplier.states(number) == ("finished", "finished")


def test_two_thousand_details_are_carried_out_and_taken_back(supplier: Supplier) -> None:
    """As many as there may be."""
    given = [detail(one, 10_000 + one, 20_000 + one) for one in range(1, MOST + 1)]
    number = supplier.batch(*given)
    assert details(supplier, number) == given

    supplier.live(hours=1)
    assert supplier.active(1, 1_000, 2_000) == [10_001, 11_000, 12_000]
    told = supplier.told(number)
    assert (told["executeStatus"], told["executeDetail"]) == (
        "finished",
        "2000 of 2000 listings changed",
    )

    supplier.live(hours=1)
    records = supplier.records()
    assert {key: one["proposal"] for key, one in records.items()} == {
        one: 20_000 + one for one in range(1, MOST + 1)
    }


def test_more_than_two_thousand_are_refused(supplier: Supplier) -> None:
    """And those that were there stay."""
    number = supplier.batch(detail(7))

    answer = supplier.change(number, details=[detail(one) for one in range(1, MOST + 2)])

    assert faults(answer, INVALID).keys() == {"details"}
    assert details(supplier, number) == [detail(7)]


def test_a_listing_twice_is_refused(supplier: Supplier) -> None:
    """Which proposal is to be active?"""
    number = supplier.batch(detail(7))

    answer = supplier.change(number, details=[detail(1), detail(2), detail(3), detail(2, 8, 9)])

    found = faults(answer, INVALID)
    assert found.keys() == {"details[3].listingId"}
    assert found["details[3].listingId"]["invalidValue"] == 2
    assert details(supplier, number) == [detail(7)]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_int32_is_refused(supplier: Supplier, name: str) -> None:
    """Exactly as it is written: neither a text nor a fraction is taken for a number."""
    number = supplier.batch()
    usual = json.dumps({"details": [detail(1), detail(2) | {name: 0}]})
    for written in NOT_INT32:
        body = usual.replace(f'"{name}": 0', f'"{name}": {written}')
        assert body != usual

        answer = supplier.call(CHANGE, number=number, body=body)

        assert faults(answer, INVALID).keys() == {f"details[1].{name}"}, written
    assert details(supplier, number) == []


def test_the_largest_int32_is_a_number_like_others(supplier: Supplier) -> None:
    """On its way in, out, and to the listing."""
    number = supplier.batch(detail(LARGEST, LARGEST, LARGEST - 1))

    assert details(supplier, number) == [detail(LARGEST, LARGEST, LARGEST - 1)]
    supplier.live(hours=1)
    assert supplier.active(LARGEST) == LARGEST


@pytest.mark.parametrize("name", NAMES)
def test_a_part_that_is_missing_is_named(supplier: Supplier, name: str) -> None:
    """There is no half entry."""
    number = supplier.batch()
    given = {key: one for key, one in detail(1).items() if key != name}

    found = faults(supplier.change(number, details=[given]))

    assert found.keys() == {f"details[0].{name}"}
    assert "invalidValue" not in found[f"details[0].{name}"]


def test_a_part_that_is_unknown_is_named(supplier: Supplier) -> None:
    """A slip of the pen."""
    number = supplier.batch()

    found = faults(supplier.change(number, details=[detail(1) | {"price": 1}]))

    assert found["details[0].price"]["message"] == "unknown field"


@pytest.mark.parametrize("given", [None, "", "x", 1, True, {}, {"listingId": 1}])
def test_what_is_no_list_is_refused(supplier: Supplier, given: Any) -> None:
    """One entry is a list of one."""
    number = supplier.batch(detail(7))

    assert faults(supplier.change(number, details=given)).keys() == {"details"}
    assert details(supplier, number) == [detail(7)]


@pytest.mark.parametrize("given", [None, "x", 1, True, [], [detail(1)]])
def test_an_entry_that_is_no_object_is_named(supplier: Supplier, given: Any) -> None:
    """By its place."""
    number = supplier.batch()

    assert faults(supplier.change(number, details=[detail(1), given])).keys() == {"details[1]"}


def test_every_bad_entry_is_named(supplier: Supplier) -> None:
    """Whoever mends one should not find the next."""
    number = supplier.batch()

    answer = supplier.change(number, details=[detail("x"), detail(2), detail(3, 1.5, None)])

    assert faults(answer).keys() == {
        "details[0].listingId",
        "details[2].executeProposalId",
        "details[2].revertProposalId",
    }


def test_the_same_proposal_may_be_given_to_many_listings(supplier: Supplier) -> None:
    """And be the one that is gone back to."""
    number = supplier.batch(detail(1, 5, 5), detail(2, 5, 5))

    supplier.live(hours=2)

    assert supplier.active(1, 2) == [5, 5]
    assert supplier.states(number) == ("finished", "finished")


def test_a_body_of_over_a_megabyte_is_refused(supplier: Supplier) -> None:
    """Whatever it says."""
    number = supplier.batch(detail(7))
    body = json.dumps({"details": []}).encode()

    answer = supplier.call(CHANGE, number=number, body=body + b" " * (1_048_577 - len(body)))

    assert faults(answer).keys() == {"body"}
    assert details(supplier, number) == [detail(7)]
