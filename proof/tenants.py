"""Tenants: what a call can name of another's, and what stands in a credential's place."""

import re
import subprocess
import sys
from collections.abc import Sequence

from proof import timing
from proof.results import Result
from tests.cloudformation import ROOT

FOLDER = ROOT / "tests" / "hostile"
WHAT = {
    "test_tenants.py": "what a call can name of another's: told apart, read or changed",
    "test_bypass.py": "tricks in place of a credential, on every operation: got past",
    "test_changed_bytes.py": "a byte changed of what was signed, sealed or given out: accepted",
}
OPTIONS = ("-q", "-n", "0", "--no-header", "--no-summary")


def prove() -> Sequence[Result]:
    """Run the tests that say so and count them; measure what no test can say."""
    return [*(_proven(file, what) for file, what in WHAT.items()), *timing.refusals()]


def _proven(file: str, what: str) -> Result:
    # In a process of its own: other sections have imported some of pytest's plugins.
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, str(FOLDER / file)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    last = done.stdout.rstrip().rpartition("\n")[2]
    ended = {how: int(count) for count, how in re.findall(r"(\d+) (passed|failed|error)", last)}
    passed = ended.pop("passed", 0)
    bad = sum(ended.values())
    return Result(
        what=what,
        seen=f"{bad} of {passed + bad} cases",
        held=done.returncode == 0 and passed > 0,
    )
