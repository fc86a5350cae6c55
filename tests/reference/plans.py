"""What plans come to, in as few lines as can be: the engine has to agree with this."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any


@dataclass(slots=True, kw_only=True, frozen=True)
class Plan:
    """A plan as it is told: its times (UTC, s), its states, what it does to which listings."""

    number: int
    instant: bool
    at: dict[str, int]
    state: dict[str, str]
    details: tuple[tuple[int, int, int], ...] = ()

    def having(self, name: str, state: str) -> "Plan":
        """This plan with a phase in another state."""
        return replace(self, state=self.state | {name: state})

    @property
    def idle(self) -> list[str]:
        """The phases that have still to act, the first first."""
        return [name for name in ("execute", "revert") if self.state[name] == "idle"]


@dataclass(slots=True)
class Model:
    """All plans, and by which of them listings were set last, and to what."""

    plans: dict[int, Plan] = field(default_factory=dict)
    active: dict[int, tuple[int, int]] = field(default_factory=dict)

    def act(self, number: int, name: str) -> None:
        """A phase of a plan acts: what it takes back is only what it has set."""
        plan = self.plans[number]
        failed = False
        for listing, execute, revert in plan.details:
            if name == "execute":
                self.active[listing] = (number, execute)
            elif self.active.get(listing, (0, 0))[0] == number:
                self.active[listing] = (number, revert)
            else:
                failed = True
        self.plans[number] = plan.having(name, "failed" if failed else "finished")

    def reach(self, number: int, name: str) -> None:
        """A phase's time has come: what it takes back is carried out before, if it never was."""
        for phase in ("execute", "revert"):
            if phase in self.plans[number].idle:
                self.act(number, phase)
            if phase == name:
                return


def seen(told: dict[str, Any]) -> tuple[dict[str, int], tuple[Any, ...]]:
    """A plan's times and details as they are told."""
    at = {
        name: int(datetime.fromisoformat(told[f"{name}Ts"]).timestamp())
        for name in ("execute", "revert")
    }
    return at, tuples(told["details"])


def tuples(details: Sequence[dict[str, Any]]) -> tuple[tuple[int, int, int], ...]:
    names = ("listingId", "executeProposalId", "revertProposalId")
    return tuple((one[names[0]], one[names[1]], one[names[2]]) for one in details)


def changed(plan: Plan, body: dict[str, Any]) -> Plan | None:
    """The plan after a change; `None` if its state forbids it."""
    for name in ("execute", "revert"):
        named = f"{name}Ts" in body or f"{name}Status" in body
        if named and name not in plan.idle:
            return None
        if f"{name}Ts" in body:
            at = int(datetime.fromisoformat(body[f"{name}Ts"]).timestamp())
            plan = replace(plan, at=plan.at | {name: at})
    if "details" in body:
        if not plan.instant and len(plan.idle) < 2:
            return None
        plan = replace(plan, details=tuples(body["details"]))
    if "executeStatus" in body:
        for name in plan.idle:
            plan = plan.having(name, "canceled")
    if "revertStatus" in body:
        plan = plan.having("revert", "canceled")
    return plan
