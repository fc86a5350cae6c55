"""Everything that may happen to plans that act at their times, on the engine and on a model."""

from collections.abc import Sequence
from typing import Any

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from batchgate import engine, wiring
from tests.faults.dying import dies
from tests.reference.plans import Model, Plan, changed, seen
from tests.reference.world import NEVER, World, deaths, seldom, which
from tests.supplying import (
    CHANGE,
    LEFT_OUT,
    SHARDS,
    Supplier,
    detail,
    enrolled,
    text,
    waiting_takes_no_time,
)

LISTINGS = (1, 2, 3, 4)
MINUTE = 60
WOKEN_S, LOOK_S = 30, 600
"""How late the sweep wakes a plan whose schedule did not, and how soon again."""
DETAILS = [
    [],
    [(1, 1)],
    [(2, 1)],
    [(1, 2), (2, 2)],
    [(3, 1), (4, 1)],
    [(1, 3), (2, 3), (3, 3), (4, 3)],
]
"""Listings, and what their proposals' numbers begin with."""


class PlanMachine(RuleBasedStateMachine):
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

    # ------------------------------------------------------------------ changes

    @rule(
        what=st.sampled_from(DETAILS),
        after=st.integers(2, 6),
        lasts=st.integers(1, 6),
        instant=st.sampled_from([False, False, False, True]),
    )
    def create(
        self, what: Sequence[tuple[int, int]], after: int, lasts: int, instant: bool
    ) -> None:
        """A plan is made, with its details."""
        self.world.counted("create")
        supplier = self.supplier
        execute = self.now if instant else self.now + after * MINUTE
        times = {"execute": execute, "revert": execute + (after + lasts) * MINUTE}
        answer = supplier.create(
            executeTs=LEFT_OUT if instant else _text(times["execute"]),
            revertTs=_text(times["revert"]),
            **({"instantExecute": True} if instant else {}),
        )
        assert answer.status == 200, answer.text
        number = answer.body["id"]
        state = {"execute": "finished" if instant else "idle", "revert": "idle"}
        self.model.plans[number] = Plan(number=number, instant=instant, at=times, state=state)
        if what:
            self.change(number, 0, details=self.new(what))

    @rule(death=deaths)
    def create_and_die(self, death: int) -> None:
        """A creation dies: nobody hears of it, or it is there and has nothing to do."""
        self.world.counted("create and die")
        supplier, before = self.supplier, {one["id"] for one in self.listed()}
        times = {"execute": self.now + 3 * MINUTE, "revert": self.now + 6 * MINUTE}
        given = {f"{name}Ts": _text(at) for name, at in times.items()}
        dies(death, lambda: supplier.create(**given))
        for told in self.listed():
            if told["id"] not in before:
                self.model.plans[told["id"]] = Plan(
                    number=told["id"],
                    instant=False,
                    at=times,
                    state={"execute": "idle", "revert": "idle"},
                )

    def listed(self) -> list[dict[str, Any]]:
        """All plans as they are told."""
        answer = self.supplier.list(limit="50", fields="+details")
        assert answer.status == 200, answer.text
        told: list[dict[str, Any]] = answer.body["proposals"]
        return told

    def new(self, what: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
        """Details that nobody has given yet."""
        self.made += 10
        return [detail(one, self.made + of, self.made + of + 5) for one, of in what]

    def pick(self, at: int) -> int:
        """One of the plans."""
        return sorted(self.model.plans)[at % len(self.model.plans)]

    @precondition(lambda self: self.model.plans)
    @rule(at=which, after=st.integers(2, 6), lasts=st.integers(1, 6), death=seldom)
    def move(self, at: int, after: int, lasts: int, death: int) -> None:
        """Its times are moved."""
        self.world.counted("move")
        execute = self.now + after * MINUTE
        plan = self.model.plans[self.pick(at)]
        body = {"revertTs": _text(execute + lasts * MINUTE)}
        if "execute" in plan.idle:
            body["executeTs"] = _text(execute)
        self.change(plan.number, death, **body)

    @precondition(lambda self: self.model.plans)
    @rule(at=which, what=st.sampled_from(DETAILS), death=seldom)
    def give(self, at: int, what: Sequence[tuple[int, int]], death: int) -> None:
        """It gets other details."""
        self.world.counted("give details")
        self.change(self.pick(at), death, details=self.new(what))

    @precondition(lambda self: self.model.plans)
    @rule(at=which, name=st.sampled_from(["execute", "revert"]), death=seldom)
    def cancel(self, at: int, name: str, death: int) -> None:
        """One of its phases is canceled."""
        self.world.counted("cancel")
        self.change(self.pick(at), death, **{f"{name}Status": "canceled"})

    def change(self, number: int, death: int, **body: Any) -> None:
        """Change a plan, all of it or nothing; what it does at once is done."""
        supplier, plan = self.supplier, self.model.plans[number]
        after = changed(plan, body)
        answers = []
        with waiting_takes_no_time():
            fault = dies(
                death or NEVER,
                lambda: answers.append(supplier.call(CHANGE, number=number, body=body)),
            )
        self.gateway.drain()
        if answers:
            assert (answers[0].status == 200) == (after is not None), answers[0].text
        if after is None:
            return
        if fault.hit:
            told = self.told(number)
            made = seen(told) == (after.at, after.details) and all(
                told[name] == body[name] for name in body if name.endswith("Status")
            )
            if not made:
                return
        self.model.plans[number] = after
        self.lost -= {(number, name) for name in plan.at if after.at[name] != plan.at[name]}
        if "details" in body and plan.instant:
            order: list[int] = []
            if self.told(number)["executeStatus"] == "executing":
                # Whoever began it died before it sent the work: whatever wakes it sends it.
                # Another minute each time: the queue drops what it had in the same one.
                self.woke += 1
                soon, order = self.gateway.clock.now_us + self.woke * 60_000_000, self.overdue()
                engine.wake_overdue(wiring.plans(), wiring.queue(), lambda: soon)
                self.work(0)
                self.woken(order, but=number)
            assert self.told(number)["executeStatus"] == "finished"
            self.model.act(number, "execute")
            self.woken(order)

    def told(self, number: int) -> dict[str, Any]:
        """A plan as it is told."""
        (told,) = [one for one in self.listed() if one["id"] == number]
        return told

    # ------------------------------------------------------------------ time

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

    def pass_by(self, death: int) -> None:
        """Half a minute passes, and what is due is done."""
        self.gateway.clock.move(seconds=30)
        while self.gateway.schedules.fire_due():
            self.work(death)
        self.work(0)
        due = [
            (at, f"{number}-{name}", number, name)
            for number, plan in self.model.plans.items()
            for name in plan.idle
            if (at := plan.at[name]) <= self.now
        ]
        # Whose schedule is lost may be woken by one that a change left over which died.
        for lost in (False, True):
            for _, _, number, name in sorted(due):
                if ((number, name) in self.lost) is lost and name in self.model.plans[number].idle:
                    acted = self.told(number)[f"{name}Status"] not in ("idle", "canceled")
                    assert acted or lost
                    if acted:
                        self.model.reach(number, name)

    @rule(halves=st.integers(1, 4))
    def live(self, halves: int) -> None:
        """Time passes."""
        self.world.counted("live")
        for _ in range(halves):
            self.pass_by(0)

    @rule(halves=st.integers(1, 4), death=st.integers(1, 30))
    def live_and_die(self, halves: int, death: int) -> None:
        """Time passes, and a worker dies whenever there is work."""
        self.world.counted("live and die")
        for _ in range(halves):
            self.pass_by(death)

    @precondition(lambda self: self.services.schedules)
    @rule(at=which, times=st.integers(1, 2))
    def fire(self, at: int, times: int) -> None:
        """A schedule fires that should not yet, once or twice: nothing happens."""
        self.world.counted("fire early")
        standing = self.gateway.schedules.standing()
        one = standing[at % len(standing)]
        if one.at_us - self.gateway.clock.now_us > 100 * 1_000_000:
            self.gateway.schedules.fire(*[one] * times)
            self.work(0)

    @precondition(lambda self: self.services.schedules)
    @rule(at=which)
    def lose(self, at: int) -> None:
        """A schedule gets lost."""
        self.world.counted("lose")
        standing = self.gateway.schedules.standing()
        one = standing[at % len(standing)]
        number, name = one.name.split("-")[:2]
        self.gateway.schedules.lose(one)
        plan = self.model.plans.get(int(number))
        left = [other.name.split("-")[:2] for other in standing if other.at_us == one.at_us]
        its_own = plan and plan.state[name] == "idle" and one.at_us == plan.at[name] * 1_000_000
        if its_own and left.count([number, name]) == 1:
            self.lost.add((int(number), name))

    @rule(death=seldom)
    def sweep(self, death: int) -> None:
        """The sweep comes, and once more where it died."""
        self.world.counted("sweep")
        self.wake(death)

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

    def woken(self, order: Sequence[int], but: int = 0) -> None:
        """Those plans have acted, in this order, that are told to have."""
        told = {one["id"]: one for one in self.listed()}
        for number in order:
            for name in self.model.plans[number].idle if number != but else ():
                if told[number][f"{name}Status"] not in ("idle", "canceled"):
                    assert self.now >= self.model.plans[number].at[name]
                    self.model.reach(number, name)

    @precondition(lambda self: len(self.model.plans) > 3)
    @rule()
    def expire(self) -> None:
        """All have acted, months pass, and what was kept of plans is gone; what is active stays."""
        self.world.counted("expire")
        for _ in range(60):
            self.pass_by(0)
        self.wake(0)
        self.agree()
        self.gateway.clock.move(seconds=92 * 86_400)
        self.services.expire()
        self.services.forget()
        self.model.plans = {number: plan for number, plan in self.model.plans.items() if plan.idle}
        assert not self.model.plans
        assert self.listed() == []

    # ------------------------------------------------------------------ agreement

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


def _text(at_s: int) -> str:
    return text(at_s * 1_000_000)
