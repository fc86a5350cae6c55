"""Whether the time of a refusal tells an unknown name from a wrong secret."""

import io
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from contextlib import redirect_stdout
from random import Random
from statistics import median

from batchgate import wiring
from proof.results import Result
from tests.gateway import Gateway
from tests.hostile.tenants import Call, settled
from tests.hostile.tricks import guesses
from tests.memory.gateway import in_memory

CALLS = 400
"""How often each call is made."""


def refusals() -> Sequence[Result]:
    """For each form of credential, what somebody with a clock learns.

    Without AWS, whose calls are the same and would hide the rest. A time tells nothing
    where the unknown name's refusal is later in half of all pairs.
    """
    # What functions print are their metrics.
    with in_memory() as (gateway, _), redirect_stdout(io.StringIO()):
        tenant = settled(gateway, "acme", "odm/bom")
        return [
            _told(form, *_taken(gateway, calls[0], calls[-1]))
            for form, calls in guesses(tenant).items()
        ]


def _taken(gateway: Gateway, *calls: Call) -> list[list[int]]:
    """The times of each call (ns of this thread), made in turns by a function that knows nobody."""
    times: list[list[int]] = [[] for _ in calls]
    turns = [*range(len(calls))] * CALLS
    Random(3).shuffle(turns)
    for turn in turns:
        wiring.partners.cache_clear()
        began = time.thread_time_ns()
        calls[turn].made(gateway)
        times[turn].append(time.thread_time_ns() - began)
    return times


def _told(form: str, unknown: Sequence[int], wrong: Sequence[int]) -> Result:
    at = sorted(wrong)
    # A tie counts for either.
    longer = sum(bisect_left(at, one) + bisect_right(at, one) for one in unknown) / 2
    share = longer / (len(unknown) * len(wrong))
    later_us = (median(unknown) - median(wrong)) / 1_000
    return Result(
        what=f"{form}: the refusal of an unknown name beside that of a wrong secret",
        seen=f"{later_us:+.0f} µs ({median(wrong) / 1_000:.0f}); later in {share:.0%} of all pairs",
    )
