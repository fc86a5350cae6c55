"""Time that passes over a supplier's plans, with schedules that fire early, late or never."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.reference.planning import Planning
from tests.reference.world import seldom, which


class PlanMachine(Planning):
    """A supplier's plans and what is active: both are what the model says."""

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
        """A schedule fires that should not yet, once or twice: nothing happens, unless it is one
        that a change left over, and its plan's own is lost and was due."""
        self.world.counted("fire early")
        standing = self.gateway.schedules.standing()
        one = standing[at % len(standing)]
        if one.at_us - self.gateway.clock.now_us > 100 * 1_000_000:
            self.gateway.schedules.fire(*[one] * times)
            self.work(0)
            number = int(one.name.split("-")[0])
            if any((number, name) in self.lost for name in ("execute", "revert")):
                self.woken([number])

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
