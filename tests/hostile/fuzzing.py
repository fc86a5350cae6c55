"""Calls made up from the OpenAPI document, good and bad, and what is wrong with their answers."""

import copy
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, from_schema
from schemathesis.engine.events import NonFatalError, ScenarioFinished
from schemathesis.openapi import from_dict

from tests import pushing, retailing, supplying
from tests.describing import document
from tests.gateway import Gateway
from tests.hostile.callers import Callers, Case, Signer, provider
from tests.hostile.front import Front
from tests.hostile.honest import PUSHED, SUBMITTED, Honest
from tests.hostile.judging import Judge
from tests.hostile.tenants import portfolios, rows
from tests.pushing import at_work

# Not `ignored_auth`: its calls without credentials can't be made in process. Who may call
# what has tests of its own.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ensure_resource_availability",
)
KEPT = 150
"""After so many calls the tables are emptied: moto copies them for every transaction."""


@dataclass(slots=True)
class Found:
    """What a run has seen: answers by status, calls by operation, and all that was wrong.

    `bad` counts bodies that were read and are not as their schema has them; `served` are the
    operations that were answered with what was asked for.
    """

    answered: Counter[int] = field(default_factory=Counter)
    called: Counter[str] = field(default_factory=Counter)
    served: set[str] = field(default_factory=set)
    bad: int = 0
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """How many calls were answered."""
        return self.answered.total()

    def add(self, other: "Found") -> None:
        """Take another run's in."""
        self.answered += other.answered
        self.called += other.called
        self.served |= other.served
        self.bad += other.bad
        self.wrong |= other.wrong


class World:
    """A gateway that is put in order between calls, and an honest caller's knowledge of it."""

    def __init__(self, callers: Callers, draw: Random, *, kept: int) -> None:
        """Empty the tables after so many calls."""
        self.honest = Honest(callers, draw)
        self._callers = callers
        self._kept = kept
        self._left = 0

    def before_each(self) -> None:
        """Put everything in order where it is time for it."""
        self._left -= 1
        if self._left < 0:
            self._left = self._kept
            gateway = self._callers.gateway
            gateway.empty("BatchesTable", "RecordsTable")
            gateway.schedules.forget()
            gateway.announced()
            self._have_batches()
            self.honest.proposals[:] = [self._callers.supplier.batch() for _ in range(3)]

    def _have_batches(self) -> None:
        callers, (category, key) = self._callers, pushing.MASTER_DATA.split("/")
        made = [
            callers.gateway.submit(callers.broker, **portfolios(SUBMITTED, "1401")),
            callers.gateway.call(
                pushing.ROWS,
                path={"data_category": category, "biz_key": key},
                headers={"Authorization": [callers.pushing[0]]},
                body=json.dumps(rows(PUSHED, "P1")).encode(),
            ),
        ]
        assert [answer.status for answer in made] == [200, 200]


def configured(
    phases: Sequence[str], examples: int, *, seed: int, parameters: bool
) -> SchemathesisConfig:
    """How calls are made up: the same every time, for a seed."""
    enabled = {"enabled": False} | {name: {"enabled": True} for name in CHECKS}
    every = ("examples", "coverage", "fuzzing", "stateful")
    generation = {
        "max-examples": examples,
        "no-shrink": True,
        "database": "none",
        "with-security-parameters": parameters,
    }
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": "http://localhost/uat",
            "workers": 1,
            "continue-on-failure": True,
            "checks": enabled,
            "generation": generation,
            "phases": {name: {"enabled": name in phases} for name in every},
        }
    )


def run(
    callers: Callers,
    phases: Sequence[str],
    *,
    examples: int = 1,
    seed: int = 1,
    signed: bool = True,
    without: str = "",
) -> Found:
    """Make calls up, with credentials that are good or none that are, and judge all answers.

    `without` is a path that is left out.
    """
    draw = Random(seed)
    world = World(callers, draw, kept=10**9 if "stateful" in phases else KEPT)
    judge = Judge(callers.gateway, callers.broker)
    front = Front(callers.gateway, world.before_each, judge.look)
    config = configured(phases, examples, seed=seed, parameters=not signed)
    schema: Any = from_dict(copy.deepcopy(document()), config=config)
    if without:
        schema = schema.exclude(path=without)
    schema.app = Signer(front, callers.broker.secret)
    if signed:
        schema.auth(refresh_interval=None)(provider(callers, draw))

        def map_case(_context: Any, case: Case) -> Case:
            world.honest.fill(case)
            return case

        schema.hook(map_case)

    found = Found()
    with worked(callers.gateway):
        for event in from_schema(schema).execute():
            _note(event, found)
    found.answered = front.answered
    found.served, found.bad = judge.served, judge.wrong
    found.wrong |= {one[:200]: one for one in judge.missed}
    return found


def _note(event: Any, found: Found) -> None:
    match event:
        case ScenarioFinished():
            found.called[event.recorder.label] += len(event.recorder.interactions)
            for checks in event.recorder.checks.values():
                for check in checks:
                    if check.status is Status.FAILURE and (info := check.failure_info):
                        key = f"{event.recorder.label}: {check.name}: {info.failure.title}"
                        why = f"{info.failure.message}\n{info.code_sample}"
                        found.wrong.setdefault(key, why[:3_000])
        case NonFatalError():
            found.wrong.setdefault(f"{event.label}: error", f"{event.info.format()}"[:3_000])


@contextmanager
def worked(gateway: Gateway) -> Iterator[None]:
    """Have the worker at work while calls wait, and calls lose patience at once without it."""
    with ExitStack() as stack:
        stack.enter_context(at_work(gateway, "worker"))
        stack.enter_context(retailing.waiting_takes_no_time())
        stack.enter_context(supplying.waiting_takes_no_time())
        yield
