"""Creating a proposal: when it takes effect, and when it is taken back."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from pydantic import Strict, TypeAdapter, with_config

from batchgate.contracts.proposal import FEED, bodies
from batchgate.contracts.proposal.bodies import Moment
from batchgate.contracts.proposal.calls import Caller
from batchgate.contracts.proposal.faults import INVALID, Fault, Invalid
from batchgate.contracts.proposal.times import text
from batchgate.http import Request
from batchgate.model import Phase, PhaseState, Plan, PlanId

GRACE_S = 60
"""How long ago a time may be that is still to come."""

END_S = 7_258_118_400
"""2200-01-01T00:00:00Z: AWS names no later years for schedules, and might refuse one each time."""


@with_config(extra="forbid")
class Create(TypedDict):
    """A new proposal; `executeTs` is required unless it takes effect at once."""

    proposalType: Literal["updateImageV2"]
    batchSource: Literal["excel", "page", "api"]
    instantExecute: NotRequired[Annotated[bool, Strict()]]
    executeTs: NotRequired[Moment]
    revertTs: Moment


_CREATE = TypeAdapter(Create)


def read(
    request: Request, caller: Caller, number: Callable[[], int], clock: Callable[[], int]
) -> Plan:
    """The plan that an authenticated call creates; its number is taken once all is right.

    Raises:
        Malformed: the body is not a JSON object.
        Invalid: it is not as the contract says, or its times can't be kept.
    """
    given = bodies.read(request, _CREATE, _time_missing)
    now_s = clock() // 1_000_000
    instant = given.get("instantExecute") is True
    execute_s = now_s if instant else given["executeTs"]
    wrong = [
        *kept("executeTs", execute_s, now_s),
        *kept("revertTs", given["revertTs"], now_s),
        *order(execute_s, given["revertTs"]),
    ]
    if wrong:
        raise Invalid(INVALID, wrong)
    state = PhaseState.FINISHED if instant else PhaseState.IDLE
    return Plan(
        id=PlanId(caller.partner, FEED, number()),
        version=1,
        execute=Phase(at_s=execute_s, state=state, by=caller.name if instant else ""),
        revert=Phase(at_s=given["revertTs"]),
        about={
            "supplierId": caller.supplier,
            "proposalType": given["proposalType"],
            "batchSource": given["batchSource"],
            "instantExecute": instant,
            "creator": caller.name,
            "createdTs": now_s,
            "correlation_id": request.correlation_id,
        },
    )


def _time_missing(given: Mapping[str, Any]) -> list[Fault]:
    """A fault where neither a time is named nor that it is at once."""
    named = "executeTs" in given or given.get("instantExecute") is True
    return [] if named else [Fault("executeTs", bodies.TEXTS["missing"])]


def kept(path: str, at_s: int, now_s: int) -> list[Fault]:
    """A fault where a time is over, or too far off."""
    if at_s < now_s - GRACE_S:
        return [Fault(path, "must not be in the past", text(at_s))]
    return [Fault(path, "must be before 2200", text(at_s))] if at_s >= END_S else []


def order(execute_s: int, revert_s: int) -> list[Fault]:
    """A fault where a proposal would be taken back before it takes effect."""
    wrong = revert_s <= execute_s
    return [Fault("revertTs", "must be after executeTs", text(revert_s))] if wrong else []
