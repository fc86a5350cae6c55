"""A supplier's plans beside a model of them: what is told and what is active must agree."""

from collections.abc import Sequence
from typing import Any

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from batchgate import engine, wiring
from tests.faults.dying import dies
from tests.reference.plans import Model, seen
from tests.reference.world import NEVER, World
from tests.supplying import SHARDS, Supplier, enrolled

MINUTE = 60
WOKEN_S, LOOK_S = 30, 600
"""How late the sweep wakes a plan whose schedule did not, and how soon again."""


class Watching(RuleBasedStateMachine):
    """A supplier's plans and what is active: both are what the model says."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.gateway, self.services = self.world.gateway, self.world.services
        self.model = Model()
        self.lost: set[tuple[int, str]] = set()
        self.made = self.woke = 0

    @initialize(page=st.sampled_from([2, 1_000]))
    def begin(self, page: int) -> None:
        """Nothing is planned."""
        self.world.begin(page)
        self.services.empty("PartnersTable")
        wiring.partners.cache_clear()
        self.known = enrolled(self.gateway, "supplier", 99_999)

    @property
    def supplier(self) -> Supplier:
        """The supplier, in a session that has just begun."""
        return self.known.signed_in()

    @property
    def now(self) -> int:
        """The time (UTC, s), which is whole minutes after the beginning."""
        return self.gateway.clock.now_us // 1_000_000

    def listed(self) -> list[dict[str, Any]]:
        """All plans as they are told."""
        answer = self.supplier.list(limit="50", fields="+details")
        assert answer.status == 200, answer.text
        told: list[dict[str, Any]] = answer.body["proposals"]
        return told

    def told(self, number: int) -> dict[str, Any]:
        """A plan as it is told."""
        (told,) = [one for one in self.listed() if one["id"] == number]
        return told

    def work(self, death: int) -> None:
        """The worker does all that is in the queue, and dies once or not.

        One that died between completing a plan's batch and telling the plan leaves that to
        the sweep, which sees to batches alone here, as if it came some minutes later.
        """
        fault = dies(death or NEVER, self.gateway.drain)
        self.gateway.drain()
        if fault.hit:
            engine.sweep(
                wiring.batches(),
                wiring.plans(),
                wiring.queue(),
                wiring.events(),
                lambda: self.gateway.clock.now_us + 150_000_000,
            )
            self.gateway.drain()

    def wake(self, death: int) -> None:
        """Have the sweep wake what is late; it need not see at once what was changed just now."""
        order = self.overdue()
        dies(death or NEVER, lambda: self.gateway.handler("sweep")({}, None))
        self.work(0)
        if death:
            self.gateway.handler("sweep")({}, None)
            self.work(0)
        self.woken(order)
        for number, plan in self.model.plans.items():
            for name in plan.idle:
                assert self.now - plan.at[name] < 2 * WOKEN_S + LOOK_S, number

    def overdue(self) -> list[int]:
        """The plans in the order in which the sweep finds them: nothing is promised of it."""
        rows = self.services.tables.tables["BatchesTable"].rows[f"{self.known.name}#listing#"]
        due = {key: int(row["due"]["N"]) for key, row in rows.items() if "due" in row}
        return [int(key[2:]) for key in sorted(due, key=lambda key: (due[key], key))]

    def woken(self, order: Sequence[int]) -> None:
        """Those plans have acted, in this order, that are told to have."""
        told = {one["id"]: one for one in self.listed()}
        for number in order:
            for name in self.model.plans[number].idle:
                if told[number][f"{name}Status"] not in ("idle", "canceled"):
                    assert self.now >= self.model.plans[number].at[name]
                    self.model.reach(number, name)

    @invariant()
    def agree(self) -> None:
        """What is told, and what is active, is what the model says."""
        self.world.compared += 1
        if not hasattr(self, "known"):
            return
        told = {one["id"]: one for one in self.listed()}
        assert told.keys() == self.model.plans.keys()
        for number, plan in self.model.plans.items():
            states = {name: told[number][f"{name}Status"] for name in ("execute", "revert")}
            assert (states, *seen(told[number])) == (plan.state, plan.at, plan.details)
        assert self.stored() == self.model.active

    def stored(self) -> dict[int, tuple[int, int]]:
        """By which plan listings were set last, and to what, as it lies in the table."""
        rows = self.services.tables.tables["RecordsTable"].rows
        said = {
            int(key): orjson.loads(row["c"]["B"])
            for of in range(SHARDS)
            for key, row in rows[f"{self.known.name}#listing#{of}"].items()
        }
        return {listing: (one["batch"], one["proposal"]) for listing, one in said.items()}

    def teardown(self) -> None:
        """In the end nothing executes for ever."""
        for _ in range(3):
            self.gateway.clock.move(seconds=20 * MINUTE)
            if self.model.plans:
                self.wake(0)
                self.agree()
