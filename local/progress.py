"""One line per long step: what, and how many seconds it took."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

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


def say(line: str) -> None:
    """Print a line at once, also through a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
