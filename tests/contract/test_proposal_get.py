"""Looking one batch up."""

from typing import Any

import pytest

from tests.contract.proposal_calls import ILLEGAL, NOT_FOUND, faults, refusal, told
from tests.gateway import Gateway
from tests.supplying import CHANGE, GET, Supplier, detail, newly_set_up

DETAILS = [detail(22345, 1003, 1004), detail(12345, 1001, 1002)]
BOTH = pytest.mark.parametrize("function", [GET, CHANGE])


@pytest.fixture(scope="module")
def owner(standing: Gateway) -> Supplier:
    """A supplier for all tests of the module; none changes anything or moves the clock."""
    return newly_set_up(standing)


@pytest.fixture(scope="module")
def number(owner: Supplier) -> int:
    """A batch with details."""
    return owner.batch(*DETAILS)


def test_details_are_told_where_they_are_asked_for(owner: Supplier, number: int) -> None:
    """In the order in which they were given, after `batchSource`."""
    plain, whole = owner.get(number), owner.get(number, fields="+details")

    assert "details" not in plain.body
    assert whole.body == plain.body | {"details": DETAILS}
    assert list(whole.body)[3:6] == ["batchSource", "details", "executeTs"]
    names = ["listingId", "executeProposalId", "revertProposalId"]
    assert [list(one) for one in whole.body["details"]] == [names, names]


def test_a_plus_that_became_a_space_is_a_plus(owner: Supplier, number: int) -> None:
    """What comes of `fields=+details` when a client does not encode it."""
    assert owner.get(number, fields=" details").text == owner.get(number, fields="+details").text


@pytest.mark.parametrize(
    "fields",
    [
        *("details", "-details", "+detail", "+Details", "+details,+other", "+other", "++details"),
        *("*", "+", "+details,", "+id", "x" * 10_000),
    ],
)
def test_other_fields_are_refused(owner: Supplier, number: int, fields: str) -> None:
    """What is not there must not seem to be empty."""
    assert faults(owner.get(number, fields=fields)).keys() == {"fields"}


@pytest.mark.parametrize("fields", ["+details;", "<details>", "+details\n", "'", "\x00", "\x7f"])
def test_illegal_characters_in_fields_are_refused_as_such(
    owner: Supplier, number: int, fields: str
) -> None:
    """Before anything else about them."""
    assert faults(owner.get(number, fields=fields), ILLEGAL).keys() == {"fields"}


def test_fields_that_come_twice_are_refused(owner: Supplier, number: int) -> None:
    """Which of them is meant?"""
    answer = owner.call(GET, number=number, query=[("fields", "+details")] * 2)

    assert faults(answer).keys() == {"fields"}


def test_an_unknown_parameter_is_refused(owner: Supplier, number: int) -> None:
    """A slip of the pen is not silently ignored."""
    assert faults(owner.get(number, field="+details")).keys() == {"field"}
    assert faults(owner.get(number, **{"fields;": "+details"}), ILLEGAL)


@BOTH
@pytest.mark.parametrize(
    "given",
    ["00", "01", "-1", "+1", "1.0", "1e3", "abc", "1" * 19, "１", "1,2", "1 ", " 1", "0x1", ""],
)
def test_a_malformed_number_is_refused(owner: Supplier, function: str, given: str) -> None:
    """It is a mistake, not an unknown batch."""
    found = faults(owner.call(function, number=given, body={} if function == CHANGE else b""))

    message = "must be a whole number of at most 18 digits, without zeros before it"
    assert found == {"id": {"path": "id", "message": message, "invalidValue": given}}


@BOTH
@pytest.mark.parametrize("given", ["1;", "<1>", "1'", '1"', "1\\", "1\n", "\x00"])
def test_illegal_characters_in_a_number_are_refused_as_such(
    owner: Supplier, function: str, given: str
) -> None:
    """The path is a parameter, too."""
    answer = owner.call(function, number=given, body={} if function == CHANGE else b"")

    assert faults(answer, ILLEGAL).keys() == {"id"}


@BOTH
def test_half_a_character_in_a_number_is_refused_as_any_other(
    owner: Supplier, function: str
) -> None:
    """It can be neither stored nor answered, and is no fault of ours."""
    answer = owner.call(function, number="\ud800", body={} if function == CHANGE else b"")

    assert faults(answer).keys() == {"id"}


@BOTH
@pytest.mark.parametrize("given", [0, 999_999, 10**18 - 1])
def test_an_unknown_number_is_not_found(owner: Supplier, function: str, given: int) -> None:
    """Nor is there anything to say of it."""
    answer = owner.call(function, number=given, body={} if function == CHANGE else b"")

    assert told(answer) == refusal(NOT_FOUND)


def test_looking_up_writes_nothing(owner: Supplier, number: int) -> None:
    """Twice the same, to the byte."""
    rows: Any = owner.gateway.rows("BatchesTable")

    assert owner.get(number).text == owner.get(number).text
    assert owner.gateway.rows("BatchesTable") == rows
