"""Store a batch as the submit function does, and send none of its messages.

Runs in a process of its own (`local.inside`), as a function that dies between the two.
"""

import json
import sys
from dataclasses import dataclass
from typing import Any

from local import inside
from local.stack import Stack


@dataclass(frozen=True, slots=True)
class Message:
    """What would have gone into the queue for one slice."""

    body: str
    group: str


def keep_part(
    stack: Stack, partner: str, batch: dict[str, Any], *, age_s: int = 0
) -> list[Message]:
    """Store a partner's batch as accepted so many seconds ago; its messages, unsent."""
    given = {"partner": partner, "batch": batch, "age_s": age_s}
    return [Message(**one) for one in inside.run(stack, "tests.stack.keep_part", given)]


def main() -> None:
    """Take partner, batch and age from the standard input, print the messages."""
    from batchgate import queue, wiring  # noqa: PLC0415 (only this process has its environment)
    from batchgate.contracts.portfolio import submit  # noqa: PLC0415
    from batchgate.http import Request  # noqa: PLC0415

    given = json.load(sys.stdin)
    account = wiring.partners().account(given["partner"])
    assert account is not None
    body = json.dumps(given["batch"]).encode()
    request = Request(headers={}, query=[], body=body, correlation_id="kept-only")
    accepted_us = wiring.clock() - given["age_s"] * 1_000_000
    receipt = wiring.batches().admit(submit.read(request, account), accepted_us)
    messages = [{"body": queue.write(work), "group": work.group} for work in receipt.slices]
    json.dump(messages, sys.stdout)


if __name__ == "__main__":
    main()
