"""Suppliers who create proposals, and give them their details."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from local.supplier import ProposalClient
from proof.sending import LONGEST_PAUSE_S, Refused, Sender, passing


class Supplier(Sender):
    """Creates proposals for a time that is soon, in so many seconds, or that act at once."""

    feed = "listing"
    _client: ProposalClient

    def __init__(
        self,
        base_url: str,
        credentials: Mapping[str, str],
        *of: Any,
        soon_s: int | None,
        **how: Any,
    ) -> None:
        super().__init__(*of, **how)
        self._client = ProposalClient(base_url, credentials)
        self._soon_s = soon_s

    def send(self, round_: int) -> None:
        """See `Sender`."""
        fresh, hot = self._keys(round_)
        # Two that are due at nearly the same time may overtake each other: no key is in both.
        keys = fresh + hot if self._soon_s is None else fresh
        number = self._create()
        if number is None:
            return
        self._book.plans.add((self.name, number))
        rows = {str(key): round_ for key in keys}
        details = [
            {"listingId": key, "executeProposalId": round_, "revertProposalId": 999_999}
            for key in keys
        ]
        self._book.attempt(self.name, self.feed, rows)
        answer = self._change(number, details)
        if answer is not None and answer.status_code == 200:
            self._book.acknowledge(self.name, self.feed, rows)
        elif answer is not None and "execute is" not in answer.text:  # its time has come meanwhile
            raise Refused(answer.text)

    def _create(self) -> int | None:
        """A proposal's number. What was not answered may have been made: it is looked for."""
        before = self._newest()
        while not self._gave_up.is_set():
            answer = self._call(lambda: self._client.create(self._new()))
            if answer is not None and answer.status_code == 200:
                return int(answer.json()["id"])
            if answer is not None and not passing(answer) and answer.status_code != 401:
                raise Refused(answer.text)
            if answer is not None and answer.status_code == 401:
                self._call(self._signed_in)
            newest = self._newest()
            if newest != before:
                return newest
            time.sleep(self._chance.uniform(0.5, 1.0) * LONGEST_PAUSE_S)
        return None

    def _new(self) -> Mapping[str, Any]:
        """What to create; each time with times of its own, as the last ones may have passed."""
        now = datetime.now(UTC).replace(microsecond=0)
        first: Mapping[str, Any] = (
            {"instantExecute": True}
            if self._soon_s is None
            else {"executeTs": stamp(now + timedelta(seconds=self._soon_s))}
        )
        last = {"revertTs": stamp(now + timedelta(days=1))}
        return {"proposalType": "updateImageV2", "batchSource": "api", **first, **last}

    def _newest(self) -> int | None:
        """The number of the newest proposal."""
        answer = self._until(lambda: self._client.list(limit="1"), self._settled)
        if answer is None:
            return None
        if answer.status_code != 200:
            raise Refused(answer.text)
        proposals = answer.json()["proposals"]
        return int(proposals[0]["id"]) if proposals else None

    def _change(self, number: int, details: Sequence[Mapping[str, int]]) -> httpx.Response | None:
        """The answer to details. Those of an instant proposal wait while others execute."""
        times = 0

        def change() -> httpx.Response:
            nonlocal times
            times += 1
            if self._soon_s is None and times > 1:
                self._book.repeat(self.name, self.feed, len(details))
            return self._client.change(number, {"details": details})

        def settled(answer: httpx.Response) -> bool:
            waits = self._soon_s is None and "execute is executing" in answer.text
            return self._settled(answer) and not waits

        return self._until(change, settled)

    def _settled(self, answer: httpx.Response) -> bool:
        if answer.status_code == 401:
            self._call(self._signed_in)
            return False
        return not passing(answer)

    def _signed_in(self) -> httpx.Response:
        try:
            return self._client.sign_in()
        except httpx.HTTPStatusError as error:
            return error.response


def stamp(at: datetime) -> str:
    """A time as the contract writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
