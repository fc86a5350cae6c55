"""Brokers, manufacturers and retailers, each with its contract's rules for sending again."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import httpx

from local.client import BATCH, LoyaltyClient, PortfolioClient, PushClient
from proof.sending import Refused, Sender, passing

DATA_SET = "odm/master_data"
REVISIONS = 9
"""How often a sequence that was given up is sent again."""


class Broker(Sender):
    """Submits batches of portfolios."""

    feed = "portfolio"
    _client: PortfolioClient

    def __init__(self, base_url: str, credentials: Mapping[str, str], *of: Any, **how: Any) -> None:
        super().__init__(*of, **how)
        self._client = PortfolioClient(base_url, **credentials)

    def send(self, round_: int) -> None:
        """See `Sender`."""
        fresh, hot = self._keys(round_)
        rows = {f"user-{key}": round_ for key in fresh + hot}
        batch = {
            "batchId": str(UUID(int=self._chance.getrandbits(128), version=4)),
            "portfolios": [{"userId": key, "holding": [holding(round_)]} for key in rows],
        }
        self._book.attempt(self.name, self.feed, rows)
        answer = self._until(lambda: self._submit(batch), lambda told: not passing(told))
        if answer is not None:
            if answer.status_code != 200:
                raise Refused(answer.text)
            self._book.acknowledge(self.name, self.feed, rows)

    def _submit(self, batch: Mapping[str, Any]) -> httpx.Response:
        body = httpx.Request("POST", "http://any", json=batch).content
        return self._client.call("POST", BATCH, {"recvWindow": "60000"}, body=body)


def holding(quantity: int) -> dict[str, Any]:
    """A holding of so many."""
    return {"symbol": "FPT", "totalQty": quantity, "costPrice": "95.50", "tradableQty": 0}


class Maker(Sender):
    """Pushes rows: new ones in two sequences, then new quantities of known ones."""

    feed = DATA_SET
    _client: PushClient

    def __init__(self, base_url: str, credentials: Mapping[str, str], *of: Any, **how: Any) -> None:
        super().__init__(*of, **how)
        self._client = PushClient(base_url, **credentials)
        self._known = False

    def send(self, round_: int) -> None:
        """See `Sender`."""
        fresh, hot = self._keys(round_)
        if not self._known:
            self._push("POST", f"H{round_}", 1, hot, of=len(hot), version=round_)
            self._known = True
        half = len(fresh) // 2
        for seq, keys in enumerate((fresh[:half], fresh[half:]), start=1):
            self._push("POST", f"N{round_}", seq, keys, of=len(fresh), version=round_)
        self._push("PUT", f"U{round_}", 1, hot, of=len(hot), version=round_ + 1)

    def _push(
        self, method: str, batch_id: str, seq: int, keys: Sequence[int], *, of: int, version: int
    ) -> None:
        rows = {f"PN{key}\x1fH121": version for key in keys}
        sequence = {
            "batch_id": batch_id,
            "batch_size": str(of),
            "seq_id": str(seq),
            "seq_size": str(len(keys)),
            "data": [{"LENOVO_PN": f"PN{k}", "PLANT": "H121", "QTY": str(version)} for k in keys],
        }
        self._book.attempt(self.name, self.feed, rows)
        revisions = 0

        def settled(answer: httpx.Response) -> bool:
            nonlocal revisions
            if answer.status_code == 401:
                self._call(self._signed_in)
                return False
            if not passing(answer) and answer.json()["code"] == "E00P00":
                revisions += 1
                return revisions == REVISIONS
            return not passing(answer)

        answer = self._until(lambda: self._client.push(method, DATA_SET, sequence), settled)
        if answer is not None and revisions < REVISIONS:
            if answer.json().get("code") not in {"0", "E00A00"}:
                raise Refused(answer.text)
            self._book.acknowledge(self.name, self.feed, rows)

    def _signed_in(self) -> httpx.Response:
        try:
            self._client.token()
        except httpx.HTTPStatusError as error:
            return error.response
        return httpx.Response(200)


class Retailer(Sender):
    """Inserts cards, and changes the amounts of known ones."""

    feed = "card"
    _client: LoyaltyClient

    def __init__(self, base_url: str, credentials: Mapping[str, str], *of: Any, **how: Any) -> None:
        super().__init__(*of, **how)
        self._client = LoyaltyClient(base_url, credentials)
        self._company = credentials["company_id"]

    def send(self, round_: int) -> None:
        """See `Sender`."""
        fresh, hot = self._keys(round_)
        kept = [inserted(key, round_) for key in fresh]
        kept += [(inserted if round_ == 1 else updated)(key, round_) for key in hot]
        rows = {f"{self._company}\x1f{item['code']}": round_ for item in kept}
        request = {
            "companyId": self._company,
            "params": [{"validateCard": False, "detailedSuccess": False}],
            "items": kept,
        }
        self._book.attempt(self.name, self.feed, rows)
        answer = self._until(
            lambda: self._client.administer("cardAdmin", request, f"round-{round_}"),
            self._settled,
        )
        if answer is not None:
            if answer.status_code != 200:
                raise Refused(answer.text)
            wrong = {f"{self._company}\x1f{one['code']}" for one in told_wrong(answer)}
            taken = {key: version for key, version in rows.items() if key not in wrong}
            self._book.acknowledge(self.name, self.feed, taken)

    def _settled(self, answer: httpx.Response) -> bool:
        if answer.status_code == 401:
            self._call(self._signed_in)
            return False
        return not passing(answer) and answer.status_code != 202

    def _signed_in(self) -> httpx.Response:
        try:
            self._client.token()
        except httpx.HTTPStatusError as error:
            return error.response
        return httpx.Response(200)


def inserted(key: int, amount: int) -> dict[str, Any]:
    """A new card."""
    return {"operation": "I", "code": f"C{key}", "type": "tipo1", "amount": amount}


def updated(key: int, amount: int) -> dict[str, Any]:
    """Another amount of a card."""
    return {"operation": "U", "code": f"C{key}", "amount": amount}


def told_wrong(answer: httpx.Response) -> Sequence[Mapping[str, Any]]:
    """The items that an answer tells as failed."""
    wrong: Sequence[Mapping[str, Any]] = answer.json()["detail"]["errorDetails"]
    return wrong
