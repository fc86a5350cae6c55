"""What the machines play on, and how they draw who dies."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from batchgate import wiring
from tests.gateway import Gateway
from tests.memory.services import Services

NEVER = 1_000_000
DAY_US = 86_400_000_000

which = st.integers(0, 1_000)
deaths = st.integers(1, 18)
"""At which of its calls to AWS a function dies, if it makes so many."""
seldom = st.one_of(st.just(0), st.just(0), deaths)
"""0 for a function that lives."""


@dataclass(slots=True)
class World:
    """The one gateway that all runs of a process use, one after the other.

    `compared` counts how often engine and model were compared after a step, `steps` what
    came of which step.
    """

    gateway: Gateway
    services: Services
    runs: int = 0
    compared: int = 0
    steps: dict[str, int] = field(default_factory=dict)

    def begin(self, page: int) -> None:
        """Have nothing stored and nothing queued, and so many rows to a page."""
        self.runs += 1
        # At midnight, so that a run comes to the same whenever it is played: the sweep names
        # what it sends again by the minute, and by ten of them.
        clock = self.gateway.clock
        clock.now_us += -clock.now_us % DAY_US
        self.services.forget()
        self.services.empty("BatchesTable", "RecordsTable")
        self.services.tables.page = 10_000 if self.services.witness else page
        self.services.tables.touched.clear()
        self.services.tables.refused.clear()
        for one in (wiring.batches, wiring.lookups, wiring.records, wiring.plans):
            one.cache_clear()

    def counted(self, name: str) -> None:
        """Count a step."""
        self.steps[name] = self.steps.get(name, 0) + 1
