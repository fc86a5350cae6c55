"""Plans that are kept, without a contract around them."""

import json
from typing import Any

from batchgate import wiring
from batchgate.model import Phase, PhaseName, Plan, PlanId, Turn
from tests.engine.calls import refusal
from tests.gateway import Gateway

EXECUTE, REVERT = PhaseName
OF = PlanId("acme", "stock", 7)
SOON_S, LATER_S = 1_760_003_600, 1_760_007_200
"""An hour and two after the clock of the tests starts."""

OVERTAKEN = refusal(
    "TransactionCanceledException", CancellationReasons=[{"Code": "ConditionalCheckFailed"}]
)
"""Another change came first."""


def made(**fields: Any) -> Plan:
    """A plan that is idle, but for these fields, and kept nowhere."""
    phases = {"execute": Phase(at_s=SOON_S), "revert": Phase(at_s=LATER_S)}
    given: dict[str, Any] = {"id": OF, "version": 1, **phases}
    return Plan(**given | fields)


def kept(*turns: Turn, **fields: Any) -> Plan:
    """Such a plan with these turns, if any, as it is kept."""
    plan = made(**fields | ({"turned": 1} if turns else {}))
    assert wiring.plans().put(plan, turns or None)
    return now(plan.id)


def now(of: PlanId = OF) -> Plan:
    """A plan as it is kept."""
    plan = wiring.plans().get(of)
    assert plan is not None
    return plan


def bodies(gateway: Gateway) -> list[dict[str, Any]]:
    """What lies in the queue."""
    return [json.loads(one["body"]) for one in gateway.receive(gateway.queue)]
