"""Eight partners on four contracts who send without pause, and note all that they are told.

Each sends one request after the other, and sends what was not answered again by its
contract's rules until it is. Some keys come only once, others in every request with a
number that grows, so that it shows if an older one wins.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event, Thread
from typing import Any
from uuid import UUID

import httpx

from local import partners
from local.client import BATCH, LoyaltyClient, PortfolioClient, ProposalClient, PushClient
from local.stack import Stack
from proof.book import Book

KINDS = ("portfolio", "push", "loyalty", "proposal")
DATA_SET = "odm/master_data"
HOT = 20
"""How many keys come in every request."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 3.0
REVISIONS = 9
"""How often a sequence that was given up is sent again."""


class Sender:
    """A partner that sends requests of so many rows, a pause between them."""

    feed = ""

    def __init__(self, name: str, book: Book, *, rows: int, pause_s: float, seed: int) -> None:
        self.name = name
        self.pause_s = pause_s
        self._rows = rows
        self._book = book
        self._chance = Random(seed)
        self._gave_up = Event()

    def run(self, over: Event, quota: int) -> None:
        """Send until it is over, and so many rows at least."""
        round_ = sent = 0
        while not self._gave_up.is_set() and (sent < quota or not over.is_set()):
            round_ += 1
            try:
                sent += self.send(round_)
            except Refused as refused:
                self._book.refuse(f"{self.name}: {refused}")
            if not over.is_set():
                time.sleep(self._chance.uniform(0.5, 1.5) * self.pause_s)

    def stop(self) -> None:
        """Give up what is not answered yet."""
        self._gave_up.set()

    def send(self, round_: int) -> int:
        """Send one request, or several that belong together; how many rows."""
        raise NotImplementedError

    def _keys(self, round_: int) -> tuple[list[int], list[int]]:
        """The keys that come with this request only, and those that come with each."""
        fresh = range(round_ * 100_000, round_ * 100_000 + self._rows - HOT)
        return list(fresh), list(range(HOT))

    def _until(
        self, call: Callable[[], httpx.Response], settled: Callable[[httpx.Response], bool]
    ) -> httpx.Response | None:
        """The answer to a call that is made until it settles the matter, or nothing."""
        pause = FIRST_PAUSE_S
        while not self._gave_up.is_set():
            answer = self._call(call)
            if answer is not None and settled(answer):
                return answer
            time.sleep(self._chance.uniform(0.5, 1.0) * pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
        return None

    def _call(self, call: Callable[[], httpx.Response]) -> httpx.Response | None:
        try:
            answer = call()
        except httpx.HTTPError as error:
            self._book.call(type(error).__name__)
            return None
        self._book.call(str(answer.status_code))
        return answer


class Refused(Exception):
    """An answer that no honest client should get."""


def passing(answer: httpx.Response) -> bool:
    """Whether the same call may go through later."""
    return answer.status_code == 429 or answer.status_code >= 500


class Broker(Sender):
    """Submits batches of portfolios."""

    feed = "portfolio"

    def __init__(self, base_url: str, credentials: Mapping[str, str], *of: Any, **how: Any) -> None:
        super().__init__(*of, **how)
        self._client = PortfolioClient(base_url, **credentials)

    def send(self, round_: int) -> int:
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
        return len(rows)

    def _submit(self, batch: Mapping[str, Any]) -> httpx.Response:
        body = httpx.Request("POST", "http://any", json=batch).content
        return self._client.call("POST", BATCH, {"recvWindow": "60000"}, body=body)


def holding(quantity: int) -> dict[str, Any]:
    """A holding of so many."""
    return {"symbol": "FPT", "totalQty": quantity, "costPrice": "95.50", "tradableQty": 0}


class Maker(Sender):
    """Pushes rows: new ones in two sequences, then new quantities of known ones."""

    feed = DATA_SET

    def __init__(self, base_url: str, credentials: Mapping[str, str], *of: Any, **how: Any) -> None:
        super().__init__(*of, **how)
        self._client = PushClient(base_url, **credentials)
        self._known = False

    def send(self, round_: int) -> int:
        fresh, hot = self._keys(round_)
        if not self._known:
            self._push("POST", f"H{round_}", 1, hot, of=len(hot), version=round_)
            self._known = True
        half = len(fresh) // 2
        for seq, keys in enumerate((fresh[:half], fresh[half:]), start=1):
            self._push("POST", f"N{round_}", seq, keys, of=len(fresh), version=round_)
        self._push("PUT", f"U{round_}", 1, hot, of=len(hot), version=round_ + 1)
        return len(fresh) + len(hot)

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

    def __init__(self, base_url: str, credentials: Mapping[str, str], *of: Any, **how: Any) -> None:
        super().__init__(*of, **how)
        self._client = LoyaltyClient(base_url, credentials)
        self._company = credentials["company_id"]

    def send(self, round_: int) -> int:
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
        return len(rows)

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


class Supplier(Sender):
    """Creates proposals: at once if `instant`, otherwise for a time that is soon."""

    feed = "listing"
    soon_s = 30

    def __init__(
        self,
        base_url: str,
        credentials: Mapping[str, str],
        *of: Any,
        instant: bool,
        **how: Any,
    ) -> None:
        super().__init__(*of, **how)
        self._client = ProposalClient(base_url, credentials)
        self._instant = instant

    def send(self, round_: int) -> int:
        fresh, hot = self._keys(round_)
        # Two that are due at nearly the same time may overtake each other: no key is in both.
        keys = fresh + hot if self._instant else fresh
        number = self._create()
        if number is None:
            return 0
        self._book.plans.add((self.name, number))
        rows = {str(key): round_ for key in keys}
        details = [
            {"listingId": key, "executeProposalId": round_, "revertProposalId": 999_999}
            for key in keys
        ]
        self._book.attempt(self.name, self.feed, rows)
        answer = self._until(
            lambda: self._client.change(number, {"details": details}), self._taken
        )
        if answer is not None and answer.status_code == 200:
            self._book.acknowledge(self.name, self.feed, rows)
        elif answer is not None and "execute is" not in answer.text:  # its time has come meanwhile
            raise Refused(answer.text)
        return len(rows)

    def _create(self) -> int | None:
        """A proposal's number. What was not answered may have been made: it is looked for."""
        before = self._newest()
        now = datetime.now(UTC).replace(microsecond=0)
        revert = stamp(now + timedelta(days=1))
        times = {"revertTs": revert}
        if self._instant:
            times |= {"instantExecute": True}
        else:
            times |= {"executeTs": stamp(now + timedelta(seconds=self.soon_s))}
        new = {"proposalType": "updateImageV2", "batchSource": "api"} | times
        while not self._gave_up.is_set():
            answer = self._call(lambda: self._client.create(new))
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

    def _newest(self) -> int | None:
        """The number of the newest proposal."""
        answer = self._until(lambda: self._client.list(limit="1"), self._settled)
        if answer is None:
            return None
        if answer.status_code != 200:
            raise Refused(answer.text)
        proposals = answer.json()["proposals"]
        return int(proposals[0]["id"]) if proposals else None

    def _taken(self, answer: httpx.Response) -> bool:
        """Whether a change's matter is settled: of an instant one, not while it executes."""
        waits = self._instant and "execute is executing" in answer.text
        return self._settled(answer) and not waits

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


def crowd(
    stack: Stack, book: Book, *, each: int = 2, rows: int, pause_s: float
) -> Sequence[Sender]:
    """So many partners on each contract."""
    names = {f"{kind}-{at}": (kind, f"{kind}-{at}") for kind in KINDS for at in range(each)}
    known = partners.ensure(stack, names)
    made: list[Sender] = []
    for seed, (name, (kind, _)) in enumerate(names.items()):
        of = (stack.base_url, known[name], name, book)
        how: dict[str, Any] = {"rows": rows, "pause_s": pause_s, "seed": seed}
        match kind:
            case "portfolio":
                made.append(Broker(*of, **how))
            case "push":
                made.append(Maker(*of, **how))
            case "loyalty":
                made.append(Retailer(*of, **how))
            case _:
                made.append(Supplier(*of, instant=bool(seed % 2), **how))
    return made


def start(senders: Sequence[Sender], over: Event, quota: int) -> Sequence[Thread]:
    """Have them all send, until it is over and each has sent so many rows."""
    threads = [Thread(target=one.run, args=(over, quota), daemon=True) for one in senders]
    for thread in threads:
        thread.start()
    return threads
