"""What is told of each thing that is wrong with a body: the words of the guide's table."""

import json
from typing import Any

import pytest

from tests.contract.proposal_calls import ERRORS, ILLEGAL, INVALID, WRONG_TIME
from tests.gateway import Answer
from tests.supplying import CREATE, LEFT_OUT, Supplier, detail

NO_TIME = "must be ISO-8601 with a zone, such as 2024-04-10T02:00:00Z"
NOTHING = object()


def told(answer: Answer, code: int = INVALID) -> list[tuple[str, str, Any]]:
    """Path, message and value of each fault of a call that was refused with this code."""
    error = answer.body["error"]
    assert (answer.status, error["message"]) == ERRORS[code]
    assert error["code"] == code
    return [
        (one["path"], one["message"], one.get("invalidValue", NOTHING)) for one in error["detail"]
    ]


def test_each_field_of_a_new_batch_says_what_it_must_be(supplier: Supplier) -> None:
    """All at once, in the order of the fields, and what is not known last."""
    answer = supplier.create(
        proposalType="other",
        batchSource=1,
        instantExecute="true",
        executeTs=LEFT_OUT,
        revertTs=LEFT_OUT,
        colour=["red"],
    )

    assert told(answer) == [
        ("proposalType", "must be updateImageV2", "other"),
        ("batchSource", "must be excel, page or api", 1),
        ("instantExecute", "must be true or false", "true"),
        ("revertTs", "required", NOTHING),
        ("colour", "unknown field", '["red"]'),
        ("executeTs", "required", NOTHING),
    ]


def test_each_time_of_a_new_batch_says_what_it_must_be(supplier: Supplier) -> None:
    """Whatever else is wrong: times that nobody can read are told first."""
    answer = supplier.create(executeTs="tomorrow", revertTs=1_760_000_000, colour="red")

    assert told(answer, WRONG_TIME) == [
        ("executeTs", NO_TIME, "tomorrow"),
        ("revertTs", NO_TIME, 1_760_000_000),
    ]


def test_times_that_can_not_be_kept_are_told_as_they_were_read(supplier: Supplier) -> None:
    """In UTC, so that a wrong zone is seen."""
    answer = supplier.create(
        executeTs="2025-10-09T17:52:19+09:00", revertTs="2025-10-09T17:52:18+09:00"
    )

    assert told(answer) == [
        ("executeTs", "must not be in the past", "2025-10-09T08:52:19Z"),
        ("revertTs", "must not be in the past", "2025-10-09T08:52:18Z"),
        ("revertTs", "must be after executeTs", "2025-10-09T08:52:18Z"),
    ]


def test_each_field_of_a_change_says_what_it_must_be(supplier: Supplier) -> None:
    """A batch may be canceled, and nothing else be done to its states."""
    number = supplier.batch()

    answer = supplier.change(
        number, executeStatus="finished", revertStatus=True, details="1", modifier="me"
    )

    assert told(answer) == [
        ("executeStatus", "must be canceled", "finished"),
        ("revertStatus", "must be canceled", True),
        ("details", "must be a list", "1"),
        ("modifier", "unknown field", "me"),
    ]


def test_a_forbidden_change_is_told_with_the_state_and_what_was_sent(supplier: Supplier) -> None:
    """Each field by itself, times in UTC; of details the states that forbid them, and no more."""
    number = supplier.batch()
    assert supplier.change(number, executeStatus="canceled").status == 200

    answer = supplier.change(
        number,
        executeTs="2025-10-09T19:00:00+09:00",
        executeStatus="canceled",
        revertTs="2025-10-09T20:00:00+09:00",
        revertStatus="canceled",
        details=[detail(1)],
    )

    assert told(answer) == [
        ("executeTs", "execute is canceled", "2025-10-09T10:00:00Z"),
        ("executeStatus", "execute is canceled", "canceled"),
        ("revertTs", "revert is canceled", "2025-10-09T11:00:00Z"),
        ("revertStatus", "revert is canceled", "canceled"),
        ("details", "execute is canceled, revert is canceled", NOTHING),
    ]


def test_details_of_a_batch_that_took_effect_are_told_what_forbids_them(
    supplier: Supplier,
) -> None:
    """Its revert, which is idle, does not."""
    number = supplier.batch()
    supplier.live(hours=1)

    answer = supplier.change(number, details=[detail(1)])

    assert told(answer) == [("details", "execute is finished", NOTHING)]


def test_times_that_a_change_can_not_keep_are_told_as_they_were_read(supplier: Supplier) -> None:
    """All of them, as of a new batch."""
    number = supplier.batch()

    answer = supplier.change(
        number, executeTs="2025-10-09T17:52:19+09:00", revertTs="2025-10-09T17:52:18+09:00"
    )

    assert told(answer) == [
        ("executeTs", "must not be in the past", "2025-10-09T08:52:19Z"),
        ("revertTs", "must not be in the past", "2025-10-09T08:52:18Z"),
        ("revertTs", "must be after executeTs", "2025-10-09T08:52:18Z"),
    ]


def test_each_field_of_a_detail_says_what_it_must_be(supplier: Supplier) -> None:
    """By its place in the list."""
    number = supplier.batch()
    wrong = {"listingId": 2**31, "executeProposalId": -(2**31) - 1, "revertProposalId": True}

    answer = supplier.change(number, details=[detail(1), wrong, 7, {"listingId": "1", "note": 1}])

    assert told(answer) == [
        ("details[1].listingId", "must be an Int32", 2_147_483_648),
        ("details[1].executeProposalId", "must be an Int32", -2_147_483_649),
        ("details[1].revertProposalId", "must be an Int32", True),
        ("details[2]", "must be an object", 7),
        ("details[3].listingId", "must be an Int32", "1"),
        ("details[3].executeProposalId", "required", NOTHING),
        ("details[3].revertProposalId", "required", NOTHING),
        ("details[3].note", "unknown field", 1),
    ]


def test_a_listing_that_comes_twice_is_told_where_it_comes_again(supplier: Supplier) -> None:
    """Once for each time but the first."""
    number = supplier.batch()

    answer = supplier.change(number, details=[detail(one) for one in (5, 7, 5, 5)])

    assert told(answer) == [
        ("details[2].listingId", "comes twice", 5),
        ("details[3].listingId", "comes twice", 5),
    ]


def test_too_many_details_are_told_with_how_many_there_may_be(supplier: Supplier) -> None:
    """Their text is cut, as any that is long."""
    number = supplier.batch()

    ((path, message, value),) = told(
        supplier.change(number, details=[detail(one) for one in range(2_001)])
    )

    assert (path, message, len(value)) == ("details", "at most 2000", 200)


def test_an_illegal_character_is_told_wherever_it_is(supplier: Supplier) -> None:
    """In names as in values, however deep; and nothing else is told beside it."""
    answer = supplier.create(batchSource="<", executeTs="x", colour=[1, {"a;b": "\t"}])

    words = "has characters that are not allowed"
    assert told(answer, ILLEGAL) == [
        ("batchSource", words, "<"),
        ("colour[1].a;b", words, "a;b"),
        ("colour[1].a;b", words, "\t"),
    ]


@pytest.mark.parametrize("name", ["Xtra", "XX", ".colour", "..", "a.b", ""])
def test_an_unknown_field_is_told_by_its_whole_name(supplier: Supplier, name: str) -> None:
    """Whatever it begins with: whoever looks for it in a body should find it there."""
    assert told(supplier.create(**{name: 1})) == [(name, "unknown field", 1)]


def test_a_hundred_faults_are_told_and_long_values_are_cut(supplier: Supplier) -> None:
    """Whatever a body is full of, its answer stays small; names are cut as well."""
    answer = supplier.create(**{f"{at:0>300}": "v" * 300 for at in range(101)})

    found = told(answer)
    assert len(found) == 100
    assert {(len(path), len(value)) for path, _, value in found} == {(200, 200)}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (2**53 - 1, 9_007_199_254_740_991),
        (2**53, "9007199254740992"),
        (-(2**53), "-9007199254740992"),
        ({"b": 1, "a": [2.5, "é"]}, '{"b":1,"a":[2.5,"é"]}'),
    ],
)
def test_a_value_is_told_as_it_came_where_every_client_can_read_it(
    supplier: Supplier, value: object, shown: object
) -> None:
    """Numbers that JavaScript would round, and whatever is no single value, come as text."""
    assert told(supplier.create(colour=value)) == [("colour", "unknown field", shown)]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("1.5", 1.5),
        ("-0.25", -0.25),
        ("1.0", 1.0),
        ("1.50", "1.50"),
        ("1e3", "1E+3"),
        ("-1e400", "-1E+400"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("[1.50]", "[1.50]"),
        ('{"a":[-1.5,null]}', '{"a":[-1.5,null]}'),
    ],
)
def test_a_number_with_a_point_is_told_as_the_number_that_it_is(
    supplier: Supplier, given: str, shown: object
) -> None:
    """Not as a text in quotes, which is another mistake; as text only where a double is not it."""
    number = supplier.batch()
    body = json.dumps({"details": [detail("?")]}).replace('"?"', given)

    ((path, message, value),) = told(supplier.change(number, body))

    assert (path, message) == ("details[0].listingId", "must be an Int32")
    assert (type(value), value) == (type(shown), shown)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[]", "must be a JSON object"),
        (json.dumps({"a": json.loads("[" * 40 + "]" * 40)}), "nested deeper than 32 levels"),
        ("{}".ljust(1_048_577), "at most 1048576 bytes"),
    ],
    ids=["no object", "too deep", "too long"],
)
def test_a_body_that_is_not_read_at_all_is_told_why(
    supplier: Supplier, body: str, message: str
) -> None:
    """There is no field to name."""
    assert told(supplier.call(CREATE, body=body)) == [("body", message, NOTHING)]
