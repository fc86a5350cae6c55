"""A proposal as it is answered."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from batchgate.contracts.proposal import times
from batchgate.model import Fate, Phase, PhaseState, Plan, Turn

REASONS = {
    Fate.DENIED: "changed by another batch since",
    Fate.MISSING: "was not changed by this batch",
    Fate.GIVEN_UP: "not processed, however often it was tried",
}
"""Why a listing was not changed; anything else is our fault."""


def proposal(plan: Plan, turns: Sequence[Turn] | None = None) -> dict[str, Any]:
    """A BatchProposal, in the contract's order; what has no value is left out."""
    about = plan.about
    fields = {
        "id": plan.id.number,
        "supplierId": about["supplierId"],
        "proposalType": about["proposalType"],
        "batchSource": about["batchSource"],
        "instantExecute": about["instantExecute"] or None,
        "details": None if turns is None else [detail(turn) for turn in turns],
        **_phase(plan.execute, "execute", "executor"),
        **_phase(plan.revert, "revert", "reverter"),
        "creator": about["creator"],
        "createdTs": times.text(about["createdTs"]),
        "modifier": about.get("modifier"),
        "modifiedTs": times.text(about["modifiedTs"]) if "modifiedTs" in about else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def detail(turn: Turn) -> dict[str, int]:
    """What a proposal does to one listing."""
    return {
        "listingId": turn.key,
        "executeProposalId": turn.execute,
        "revertProposalId": turn.revert,
    }


def _phase(phase: Phase, name: str, by: str) -> dict[str, Any]:
    return {
        f"{name}Ts": times.text(phase.at_s),
        f"{name}Status": str(phase.state),
        by: phase.by or None,
        f"{name}Detail": _came_of_it(phase) or None,
    }


def _came_of_it(phase: Phase) -> str:
    """What came of a phase, in words; "" while it has not ended."""
    if phase.state not in (PhaseState.FINISHED, PhaseState.FAILED) or not phase.run:
        return ""
    if not phase.items:
        return "no listings to change"
    told = f"{phase.items - len(phase.failed)} of {phase.items} listings changed"
    if not phase.failed:
        return told
    by_reason: dict[str, list[str]] = defaultdict(list)
    for key, fate in phase.failed:
        by_reason[REASONS.get(Fate(fate), "system error")].append(key)
    named = ", ".join(f"{key} ({reason})" for reason, keys in by_reason.items() for key in keys)
    return f"{told}; not changed: {named}"
