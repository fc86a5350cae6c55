"""What a schema can't say and an honest caller knows: its own ids, its own company, the time.

Without it most generated calls would be refused for what they name before anything else of
them is looked at.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from batchgate.contracts.push import datasets
from tests.hostile.callers import Callers, Case
from tests.supplying import detail

SHARE = 0.8
"""How many of the calls that are good by their schema know it."""

SUBMITTED, PUSHED = "8c8974a0-e516-4a6c-92b3-7d2db780b18b", "HONEST"
"""Batches of portfolios and of master data that are there to be looked up."""

KEYS = {
    frozenset(found.keys): name
    for name in datasets.declared()
    if (found := datasets.find(*name.split("/"))) is not None
}


@dataclass(slots=True)
class Honest:
    """Puts into good calls what only their caller knows."""

    callers: Callers
    draw: Random
    proposals: list[int] = field(default_factory=list)

    def fill(self, case: Case) -> None:
        """Make a call that is good by its schema good in what it names, mostly."""
        if case.meta.generation.mode.is_negative or self.draw.random() > SHARE:
            return
        name = case.operation.definition.raw["operationId"]
        match name:
            case "portfolioStatus":
                case.query.pop("cursor", None)
                case.query |= {"batchId": SUBMITTED} if "batchId" in case.query else {}
            case "pushPost" | "pushPut" | "pushDelete" | "pushPatch":
                self._push(case)
            case "pushStatus":
                case.path_parameters |= {"data_category": "odm", "biz_key": "master_data"}
                case.query["batch_id"] = PUSHED
                case.query.pop("cursor", None)
            case "pushToken" | "loyaltyToken":
                self._token(case, name)
            case "loyaltyCards" | "loyaltyCoupons" | "loyaltySegments":
                case.body["companyId"] = "napse"
            case "proposalCreate":
                self._times(case.body)
            case "proposalGet" | "proposalChange":
                case.path_parameters["id"] = str(self.draw.choice(self.proposals))
                if name == "proposalChange":
                    self._change(case.body)

    def _push(self, case: Case) -> None:
        body = case.body
        names = [name for keys, name in KEYS.items() if keys <= set(body["data"][0])]
        category, key = (names or ["odm/master_data"])[0].split("/")
        case.path_parameters |= {"data_category": category, "biz_key": key}
        size = len(body["data"])
        body["seq_size"], body["batch_size"] = size, size
        body["batch_id"] = body["batch_id"][:4] or "B"

    def _token(self, case: Case, name: str) -> None:
        client = self.callers.client if name == "pushToken" else self.callers.user
        grant = "client_credentials" if name == "pushToken" else "password"
        case.body = {"grant_type": grant} | (
            {one: client[one] for one in ("username", "password")} if grant == "password" else {}
        )

    def _times(self, body: Any) -> None:
        now = datetime.fromtimestamp(self.callers.gateway.clock.ms / 1_000, UTC)
        for name, later in (("executeTs", 1), ("revertTs", 2)):
            if name in body:
                body[name] = (now + timedelta(hours=later)).isoformat()

    def _change(self, body: Any) -> None:
        self._times(body)
        if self.draw.random() < 0.5:
            for name in ("executeStatus", "revertStatus"):
                body.pop(name, None)
        elif body.get("details"):
            body["details"] = [detail(at) for at in range(len(body["details"]))]
