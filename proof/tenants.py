"""Tenants: what a call can name of another's, and what stands in a credential's place."""

from collections.abc import Sequence

import pytest

from proof import timing
from proof.results import Result
from tests.cloudformation import ROOT

FOLDER = ROOT / "tests" / "hostile"
WHAT = {
    "test_tenants.py": "what a call can name of another's: told apart, read or changed",
    "test_bypass.py": "tricks in place of a credential, on every operation: got past",
    "test_changed_bytes.py": "a byte changed of what was signed, sealed or given out: accepted",
}


class Count:
    """Counts how a file's tests ended."""

    def __init__(self) -> None:
        self.passed = self.failed = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test, or what made it ready, that ended."""
        self.passed += report.when == "call" and report.passed
        self.failed += report.failed


def prove() -> Sequence[Result]:
    """Run the tests that say so and count them; measure what no test can say."""
    return [*(_proven(file, what) for file, what in WHAT.items()), *timing.refusals()]


def _proven(file: str, what: str) -> Result:
    count = Count()
    pytest.main(["-q", "-n", "0", "--no-header", "--no-summary", str(FOLDER / file)], [count])
    seen = f"{count.failed} of {count.passed + count.failed} cases"
    return Result(what=what, seen=seen, held=count.passed > 0 and not count.failed)
