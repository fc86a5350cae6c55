"""Looking at proposals: one, or a page of those that match."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from batchgate.contracts.proposal import FEED, calls, shown, times
from batchgate.contracts.proposal.calls import Caller
from batchgate.contracts.proposal.faults import INVALID, TIME, Fault, Invalid
from batchgate.errors import UnknownPlan
from batchgate.http import PAGE_BYTES, Reply, Request, handed_over
from batchgate.model import PhaseState, Plan, PlanId, Turn

LIMIT, MOST = 15, 50
SOURCES = ("excel", "page", "api")
FILTERS = ("id", "listingId", "executeStatus", "revertStatus", "batchSource")
INTERVALS = ("executeTs", "revertTs")
PARAMETERS = (*FILTERS, *INTERVALS, "sort", "fields", "offset", "limit")

_LISTING = re.compile(r"0|-?[1-9][0-9]{0,9}", re.ASCII)
_LIMIT = re.compile(r"[0-9]{1,2}", re.ASCII)

SORTS: Mapping[str, Callable[[Plan], int]] = {
    "id": lambda plan: plan.id.number,
    "executeTs": lambda plan: plan.execute.at_s,
    "revertTs": lambda plan: plan.revert.at_s,
    "createdTs": lambda plan: int(plan.about["createdTs"]),
    "modifiedTs": lambda plan: int(plan.about.get("modifiedTs", plan.about["createdTs"])),
}


class Plans(Protocol):
    """Where plans are looked up."""

    def get(self, of: PlanId) -> Plan | None:
        """A plan as it is now."""

    def with_turns(self, plan: Plan) -> tuple[Plan, Sequence[Turn]]:
        """A plan and what it does to which keys, as both are at one moment."""

    def listed(self, partner: str, feed: str) -> Sequence[Plan]:
        """All plans of a partner's feed, by their numbers."""

    def touching(self, partner: str, feed: str, keys: Collection[int]) -> set[int]:
        """The numbers of a partner's plans that do something to any of these keys."""


def one(request: Request, caller: Caller, plans: Plans) -> Reply:
    """One proposal, with its details if they are asked for.

    Raises:
        Invalid: the path names no proposal, or a parameter is wrong.
        UnknownPlan: the supplier has no such proposal.
    """
    of = calls.plan_id(request, caller)
    given = calls.parameters(request, ("fields",))
    details = calls.with_details(given.get("fields", ""))
    plan = plans.get(of)
    if plan is None:
        raise UnknownPlan
    told = plans.with_turns(plan) if details else (plan, None)
    return Reply(200, shown.proposal(*told))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a list is asked for: values to match by name, times, order and page."""

    values: Mapping[str, frozenset[str]]
    intervals: Mapping[str, tuple[int, int]]
    sort: Callable[[Plan], int]
    descending: bool
    offset: int
    limit: int
    details: bool


def page(request: Request, caller: Caller, plans: Plans) -> Reply:
    """A page of the caller's proposals that match, and how many do in all.

    Raises:
        Invalid: a parameter is wrong.
    """
    ask = read(*calls.query(request, PARAMETERS))
    plans_of = plans.listed(caller.partner, FEED)
    if "listingId" in ask.values:
        listings = {int(one) for one in ask.values["listingId"]}
        numbers = plans.touching(caller.partner, FEED, listings)
        plans_of = [plan for plan in plans_of if plan.id.number in numbers]
    found = [plan for plan in plans_of if _matches(plan, ask)]
    found.sort(key=lambda plan: (ask.sort(plan), plan.id.number), reverse=ask.descending)
    proposals = _shown(found[ask.offset : ask.offset + ask.limit], plans, details=ask.details)
    end = ask.offset + len(proposals)
    more = {"nextOffset": end} if proposals and end < len(found) else {}
    pagination = more | {"resultsTotal": len(found)}
    return Reply(200, {"pagination": pagination, "proposals": proposals})


def _shown(page: Sequence[Plan], plans: Plans, *, details: bool) -> list[dict[str, Any]]:
    """Proposals as they are answered, as many as fit."""
    told: list[dict[str, Any]] = []
    size = 0
    for plan in page:
        one = shown.proposal(*plans.with_turns(plan) if details else (plan, None))
        size += handed_over(one)
        if told and size > PAGE_BYTES:
            break
        told.append(one)
    return told


def read(given: Mapping[str, str], wrong: list[Fault]) -> Ask:
    """What a list's parameters ask for (`Invalid` with every fault of one kind)."""
    late: list[Fault] = []
    values = {name: _values(name, given[name], wrong) for name in FILTERS if name in given}
    intervals = {
        name: _interval(name, given[name], wrong, late) for name in INTERVALS if name in given
    }
    sort = given.get("sort", "-id")
    by = sort[1:] if sort.startswith(("-", "+", " ")) else sort
    if by not in SORTS:
        wrong.append(Fault("sort", f"must be one of {', '.join(SORTS)}, with - or +", sort))
    offset, limit = given.get("offset", "0"), given.get("limit", str(LIMIT))
    if not calls.WHOLE.fullmatch(offset):
        wrong.append(Fault("offset", calls.NOT_WHOLE, offset))
    if not _LIMIT.fullmatch(limit) or int(limit) > MOST:
        wrong.append(Fault("limit", f"must be 0 to {MOST}", limit))
    details = False
    try:
        details = calls.with_details(given.get("fields", ""))
    except Invalid as invalid:
        wrong += invalid.faults
    if late or wrong:
        raise Invalid(TIME if late else INVALID, late or wrong)
    return Ask(
        values=values,
        intervals=intervals,
        sort=SORTS[by],
        descending=sort.startswith("-"),
        offset=int(offset),
        limit=int(limit),
        details=details,
    )


ALLOWED: Mapping[str, Callable[[str], bool]] = {
    "id": lambda value: bool(calls.WHOLE.fullmatch(value)),
    "listingId": lambda value: bool(_LISTING.fullmatch(value)),
    "executeStatus": lambda value: value in set(PhaseState),
    "revertStatus": lambda value: value in set(PhaseState),
    "batchSource": lambda value: value in SOURCES,
}


def _values(name: str, given: str, wrong: list[Fault]) -> frozenset[str]:
    values = given.split(",")
    wrong += [Fault(name, "not a value of it", one) for one in values if not ALLOWED[name](one)]
    return frozenset(values)


def _interval(name: str, given: str, wrong: list[Fault], late: list[Fault]) -> tuple[int, int]:
    try:
        # The plus of a zone that a client forgot to encode.
        first, last = times.interval(given.replace(" ", "+"))
    except ValueError:
        late.append(Fault(name, "must be start/end, both ISO-8601 with a zone", given))
        return 0, 0
    if first > last:
        wrong.append(Fault(name, "must not end before it starts", given))
    return first, last


def _matches(plan: Plan, ask: Ask) -> bool:
    has = {
        "id": str(plan.id.number),
        "executeStatus": str(plan.execute.state),
        "revertStatus": str(plan.revert.state),
        "batchSource": str(plan.about["batchSource"]),
    }
    at = {"executeTs": plan.execute.at_s, "revertTs": plan.revert.at_s}
    return all(has[name] in ask.values[name] for name in has if name in ask.values) and all(
        first <= at[name] <= last for name, (first, last) in ask.intervals.items()
    )
