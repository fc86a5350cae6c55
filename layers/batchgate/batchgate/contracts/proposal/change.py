"""Changing a proposal: its times, its details, or canceling what has not begun."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import Field, TypeAdapter, with_config

from batchgate import engine
from batchgate.contracts.proposal import bodies
from batchgate.contracts.proposal.bodies import Moment
from batchgate.contracts.proposal.calls import Caller
from batchgate.contracts.proposal.create import kept, order
from batchgate.contracts.proposal.faults import INVALID, Fault, Invalid
from batchgate.contracts.proposal.times import text
from batchgate.http import Request
from batchgate.model import PhaseName, PhaseState, Plan, Turn

MOST_DETAILS = 2_000

Int32 = Annotated[int, Field(strict=True, ge=-(2**31), le=2**31 - 1)]


@with_config(extra="forbid")
class Detail(TypedDict):
    """What a proposal does to one listing."""

    listingId: Int32
    executeProposalId: Int32
    revertProposalId: Int32


@with_config(extra="forbid")
class Change(TypedDict):
    """What of a proposal is to change; what is not named stays."""

    executeTs: NotRequired[Moment]
    executeStatus: NotRequired[Literal["canceled"]]
    revertTs: NotRequired[Moment]
    revertStatus: NotRequired[Literal["canceled"]]
    details: NotRequired[Annotated[list[Detail], Field(max_length=MOST_DETAILS)]]


_CHANGE = TypeAdapter(Change)
FIELDS = {
    PhaseName.EXECUTE: ("executeTs", "executeStatus"),
    PhaseName.REVERT: ("revertTs", "revertStatus"),
}


def read(request: Request, caller: Caller, clock: Callable[[], int]) -> engine.Edit:
    """What an authenticated call changes, as an edit of whatever the plan is then.

    Raises, and so does the edit:
        Malformed: the body is not a JSON object.
        Invalid: it is not as the contract says, or the state of the plan forbids it.
    """
    given = bodies.read(request, _CHANGE)
    turns = _turns(given["details"]) if "details" in given else None
    now_s = clock() // 1_000_000

    def edit(plan: Plan) -> tuple[Plan, Sequence[Turn] | None]:
        if not given:
            return plan, None
        _check(plan, given, now_s)
        changed = _moved(plan, given)
        if turns is not None and plan.about["instantExecute"]:
            changed = engine.begin(changed, PhaseName.EXECUTE, caller.name)
        modified = {"modifier": caller.name, "modifiedTs": now_s}
        return replace(changed, about={**plan.about, **modified}), turns

    return edit


def _turns(details: Sequence[Detail]) -> Sequence[Turn]:
    seen: set[int] = set()
    twice = []
    for at, one in enumerate(details):
        listing = one["listingId"]
        if listing in seen:
            twice.append(Fault(f"details[{at}].listingId", "comes twice", listing))
        seen.add(listing)
    if twice:
        raise Invalid(INVALID, twice)
    return [
        Turn(one["listingId"], one["executeProposalId"], one["revertProposalId"]) for one in details
    ]


def _check(plan: Plan, given: Change, now_s: int) -> None:
    """Refuse (`Invalid`) what the plan's state forbids, and times that can't be kept."""
    wrong = [
        Fault(field, f"{name} is {plan.phase(name).state}", _shown(given, field))
        for name, fields in FIELDS.items()
        for field in fields
        if field in given and plan.phase(name).state is not PhaseState.IDLE
    ]
    wrong += _details_forbidden(plan, given)
    if not wrong:
        for field in ("executeTs", "revertTs"):
            if field in given:
                wrong += kept(field, given[field], now_s)
        after = _moved(plan, given)
        moved = "executeTs" in given or "revertTs" in given
        if moved and after.revert.state is PhaseState.IDLE:
            wrong += order(after.execute.at_s, after.revert.at_s)
    if wrong:
        raise Invalid(INVALID, wrong)


def _details_forbidden(plan: Plan, given: Change) -> list[Fault]:
    if "details" not in given:
        return []
    instant = plan.about["instantExecute"]
    states = [(name, plan.phase(name).state) for name in PhaseName]
    against = [
        f"{name} is {state}"
        for name, state in states
        if state is not PhaseState.IDLE and (not instant or state is PhaseState.EXECUTING)
    ]
    return [Fault("details", ", ".join(against))] if against else []


def _moved(plan: Plan, given: Change) -> Plan:
    """The plan with its new times and states; who cancels its execution cancels its revert."""
    if "executeTs" in given:
        plan = plan.having(PhaseName.EXECUTE, at_s=given["executeTs"])
    if "revertTs" in given:
        plan = plan.having(PhaseName.REVERT, at_s=given["revertTs"])
    if "executeStatus" in given:
        plan = plan.having(PhaseName.EXECUTE, state=PhaseState.CANCELED)
    idle = plan.revert.state is PhaseState.IDLE
    if "revertStatus" in given or ("executeStatus" in given and idle):
        plan = plan.having(PhaseName.REVERT, state=PhaseState.CANCELED)
    return plan


def _shown(given: Change, field: str) -> object:
    value = dict(given)[field]
    return text(value) if isinstance(value, int) else value
