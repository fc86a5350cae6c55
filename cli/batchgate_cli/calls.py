"""What a call to the gateway came to, whatever its contract."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from batchgate_cli.files import Read
from batchgate_cli.trouble import UNFINISHED, Trouble

TOKEN_S = 540
"""How old a token may grow; it is good for ten minutes."""


class Again(Exception):
    """The very same call may go through later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An item that failed: its row in the file where it is known, and why."""

    row: int | None
    item: object
    reason: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a part: its batch, and the items that failed; `None` while some wait."""

    batch: str
    failures: Sequence[Failure] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One push of one file: its own `id` (24 hex digits), and how many items it has in all."""

    id: str
    total: int


class Sender(Protocol):
    """One contract: how large its parts may be, and how one is sent."""

    rows: int
    size: int

    def send(self, number: int, part: Sequence[Read]) -> Sent:
        """Send a part, the so-maniest of its file.

        Raises:
            Again: it is not known to have arrived, or not worked yet.
            Trouble: it is refused, and would be again.
        """

    def outcome(self, batch: str, part: Sequence[Read]) -> Sequence[Failure]:
        """The failures of a part that was sent and had not ended; `Again` while it has not."""


def answered(call: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer to a call; `Again` where there is none, or one that says to come again."""
    try:
        answer = call()
    except httpx.TransportError as error:
        raise Again(f"{type(error).__name__}: {error}") from error
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.status_code >= 500:
        raise Again(f"HTTP {answer.status_code}: {answer.text[:200]}")
    return answer


def refused(answer: httpx.Response) -> Trouble:
    """A refusal that sending again would not change."""
    help_ = "Check the credentials." if answer.status_code == 401 else ""
    return Trouble(
        f"Refused with HTTP {answer.status_code}: {answer.text[:500]}", help_, code=UNFINISHED
    )


@dataclass(slots=True)
class Tokens:
    """A client that takes tokens, and when its last one was taken."""

    take: Callable[[], object]
    taken: float = field(default=-float(TOKEN_S))

    def __call__(self, call: Callable[[], httpx.Response]) -> httpx.Response:
        """The answer to a call with a live token."""
        if time.monotonic() - self.taken > TOKEN_S:
            try:
                self.take()
            except httpx.TransportError as error:
                raise Again(str(error)) from error
            except httpx.HTTPStatusError as error:
                if error.response.status_code >= 500 or error.response.status_code == 429:
                    raise Again(f"HTTP {error.response.status_code}") from error
                raise refused(error.response) from error
            self.taken = time.monotonic()
        return answered(call)
