"""How each contract is called with a part of a file, and what its answers mean for that part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import httpx

from batchgate.contracts.push import datasets
from batchgate_cli.calls import Again, Failure, Push, Sender, Sent, Tokens, answered, refused
from batchgate_cli.files import Read
from batchgate_cli.trouble import USAGE, Trouble
from local.client import LoyaltyClient, PortfolioClient, PushClient

BATCHES = UUID("0f6a4f0c-6f2e-4c2f-9d55-6b1d6f9c2a11")
"""The namespace of the ids that portfolio batches are given here."""


@dataclass(slots=True)
class Portfolios:
    """Portfolio sync: each part is a batch of its own, whose status tells how it ended."""

    client: PortfolioClient
    push: Push
    rows: int = 1_000
    size: int = 4_800_000

    def send(self, number: int, part: Sequence[Read]) -> Sent:
        """Submit a part as a batch."""
        batch = str(uuid5(BATCHES, f"{self.push.id}/{number}"))
        given = {"batchId": batch, "portfolios": [one.item for one in part]}
        answer = answered(lambda: self.client.submit(given))
        if not answer.is_success:
            raise refused(answer)
        return Sent(batch=batch, failures=None)

    def outcome(self, batch: str, part: Sequence[Read]) -> Sequence[Failure]:
        """The failures of a batch that has ended, page by page."""
        rows = {one.item.get("userId"): one for one in part}
        failures: list[Failure] = []
        ask: dict[str, str] = {"batchId": batch}
        while True:
            data = self._status(ask)
            if data["pendingCount"]:
                raise Again(f"{data['pendingCount']} items wait")
            for row in data["failures"]:
                one = rows.get(row["userId"])
                failures.append(
                    Failure(
                        row=one.row if one else None,
                        item=one.item if one else row["userId"],
                        reason=row["message"],
                    )
                )
            if "nextCursor" not in data:
                return failures
            ask |= {"cursor": data["nextCursor"]}

    def _status(self, ask: Mapping[str, str]) -> Any:
        answer = answered(lambda: self.client.status(**ask))
        if not answer.is_success:
            raise refused(answer)
        return answer.json()["data"]


@dataclass(slots=True)
class Rows:
    """Row push: the parts are sequences of one batch, answered with what became of them."""

    client: PushClient
    push: Push
    data_set: str
    method: str
    tokens: Tokens
    rows: int
    size: int = 1_000_000

    def send(self, number: int, part: Sequence[Read]) -> Sent:
        """Push a part as a sequence."""
        batch = f"cli{self.push.id[:13]}"
        sequence = {
            "batch_id": batch,
            "batch_size": str(self.push.total),
            "seq_id": str(number),
            "seq_size": str(len(part)),
            "data": [one.item for one in part],
        }
        answer = self.tokens(lambda: self.client.push(self.method, self.data_set, sequence))
        if not answer.is_success:
            raise refused(answer)
        told = answer.json()
        match told["code"]:
            case "0" | "E00A00":
                return Sent(batch=batch, failures=[])
            case "E00P00":
                failures = [Failure(row=o.row, item=o.item, reason=told["msg"]) for o in part]
                return Sent(batch=batch, failures=failures)
            case "E00M00":
                failed = [row for kind in told["result"] for row in kind["result"]]
            case _:
                failed = told["result"]
        if any(row["row"] == {name: sequence.get(name) for name in row["row"]} for row in failed):
            raise refused(answer)  # not the rows: the envelope is shown
        return Sent(batch=batch, failures=_placed(failed, part))

    def outcome(self, batch: str, part: Sequence[Read]) -> Sequence[Failure]:
        """It is known when a sequence is answered."""
        raise NotImplementedError


def _placed(failed: Sequence[Mapping[str, Any]], part: Sequence[Read]) -> list[Failure]:
    """Failed rows with their places: they are told as they were sent."""
    left = list(part)
    failures = []
    for told in failed:
        at = next((at for at, one in enumerate(left) if one.item == told["row"]), None)
        one = None if at is None else left.pop(at)
        failures.append(
            Failure(row=one.row if one else None, item=told["row"], reason=told["verify"])
        )
    return failures


@dataclass(slots=True)
class Loyalty:
    """Loyalty: the parts are requests with an idempotency key each."""

    client: LoyaltyClient
    push: Push
    endpoint: str
    company: str
    tokens: Tokens
    rows: int = 1_000
    size: int = 1_000_000

    def send(self, number: int, part: Sequence[Read]) -> Sent:
        """Send a part as a request."""
        key = f"cli-{self.push.id}-{number}"
        request = {
            "companyId": self.company,
            "params": [{"detailedSuccess": False}],
            "items": [one.item for one in part],
        }
        answer = self.tokens(lambda: self.client.administer(self.endpoint, request, key))
        if answer.status_code == httpx.codes.ACCEPTED:
            raise Again("not finished yet")
        if not answer.is_success:
            raise refused(answer)
        failures = [
            Failure(
                row=part[one["rec"] - 1].row, item=part[one["rec"] - 1].item, reason=one["info"]
            )
            for one in answer.json()["detail"]["errorDetails"]
        ]
        return Sent(batch=key, failures=failures)

    def outcome(self, batch: str, part: Sequence[Read]) -> Sequence[Failure]:
        """It is known when a request is answered."""
        raise NotImplementedError


def sender(
    contract: str, base_url: str, credentials: Mapping[str, str], target: str, push: Push
) -> Sender:
    """What sends to a contract: `target` is a method and data set, or an endpoint."""
    match contract:
        case "portfolio":
            return Portfolios(
                PortfolioClient(
                    base_url, api_key=credentials["api_key"], secret=credentials["secret"]
                ),
                push,
            )
        case "push":
            method, _, name = target.partition(" ")
            known = datasets.find(*(name.split("/", 1) if "/" in name else (name, "")))
            if known is None:
                raise Trouble(
                    f"There is no data set {name or '(none named)'}.",
                    f"Say --data-set, one of {', '.join(datasets.declared())}.",
                    code=USAGE,
                )
            maker = PushClient(base_url, **credentials)
            take = maker.token if "client_id" in credentials else lambda: ""
            return Rows(maker, push, name, method, Tokens(take), known.rows)
        case _:
            shop = LoyaltyClient(base_url, credentials)
            return Loyalty(shop, push, target, credentials["company_id"], Tokens(shop.token))
