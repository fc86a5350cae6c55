"""What was counted, as a function tells it at the end of its invocation."""

import json

import pytest

from batchgate import telemetry


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, list[float]]:
    """The metrics since the last look, with their values. The first look is at earlier tests'."""
    with telemetry.invocation():
        pass
    lines = [line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return {
        metric["Name"]: one[metric["Name"]]
        for one in map(json.loads, lines)
        for metric in one["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }
