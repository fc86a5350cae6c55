"""One line per long step: what, and how many seconds it took, or how long it is still to come."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Self

from rich.console import Console
from rich.status import Status

HEARTBEAT_SECONDS = 10.0


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say that a step begins, that it still runs every ten seconds, and that it is done."""
    began = time.monotonic()
    done = threading.Event()
    say(f"  {what} …")

    def beat() -> None:
        while not done.wait(HEARTBEAT_SECONDS):
            say(f"  {what} … {time.monotonic() - began:.0f} s")

    heart = threading.Thread(target=beat, daemon=True)
    heart.start()
    try:
        yield
    except BaseException:
        say(f"✗ {what}: failed after {time.monotonic() - began:.1f} s")
        raise
    finally:
        done.set()
        heart.join()
    say(f"✓ {what} ({time.monotonic() - began:.1f} s)")


class Countdown:
    """Shows how long it is to a time, and how things stand meanwhile.

    On a terminal it is a line that changes; and everywhere, a line for each change.
    """

    def __init__(self) -> None:
        self._status = Status("", console=Console())
        self._what, self._at = "", datetime.now(UTC)
        self._last = ""

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def toward(self, what: str, at: str) -> None:
        """Count down to this from here on, which is due then (ISO-8601)."""
        self._what, self._at = what, datetime.fromisoformat(at)

    def show(self, state: str) -> None:
        """Show how things stand."""
        left = (self._at - datetime.now(UTC)).total_seconds()
        due = f"due in {left:.0f} s" if left > 0 else f"due {-left:.0f} s ago"
        self._status.update(f"{self._what}, {due}: {state}")
        if state != self._last:
            say(f"    {datetime.now(UTC):%H:%M:%S} {state}")
            self._last = state


def say(line: str) -> None:
    """Print a line at once, also through a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
