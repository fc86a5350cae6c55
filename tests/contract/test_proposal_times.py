"""Times: how they may be written, and which of them make no sense."""

from typing import Any

import pytest

from tests.contract.proposal_calls import ILLEGAL, WRONG_TIME, faults
from tests.supplying import LEFT_OUT, Supplier

EITHER = pytest.mark.parametrize("name", ["executeTs", "revertTs"])
FAR = "2030-01-01T00:00:00Z"
WRONG: list[Any] = [
    *("2026-01-02T03:04:05", "2026-01-02", "03:04:05Z", "2026-01-02T", "2026-01-02Z", "now", ""),
    *("2026-02-30T03:04:05Z", "2026-13-01T03:04:05Z", "2026-00-01T03:04:05Z", "1767323045"),
    *("2027-02-29T03:04:05Z", "2026-01-02T25:04:05Z", "2026-01-02T03:60:05Z", "2026-01-02T03Z"),
    *("2026-01-02T03:04:60Z", "2026-01-02T03:04:05+25:00", "2026-01-02T03:04:05+08:60"),
    *("2026-01-02T03:04:05+8", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05ZZ"),
    *(" 2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z ", "２０２６-01-02T03:04:05Z"),
    *("2026-1-2T3:4:5Z", "26-01-02T03:04:05Z", "20260-01-02T03:04:05Z", "0000-01-02T03:04:05Z"),
    *("2026-01-02T03:04:05 UTC", "2026-01-02T03:04:05Z[UTC]", "Fri, 02 Jan 2026 03:04:05 GMT"),
    *(None, 1767323045, 1767323045.5, True, [], {}, ["2026-01-02T03:04:05Z"], "2" * 10_000),
]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T11:04:05+08:00", "2026-01-02T03:04:05Z"),
        ("2026-01-02T11:04:05+0800", "2026-01-02T03:04:05Z"),
        ("2026-01-02T11:04:05+08", "2026-01-02T03:04:05Z"),
        ("2026-01-01T21:34:05-05:30", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04Z", "2026-01-02T03:04:00Z"),
        ("2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.001Z", "2026-01-02T03:04:06Z"),
        ("2026-01-02T03:04:05.999999Z", "2026-01-02T03:04:06Z"),
        ("2026-01-02T03:04:59.5Z", "2026-01-02T03:05:00Z"),
        ("2026-12-31T23:59:59.1Z", "2027-01-01T00:00:00Z"),
        ("2026-01-02T11:04:05.5+08:00", "2026-01-02T03:04:06Z"),
        ("2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z"),
    ],
)
def test_a_time_is_told_in_utc_to_the_second(supplier: Supplier, given: str, meant: str) -> None:
    """A fraction counts as the next second: nothing happens before its time."""
    answer = supplier.create(executeTs=given, revertTs=FAR)

    assert (answer.status, answer.body.get("executeTs")) == (200, meant)
    assert supplier.create(revertTs=given).body["revertTs"] == meant


@EITHER
def test_what_is_no_time_is_refused_as_such(supplier: Supplier, name: str) -> None:
    """Without a zone, without a time of day, impossible, or no text at all."""
    for given in WRONG:
        found = faults(supplier.create(**{name: given}), WRONG_TIME)
        assert found.keys() == {name}, given
    assert supplier.list().body["pagination"]["resultsTotal"] == 0


@EITHER
def test_a_wrong_time_is_told_back(supplier: Supplier, name: str) -> None:
    """With the field that it stood in."""
    found = faults(supplier.create(**{name: "2026-02-30T03:04:05Z"}), WRONG_TIME)

    assert found[name]["invalidValue"] == "2026-02-30T03:04:05Z"


LAST = "2199-12-31T23:59:59Z"
TOO_FAR = "2200-01-01T00:00:00Z"


def test_a_time_is_before_2200(supplier: Supplier) -> None:
    """What the scheduler could refuse is no fault of ours, and not to be sent again and again."""
    found = faults(supplier.create(executeTs=TOO_FAR, revertTs="9000-01-01T00:00:00Z"))

    assert list(found.values()) == [
        {"path": "executeTs", "message": "must be before 2200", "invalidValue": TOO_FAR},
        {
            "path": "revertTs",
            "message": "must be before 2200",
            "invalidValue": "9000-01-01T00:00:00Z",
        },
    ]
    assert supplier.gateway.schedules.standing() == []
    assert supplier.create(executeTs=FAR, revertTs=LAST).status == 200


@EITHER
def test_a_change_moves_no_time_past_2199(supplier: Supplier, name: str) -> None:
    """Nothing of it is applied."""
    number = supplier.batch(revertTs=LAST)
    before: Any = supplier.told(number)

    found = faults(supplier.change(number, **{name: "2199-12-31T23:59:59.5Z"}))

    assert found[name]["message"] == "must be before 2200"
    assert supplier.told(number) == before


def test_a_list_may_ask_for_times_that_no_batch_has(supplier: Supplier) -> None:
    """An interval without an end is written so."""
    number = supplier.batch()

    answer = supplier.list(executeTs="0001-01-01T00:00:00Z/9999-12-31T23:59:59Z")

    assert [one["id"] for one in answer.body["proposals"]] == [number]


@EITHER
@pytest.mark.parametrize(
    "given",
    [
        *("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.5Z", "9999-12-31T23:59:59-01:00"),
        *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+08:00"),
    ],
)
def test_the_ends_of_time_are_no_fault_of_ours(supplier: Supplier, name: str, given: str) -> None:
    """Rounding and zones may lead out of the calendar."""
    assert supplier.create(**{name: given}).status == 400


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("1969-12-31T23:59:50Z", "1969-12-31T23:59:50Z"),
        ("1969-12-31T23:59:50.5Z", "1969-12-31T23:59:51Z"),
        ("1970-01-01T00:00:00+00:01", "1969-12-31T23:59:00Z"),
    ],
)
def test_a_time_before_the_clocks_of_computers_is_read_as_any(
    supplier: Supplier, given: str, meant: str
) -> None:
    """They count from 1970: nothing can be planned for earlier, but it is told as it was read."""
    found = faults(supplier.create(executeTs=given))

    assert found["executeTs"]["invalidValue"] == meant


def test_all_wrong_times_are_told_at_once(supplier: Supplier) -> None:
    """And nothing else with them."""
    answer = supplier.create(executeTs="x", revertTs="y", batchSource="fax")

    assert faults(answer, WRONG_TIME).keys() == {"executeTs", "revertTs"}


def test_an_illegal_character_is_told_before_a_wrong_time(supplier: Supplier) -> None:
    """One answer is about one kind of fault; all of that kind are in it."""
    answer = supplier.create(executeTs="x;", revertTs="y", batchSource="<fax>", proposalType=1)

    assert faults(answer, ILLEGAL).keys() == {"executeTs", "batchSource"}


@pytest.mark.parametrize(("late", "status"), [(59, 200), (60, 200), (61, 400), (3_600, 400)])
def test_a_time_may_have_passed_by_a_minute(supplier: Supplier, late: int, status: int) -> None:
    """While the call was on its way, or the clocks differ."""
    given = supplier.now(seconds=-late)

    answer = supplier.create(executeTs=given)

    assert answer.status == status, answer.text
    if status == 400:
        assert list(faults(answer).values()) == [
            {"path": "executeTs", "message": "must not be in the past", "invalidValue": given}
        ]


def test_a_batch_made_in_the_middle_of_a_second_counts_as_made_at_its_start(
    supplier: Supplier,
) -> None:
    """Times on the wire have whole seconds: those that are given, and those that are told."""
    given, at = supplier.now(seconds=-60), supplier.now()
    supplier.gateway.clock.move(ms=999)

    answer = supplier.create(executeTs=given)

    assert (answer.status, answer.body["executeTs"], answer.body["createdTs"]) == (200, given, at)
    at_once = supplier.create(instantExecute=True, executeTs=LEFT_OUT)
    assert at_once.body["executeTs"] == at


def test_a_revert_may_have_passed_by_a_minute_too(supplier: Supplier) -> None:
    """As long as it is after the execute; both faults are told."""
    early, late = (supplier.now(seconds=-60), supplier.now(seconds=-59))
    assert supplier.create(executeTs=early, revertTs=late).status == 200

    answer = supplier.create(
        executeTs=supplier.now(seconds=-62), revertTs=supplier.now(seconds=-61)
    )

    assert {name: one["message"] for name, one in faults(answer).items()} == {
        "executeTs": "must not be in the past",
        "revertTs": "must not be in the past",
    }


@pytest.mark.parametrize("execute", ["2026-01-02T03:00:00Z", "2026-01-02T11:00:00+08:00"])
@pytest.mark.parametrize("revert", ["2026-01-02T03:00:00Z", "2026-01-01T00:00:00Z"])
def test_the_revert_must_be_after_the_execute(
    supplier: Supplier, execute: str, revert: str
) -> None:
    """Not at the same moment, whatever the zones; nor before."""
    found = faults(supplier.create(executeTs=execute, revertTs=revert))

    assert list(found.values()) == [
        {"path": "revertTs", "message": "must be after executeTs", "invalidValue": revert}
    ]
    assert supplier.gateway.schedules.standing() == []


def test_a_second_between_the_two_is_enough(supplier: Supplier) -> None:
    """The shortest campaign."""
    answer = supplier.create(executeTs=supplier.now(hours=1), revertTs=supplier.now(seconds=3_601))

    assert answer.status == 200


@pytest.mark.parametrize(("later", "status"), [(0, 400), (-30, 400), (1, 200)])
def test_an_instant_batch_is_taken_back_after_now(
    supplier: Supplier, later: int, status: int
) -> None:
    """Its execute is now."""
    answer = supplier.create(
        instantExecute=True, executeTs=LEFT_OUT, revertTs=supplier.now(seconds=later)
    )

    assert answer.status == status
    if status == 400:
        assert faults(answer)["revertTs"]["message"] == "must be after executeTs"


def test_a_time_that_has_just_passed_is_acted_on_at_once(supplier: Supplier) -> None:
    """The scheduler takes no time that is over; what was accepted happens all the same."""
    number = supplier.batch(executeTs=supplier.now(seconds=-60))

    supplier.live(seconds=65)

    assert supplier.states(number) == ("finished", "idle")


@EITHER
def test_a_change_takes_times_as_making_does(supplier: Supplier, name: str) -> None:
    """The same texts are right, and the same are wrong."""
    number = supplier.batch(revertTs=FAR)
    before: Any = supplier.told(number)

    for given in WRONG[:12]:
        assert faults(supplier.change(number, **{name: given}), WRONG_TIME).keys() == {name}
    for character in "<;\n":
        answer = supplier.change(number, **{name: f"2026-01-02{character}T03:04:05Z"})
        assert faults(answer, ILLEGAL).keys() == {name}
    assert supplier.told(number) == before
    answer = supplier.change(number, **{name: "2026-01-02T11:04:05.5+08:00"})
    assert answer.body[name] == "2026-01-02T03:04:06Z"
