"""Hostile input: calls made up from the OpenAPI document, by the ten thousand, on all routes."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from proof.results import Result
from tests.describing import operations
from tests.hostile import fuzzing
from tests.hostile.callers import Callers, enrolled
from tests.hostile.fuzzing import Found
from tests.standing import gateway

AT_LEAST = 10_000
RUNS: Mapping[str, Mapping[str, Any]] = {
    "every value on and beside a limit": {"phases": ["examples", "coverage"]},
    "many wrong things at a time": {"phases": ["fuzzing"], "examples": 200},
    "calls that follow on others": {"phases": ["stateful"], "examples": 40},
    "every value, with made-up credentials": {"phases": ["coverage"], "signed": False},
}


@contextmanager
def world() -> Iterator[Callers]:
    """New functions on empty tables in this process, and a partner of each contract."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        # The functions print their metrics, each call its own.
        with (
            Path(os.devnull).open("w") as nowhere,
            redirect_stdout(nowhere),
            gateway(patch) as made,
        ):
            yield enrolled(made)


def prove() -> Sequence[Result]:
    """Make calls up, and look at every answer."""
    every = Found()
    results = []
    for what, how in RUNS.items():
        with world() as callers:
            found = fuzzing.run(callers, **how)
        results.append(_told(what, found))
        every.add(found)
    # Calls that are all refused for their credentials would prove nothing of the rest.
    unserved = {one.label for one in operations()} - every.served
    broken = sum(count for status, count in every.answered.items() if status >= 500)
    return [
        *results,
        Result(
            what=f"calls of {len(operations())} operations, all served, at least {AT_LEAST:,}",
            seen=f"{every.requests:,}, {every.bad:,} of them with a wrong body; "
            f"never served: {', '.join(sorted(unserved)) or 'none'}",
            held=every.requests >= AT_LEAST and not unserved,
        ),
        Result(what="answered with a 5xx", seen=f"{broken}", held=broken == 0),
        Result(
            what="answered otherwise than the document says, or taken though wrong",
            seen="; ".join(list(every.wrong)[:3]) or "0",
            held=not every.wrong,
        ),
    ]


def _told(what: str, found: Found) -> Result:
    by_status = ", ".join(f"{count:,} × {status}" for status, count in found.answered.most_common())
    return Result(what=what, seen=f"{found.requests:,} calls: {by_status}", held=not found.wrong)
