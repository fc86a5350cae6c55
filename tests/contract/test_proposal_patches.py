"""A change as a whole: all of it or none, and who made it."""

from typing import Any

import pytest

from tests.contract.proposal_calls import ILLEGAL, INVALID, faults, told
from tests.supplying import CHANGE, Supplier, detail

BAD: list[dict[str, Any]] = [
    {"details": [detail(1), detail(1)]},
    {"details": [detail("1")]},
    {"revertStatus": "idle"},
    {"executeStatus": "finished"},
    {"proposalType": "updateImageV2"},
    {"unheard": 1},
]


@pytest.mark.parametrize("bad", BAD)
def test_one_bad_field_undoes_the_good_ones(supplier: Supplier, bad: dict[str, Any]) -> None:
    """A caller that was refused need not find out how far it came."""
    number = supplier.batch(detail(7))
    before, schedules = supplier.told(number), supplier.gateway.schedules.standing()
    good = {
        "executeTs": supplier.now(minutes=10),
        "revertTs": supplier.now(minutes=20),
        "details": [detail(8)],
    }

    assert faults(supplier.change(number, **good | bad), INVALID)

    assert supplier.told(number) == before
    assert supplier.gateway.schedules.standing() == schedules


def test_one_forbidden_field_undoes_the_allowed_ones(supplier: Supplier) -> None:
    """It was executed: its revert could be moved, but not with this."""
    number = supplier.batch(detail(7))
    supplier.live(hours=1)
    before = supplier.told(number)

    answer = supplier.change(number, revertTs=supplier.now(hours=5), details=[detail(8)])

    assert faults(answer, INVALID).keys() == {"details"}
    assert supplier.told(number) == before


def test_all_forbidden_fields_are_named(supplier: Supplier) -> None:
    """At once."""
    number = supplier.batch(detail(7))
    supplier.live(hours=1)

    answer = supplier.change(
        number, executeTs=supplier.now(hours=5), executeStatus="canceled", details=[]
    )

    assert faults(answer, INVALID).keys() >= {"executeTs", "details"}


def test_a_change_is_answered_with_the_whole_batch(supplier: Supplier) -> None:
    """With its details, and in the order of every answer."""
    number = supplier.batch()
    supplier.gateway.clock.move(seconds=100)

    answer = supplier.change(number, details=[detail(7), detail(6)], revertTs=supplier.now(days=1))

    assert list(answer.body) == [
        *("id", "supplierId", "proposalType", "batchSource", "details", "executeTs"),
        *("executeStatus", "revertTs", "revertStatus", "creator", "createdTs"),
        *("modifier", "modifiedTs"),
    ]
    assert answer.body["details"] == [detail(7), detail(6)]
    assert answer.body["revertTs"] == supplier.now(days=1)
    assert (answer.body["modifier"], answer.body["modifiedTs"]) == (
        supplier.api_token,
        supplier.now(),
    )
    assert answer.body["createdTs"] == supplier.now(seconds=-100)
    assert answer.text == supplier.get(number, fields="+details").text


def test_a_change_of_nothing_changes_nothing(supplier: Supplier) -> None:
    """Not even who changed it last."""
    number = supplier.batch()
    before = supplier.told(number)
    supplier.gateway.clock.move(seconds=100)

    answer = supplier.change(number)

    assert told(answer) == (200, before)
    assert supplier.told(number) == before
    assert "modifier" not in before


def test_what_executes_a_batch_does_not_modify_it(supplier: Supplier) -> None:
    """`modifier` is a person that changed something."""
    number = supplier.batch(detail(7))
    before = supplier.told(number)

    supplier.live(hours=2)

    after = supplier.told(number)
    assert (after["modifier"], after["modifiedTs"]) == (before["modifier"], before["modifiedTs"])


@pytest.mark.parametrize(
    "name",
    [
        *("proposalType", "batchSource", "instantExecute", "id", "supplierId", "creator"),
        *("executor", "executeDetail", "revertDetail", "executets", "details.0"),
    ],
)
def test_a_field_that_nobody_may_change_is_unknown(supplier: Supplier, name: str) -> None:
    """Whatever its value: what was made so stays so."""
    number = supplier.batch()

    found = faults(supplier.change(number, {name: "api"}))

    assert found.keys() == {name}
    assert found[name]["message"] == "unknown field"


@pytest.mark.parametrize(
    "body",
    ["", "x", "[]", "null", '"x"', "1", '{"details":[],"details":[]}', "[" * 5_000, b"\xff"],
)
def test_a_body_that_is_no_object_is_refused(supplier: Supplier, body: Any) -> None:
    """As it is when a batch is made."""
    number = supplier.batch()

    answer = supplier.call(CHANGE, number=number, body=body)

    assert faults(answer, INVALID).keys() == {"body"}


@pytest.mark.parametrize("character", ["<", "\\", "\n"])
def test_illegal_characters_are_told_first(supplier: Supplier, character: str) -> None:
    """In a value, a name, or deep in the details."""
    number = supplier.batch()

    value = supplier.change(number, executeStatus=f"canceled{character}", revertTs="x")
    name = supplier.change(number, {f"details{character}": [], "unheard": 1})
    deep = supplier.change(number, details=[detail(1) | {"listingId": character}])

    assert faults(value, ILLEGAL).keys() == {"executeStatus"}
    assert len(faults(name, ILLEGAL)) == 1
    assert faults(deep, ILLEGAL).keys() == {"details[0].listingId"}
    assert supplier.states(number) == ("idle", "idle")


def test_a_change_leaves_one_schedule_a_time(supplier: Supplier) -> None:
    """Those for times that were given up are gone."""
    number = supplier.batch()
    for hours in (3, 4, 5):
        execute, revert = supplier.now(hours=hours), supplier.now(hours=hours + 1)
        assert supplier.change(number, executeTs=execute, revertTs=revert).status == 200

    times = [one.at_us for one in supplier.gateway.schedules.standing()]

    now = supplier.gateway.clock.now_us
    assert times == [now + 5 * 3_600_000_000, now + 6 * 3_600_000_000]
