"""Plans are made and changed whole, each with exactly the schedules that its times need."""

import json
from dataclasses import replace
from typing import Any

import pytest

from batchgate import engine, wiring
from batchgate.errors import Busy, UnknownPlan
from batchgate.model import Phase, PhaseName, PhaseState, Plan, Turn
from tests.engine.calls import answering, seen
from tests.engine.planning import EXECUTE, LATER_S, OF, OVERTAKEN, REVERT, SOON_S, made, now
from tests.faults.dying import overtaken
from tests.gateway import Gateway

TURN, OTHER = Turn(7, 11, 12), Turn(8, 21, 22)


def arranged(*turns: Turn, **fields: Any) -> Plan:
    """A plan that is kept, with these turns if there are any."""
    plan = made(**fields)
    engine.arrange(plan, wiring.plans(), wiring.schedules())
    return change(turns=turns)[0] if turns else now()


def change(
    plan: Plan | None = None, *, turns: tuple[Turn, ...] | None = None, **phases: Any
) -> tuple[Plan, list[Turn]]:
    """Change the fields of its phases, its turns, or all of it; what is told of it."""

    def edit(before: Plan) -> tuple[Plan, tuple[Turn, ...] | None]:
        after = plan or before
        for name, fields in phases.items():
            after = after.having(PhaseName(name), **fields)
        return after, turns

    told, left = engine.change(OF, edit, wiring.plans(), wiring.schedules())
    assert told == now()
    return told, list(left)


def standing(gateway: Gateway) -> list[tuple[str, int]]:
    """What the schedules that stand are called, and when they fire at the latest (UTC, s)."""
    return [(one.name, one.at_us // 1_000_000) for one in gateway.schedules.standing()]


def test_a_new_plan_has_a_schedule_for_each_of_its_times(gateway: Gateway) -> None:
    """What wakes it is named in it, so that it can be taken back, and says what it wakes."""
    plan = arranged()

    assert standing(gateway) == [(plan.execute.schedule, SOON_S), (plan.revert.schedule, LATER_S)]
    assert (plan.version, plan.turned) == (1, 0)
    woken = [json.loads(one.body)["phase"] for one in gateway.schedules.standing()]
    assert woken == ["execute", "revert"]


def test_a_phase_that_was_begun_has_no_schedule(gateway: Gateway) -> None:
    """An instant plan acts when it is made; only what is still to come is woken."""
    plan = arranged(execute=Phase(at_s=SOON_S, state=PhaseState.EXECUTING))

    assert standing(gateway) == [(plan.revert.schedule, LATER_S)]
    assert plan.execute.schedule == ""


def test_a_plan_whose_number_is_taken_is_not_kept(gateway: Gateway) -> None:
    """Another's is not written over; the call may be made again with another number."""
    first = arranged(about={"name": "first"})

    with pytest.raises(Busy, match=r"^a number that is taken$"):
        arranged(about={"name": "second"})

    assert now() == first


@pytest.mark.parametrize(("moved", "other"), [(EXECUTE, REVERT), (REVERT, EXECUTE)])
def test_only_the_time_that_is_moved_has_a_new_schedule(
    gateway: Gateway, moved: PhaseName, other: PhaseName
) -> None:
    """The other one stands as it was; the old one is taken back."""
    before = arranged()
    at_s = before.phase(moved).at_s + 600

    after, _ = change(before.having(moved, at_s=at_s))

    assert after.phase(other) == before.phase(other)
    assert after.phase(moved).schedule != before.phase(moved).schedule
    expected = {
        after.phase(moved).schedule: at_s,
        after.phase(other).schedule: after.phase(other).at_s,
    }
    assert dict(standing(gateway)) == expected


@pytest.mark.parametrize(("canceled", "other"), [(EXECUTE, REVERT), (REVERT, EXECUTE)])
def test_what_is_canceled_is_not_woken_any_more(
    gateway: Gateway, canceled: PhaseName, other: PhaseName
) -> None:
    """Its schedule is taken back, and not named any more."""
    before = arranged()

    after, _ = change(before.having(canceled, state=PhaseState.CANCELED))

    assert after.phase(canceled).schedule == ""
    assert after.phase(other) == before.phase(other)
    assert [name for name, _ in standing(gateway)] == [before.phase(other).schedule]


def test_a_change_that_changes_nothing_costs_nothing(gateway: Gateway) -> None:
    """It is told what is there, in the version that it had."""
    before = arranged(TURN)

    with seen() as calls:
        assert change() == (before, [TURN])

    assert calls.names == ["GetItem", "GetItem", "GetItem"]


def test_the_same_turns_again_are_kept_in_a_version_of_their_own(gateway: Gateway) -> None:
    """Who gave them is told that they took effect, whatever others do meanwhile."""
    before = arranged(TURN)

    after, told = change(turns=(TURN,))

    assert told == [TURN]
    assert (before.turned, after.version, after.turned) == (2, 3, 3)


def test_other_turns_take_the_place_of_those_that_were_there(gateway: Gateway) -> None:
    """All of them, at once."""
    arranged(TURN)

    after, told = change(turns=(OTHER,))

    assert told == [OTHER]
    assert wiring.plans().with_turns(after) == (after, [OTHER])


def test_turns_are_left_where_they_are_by_a_change_of_something_else(gateway: Gateway) -> None:
    """They may be many: a new name does not write them anew."""
    before = arranged(TURN, OTHER)

    after, told = change(replace(before, about={"name": "new"}))

    assert told == [TURN, OTHER]
    assert (after.version, after.turned, after.about) == (3, 2, {"name": "new"})


@pytest.mark.parametrize("name", PhaseName)
def test_turns_are_kept_as_long_as_a_plan_that_is_moved(gateway: Gateway, name: PhaseName) -> None:
    """Both expire by the plan's times: turns that were gone before it would be lost."""
    arranged(TURN)

    moved = now().having(name, at_s=LATER_S + 86_400)
    after, told = change(moved)

    assert told == [TURN]
    assert after.turned == after.version == 3
    expires = {
        row["sk"]["S"][0]: int(row["expires"]["N"])
        for row in gateway.rows("BatchesTable")
        if row["pk"]["S"] == "acme#stock#"
    }
    assert expires == {"h": LATER_S + 91 * 86_400, "d": LATER_S + 91 * 86_400}


def test_a_plan_without_turns_that_is_moved_has_none_then(gateway: Gateway) -> None:
    """Nobody gave any."""
    arranged()

    after, told = change(execute={"at_s": SOON_S + 600})

    assert (after.turned, told) == (0, [])
    kept = [row["sk"]["S"] for row in gateway.rows("BatchesTable")]
    assert kept == ["h/000000000000000007"]


def test_a_plan_that_is_not_there_is_not_changed(gateway: Gateway) -> None:
    """It may have expired a moment ago."""
    with pytest.raises(UnknownPlan):
        change(turns=())


def test_a_change_overtaken_by_another_is_made_on_what_that_left(gateway: Gateway) -> None:
    """Both are whole in the end, and no schedule is left that nobody knows."""
    arranged(TURN)

    def others() -> None:
        change(revert={"at_s": LATER_S + 600})

    with overtaken(0, others, before="TransactWriteItems"):
        after, told = change(execute={"at_s": SOON_S + 600})

    assert told == [TURN]
    assert (after.version, after.execute.at_s, after.revert.at_s) == (
        4,
        SOON_S + 600,
        LATER_S + 600,
    )
    assert standing(gateway) == [
        (after.execute.schedule, SOON_S + 600),
        (after.revert.schedule, LATER_S + 600),
    ]


def test_a_change_that_never_comes_through_leaves_no_schedule(gateway: Gateway) -> None:
    """What it would have been woken by is taken back, each time that it was tried."""
    before = arranged()

    with (
        answering("TransactWriteItems", *[OVERTAKEN] * 8) as tries,
        pytest.raises(Busy, match=r"^changed by others all the time$"),
    ):
        change(execute={"at_s": SOON_S + 600})

    assert tries == [8]
    assert now() == before
    assert standing(gateway) == [
        (before.execute.schedule, SOON_S),
        (before.revert.schedule, LATER_S),
    ]
