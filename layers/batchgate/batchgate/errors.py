"""What Batchgate refuses, as one tree.

A refused item is data (an outcome), a refused request is a `Refusal`, anything else
is our fault: it is retried and it rings.
"""


class Refusal(Exception):
    """A request that is not served, and why; its contract gives it its shape."""


class UnknownCaller(Refusal):
    """The credentials name nobody who may use this contract."""


class BadParameter(Refusal):
    """A query parameter can't be used; `reason` is `Missing`, `Invalid`, `Unknown`, `Repeated`."""

    def __init__(self, reason: str, name: str) -> None:
        super().__init__(reason, name)
        self.reason = reason
        self.name = name


class NoCredentials(Refusal):
    """A call without what it must identify itself with."""


class SignInRefused(Refusal):
    """Not a live key, not its signature, too late or too early: which, nobody is told."""


class SessionForged(Refusal):
    """A session that we did not give out, or that was altered, or whose key was taken away."""


class SessionExpired(Refusal):
    """A session that was ours and has ended."""


class SessionMismatch(Refusal):
    """The call does not carry the word that goes with its session."""


class NotAllowed(Refusal):
    """The caller is known and may not use this contract."""


class WindowExceeded(Refusal):
    """A signed call came outside the window it allows itself; `now_ms` is our clock."""

    def __init__(self, now_ms: int) -> None:
        super().__init__(now_ms)
        self.now_ms = now_ms


class BadSignature(Refusal):
    """The signature is not that of the request, with any of the caller's live secrets."""


class Malformed(Refusal):
    """A body that can't be read as its contract asks; `faults` name every reason."""

    def __init__(self, *faults: str) -> None:
        super().__init__(*faults)
        self.faults = faults


class TooLarge(Refusal):
    """Something is over a limit; `limit` says which, in words."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


class ContentConflict(Refusal):
    """The part's name was used before, with other content."""


class BatchMismatch(Refusal):
    """The batch does not take this part: see `what`.

    It was begun with another `method` or size (`declared`), it is `full`, or it is `expired`
    and its name not free yet.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class UnknownFeed(Refusal):
    """No such feed, or not one that the caller may use."""


class UnknownBatch(Refusal):
    """No such batch among the caller's own."""


class UnknownPlan(Refusal):
    """No such plan among the caller's own."""


class TooEarly(Exception):
    """Work that is not due yet; it should come again in so many `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Busy(Exception):
    """A service refused for load or is out of reach; the same call may go through later."""


class DataLost(Exception):
    """Stored data that must be there is missing or unreadable. Rings."""
