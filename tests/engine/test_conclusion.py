"""What a plan is told of the batches that its phases were put into."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from batchgate import wiring
from batchgate.engine.conclusion import conclude, end
from batchgate.errors import Busy
from batchgate.model import Phase, PhaseState, Plan, Standing
from tests.engine.calls import answering, seen
from tests.engine.making import apply, batch, item
from tests.engine.planning import EXECUTE, OF, OVERTAKEN, SOON_S, kept, now
from tests.faults.dying import overtaken
from tests.gateway import Gateway

RUN = "7.execute.1"
HALFWAY = Phase(at_s=SOON_S, state=PhaseState.EXECUTING, run=RUN)


def ended(fault: str = "") -> Standing:
    """Where the batch of that run stands that has one item, which failed if it has a fault."""
    apply(item("FPT", fault=fault), name=RUN, method=EXECUTE)
    standing = wiring.lookups().standing(batch(RUN))
    assert standing is not None
    return standing


def tell(standing: Standing) -> None:
    """Tell the plan, whichever it is, that a batch has ended."""
    conclude(standing, wiring.batches(), wiring.plans())


@pytest.mark.parametrize(
    ("fault", "state", "failed"),
    [("", "finished", []), ("no", "failed", [("FPT", "x")])],
)
def test_a_plan_is_told_how_its_batch_ended(
    gateway: Gateway, fault: str, state: str, failed: list[tuple[str, str]]
) -> None:
    """Its partner asks the plan, and knows nothing of batches."""
    kept(execute=HALFWAY)
    tell(ended(fault))

    phase = now().execute
    assert (now().version, phase.state, phase.items, phase.failed) == (2, state, 1, failed)


def test_the_items_of_a_batch_that_ended_well_are_not_read(gateway: Gateway) -> None:
    """It is the whole batch, and has nothing to tell."""
    kept(execute=HALFWAY)
    standing = ended()
    with seen() as calls:
        tell(standing)

    assert calls.names == ["GetItem", "TransactWriteItems"]


def test_a_batch_that_the_plan_does_not_wait_for_any_more_changes_nothing(
    gateway: Gateway,
) -> None:
    """Replayed after the plan was given other details, which were put into another batch."""
    plan = kept(execute=replace(HALFWAY, run="7.execute.4"))
    tell(ended())

    assert now() == plan


def test_a_batch_whose_plan_is_gone_ends_all_the_same(gateway: Gateway) -> None:
    """Plans expire by their own times, and a batch may be replayed long after."""
    standing = ended()
    tell(standing)

    assert gateway.rows("BatchesTable") != []
    assert wiring.plans().get(OF) is None


def test_a_batch_of_the_same_name_that_is_no_phases_tells_no_plan(gateway: Gateway) -> None:
    """Partners of other contracts choose their batches' names."""
    plan = kept(execute=HALFWAY)
    tell(replace(ended(), method="upload"))

    assert now() == plan


def overtake(change: Callable[[Plan], Plan]) -> Callable[[], None]:
    """Have somebody else make this change to the plan."""

    def others() -> None:
        plan = now()
        assert wiring.plans().put(replace(change(plan), version=plan.version + 1))

    return others


def test_a_plan_that_is_changed_meanwhile_keeps_the_change_and_has_ended(gateway: Gateway) -> None:
    """Of two at once one wins; what came of the work must not be lost by that."""
    plan = kept(execute=HALFWAY)
    with overtaken(1, overtake(lambda one: replace(one, about={"name": "new"}))):
        told = end(plan, EXECUTE, (), 2, wiring.plans())

    assert told == now()
    assert (told.version, told.execute.state, told.about) == (3, "finished", {"name": "new"})


def test_a_plan_that_does_something_else_meanwhile_is_left_to_that(gateway: Gateway) -> None:
    """Its phase was begun anew: how the earlier batch ended is none of its business."""
    plan = kept(execute=HALFWAY)
    with overtaken(1, overtake(lambda one: one.having(EXECUTE, run="7.execute.2"))):
        told = end(plan, EXECUTE, (), 2, wiring.plans())

    assert told == now()
    assert (told.version, told.execute.state) == (2, "executing")


def test_a_plan_that_others_change_all_the_time_is_told_another_time(gateway: Gateway) -> None:
    """The message comes again, and nothing is lost."""

    plan = kept(execute=HALFWAY)
    with (
        answering("TransactWriteItems", *[OVERTAKEN] * 8) as tries,
        pytest.raises(Busy, match=r"^changed by others all the time$"),
    ):
        end(plan, EXECUTE, (), 2, wiring.plans())

    assert tries == [8]
