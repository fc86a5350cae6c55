"""`make proof`: every section, or those that are named; a table at the end.

The exit code is 0 if every promise held, 1 if one did not, 2 for a section that is not there.
"""

import importlib
import signal
import sys
import time
import traceback
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from local.progress import step
from proof.results import Result

SECTIONS = ("ledger", "scale", "model", "hostile", "tenants")
"""Modules of this package, named for what they prove; each has `prove() -> Sequence[Result]`."""


def main(names: Sequence[str]) -> int:
    """Run these sections, or all, and print what they found."""
    if unknown := set(names).difference(SECTIONS):
        print(f"No section {', '.join(sorted(unknown))}: there are {', '.join(SECTIONS)}.")
        return 2
    found: list[tuple[str, Result]] = []
    began = time.monotonic()
    for name in names or SECTIONS:
        with step(f"Prove: {name}"):
            found += [(name, one) for one in proven(name)]
    table = Table(title=f"What was proven in {(time.monotonic() - began) / 60:.0f} minutes")
    for column in ("section", "what", "seen", "held"):
        table.add_column(column, overflow="fold")
    for name, one in found:
        table.add_row(name, one.what, one.seen, {None: "", True: "✓", False: "✗"}[one.held])
    Console(width=120).print(table)
    return 1 if any(one.held is False for _, one in found) else 0


def proven(name: str) -> Sequence[Result]:
    """What a section found; that it did not come to its end, if so."""
    try:
        results: Sequence[Result] = importlib.import_module(f"proof.{name}").prove()
    except Exception as error:  # noqa: BLE001 (what the other sections found is told all the same)
        traceback.print_exc()
        return [Result(what="the section came to its end", seen=repr(error), held=False)]
    return results


if __name__ == "__main__":
    # So that what was started is stopped, also when this is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main(sys.argv[1:]))
