"""How a command asks before it writes: it says what it would do, and `--yes` does it."""

import argparse

UNDONE = 3
"""Exit code: there is something to do, and nothing was done. A wrong call is argparse's 2."""


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Give a command the option without which it changes nothing."""
    parser.add_argument("--yes", action="store_true", help="do it, do not only say it")
