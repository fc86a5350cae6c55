"""`make down`: stop the local stack. What it holds is kept for the next `make up`."""

import sys

from local.emulator import Emulator, running_port
from local.places import STATE
from local.progress import say, step


def main() -> int:
    """Stop the emulator of this work tree, if it runs."""
    port = running_port(STATE)
    if port is None:
        say("The local stack does not run.")
        return 0
    with step(f"Stop the emulator at port {port}"):
        Emulator(STATE, port).stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
