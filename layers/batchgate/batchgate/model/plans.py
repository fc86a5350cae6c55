"""Plans: what is to become active at one time, and is taken back at another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class PhaseName(StrEnum):
    """The two times at which a plan acts."""

    EXECUTE = "execute"
    REVERT = "revert"


class PhaseState(StrEnum):
    """How far a phase is: `idle`, then `executing`, then `finished` or `failed`; or `canceled`."""

    IDLE = "idle"
    EXECUTING = "executing"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class PlanId:
    """A plan's name: whose, in which feed, and its number, which is its own in the deployment."""

    partner: str
    feed: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One of a plan's two times.

    `at_s` is when it is due (UTC, s since 1970), `by` who made it happen. `schedule` names
    what will wake it, `run` the batch that its work was put into. Once it has ended,
    `items` counts its items, and `failed` has those that failed: their keys and fates.
    """

    at_s: int
    state: PhaseState = PhaseState.IDLE
    by: str = ""
    schedule: str = ""
    run: str = ""
    items: int = 0
    failed: Sequence[tuple[str, str]] = ()

    @property
    def open(self) -> bool:
        """Whether it has still to act, or acts now."""
        return self.state in (PhaseState.IDLE, PhaseState.EXECUTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to become active at one time, and is taken back at another.

    `version` counts its changes: of two at once, one wins. `turned` is the version that its
    turns came with, 0 where it has none. `about` is the contract's own.
    """

    id: PlanId
    version: int
    turned: int = 0
    execute: Phase
    revert: Phase
    about: Mapping[str, Any] = field(default_factory=dict)

    def phase(self, name: PhaseName) -> Phase:
        """One of its phases."""
        return self.execute if name is PhaseName.EXECUTE else self.revert

    @property
    def next_s(self) -> int:
        """When the first of its phases that are open is due (UTC, s); 0 if none is."""
        return min((one.at_s for one in (self.execute, self.revert) if one.open), default=0)

    def having(self, name: PhaseName, **changes: Any) -> "Plan":
        """This plan with a phase changed."""
        changed = replace(self.phase(name), **changes)
        if name is PhaseName.EXECUTE:
            return replace(self, execute=changed)
        return replace(self, revert=changed)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a plan does to one key: the number that becomes active, and the one that follows it."""

    key: int
    execute: int
    revert: int

    def of(self, name: PhaseName) -> int:
        """What becomes active in a phase."""
        return self.execute if name is PhaseName.EXECUTE else self.revert


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """That a phase of a plan should act now, as work for the queue.

    `schedule` is what woke it, "" for the sweep. `again` as a slice's.
    """

    plan: PlanId
    phase: PhaseName
    schedule: str = ""
    again: int = 0

    @property
    def name(self) -> str:
        """Its own name among all work ever."""
        plan = self.plan
        return f"{plan.partner}#{plan.feed}#{plan.number}#{self.phase}#{self.schedule}"

    @property
    def group(self) -> str:
        """A plan's phases are worked in order; what the sweep wakes waits for no schedule."""
        lane = "plan" if self.schedule else "wake"
        return f"{self.plan.partner}/{self.plan.feed}/{lane}/{self.plan.number}"
