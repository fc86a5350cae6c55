"""What a supplier may do to its plans: make, move, cancel, and say what they do."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from batchgate import engine, wiring
from tests.faults.dying import dies
from tests.reference.plans import Plan, changed, seen
from tests.reference.watching import MINUTE, Watching
from tests.reference.world import NEVER, deaths, seldom, which
from tests.supplying import CHANGE, LEFT_OUT, detail, text, waiting_takes_no_time

DETAILS = [
    [],
    [(1, 1)],
    [(2, 1)],
    [(1, 2), (2, 2)],
    [(3, 1), (4, 1)],
    [(1, 3), (2, 3), (3, 3), (4, 3)],
]
"""Listings, and what their proposals' numbers begin with."""


class Planning(Watching):
    """Changes of plans."""

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
            order = [number]
            if self.told(number)["executeStatus"] == "executing":
                # Whoever began it died before it sent the work: whatever wakes it sends it.
                # Another minute each time: the queue drops what it had in the same one.
                self.woke += 1
                soon, order = self.gateway.clock.now_us + self.woke * 60_000_000, self.overdue()
                engine.wake_overdue(wiring.plans(), wiring.queue(), lambda: soon)
                self.work(0)
            assert self.told(number)["executeStatus"] == "finished"
            for one in order:
                if one == number:
                    self.model.act(number, "execute")
                self.woken([one])


def _text(at_s: int) -> str:
    return text(at_s * 1_000_000)
