"""The operators' guide names what there is."""

import re

from tests.cloudformation import ROOT, template

GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_output_that_it_asks_for_is_one() -> None:
    """An empty answer in the middle of a command does something else than was meant."""
    asked = set(re.findall(r"\$\(output (\w+)\)", GUIDE))

    assert {"RecordsTable", "PartnersTable", "Worker", "Sweep", "WorkerFaults"} <= asked
    assert asked <= template()["Outputs"].keys()


def test_every_tool_that_it_runs_is_one() -> None:
    """Nobody wants to find out at night."""
    run = set(re.findall(r"python -m ops\.(\w+)", GUIDE))

    assert run == {"master", "rows", "versions"}
    for name in run:
        assert (ROOT / "ops" / f"{name}.py").is_file()


def test_every_parameter_of_a_release_is_explained() -> None:
    """Whoever meets one in `samconfig.toml` looks for it here."""
    for name in (
        "Rollout",
        "Firewall",
        "CallsPerAddress",
        "DomainName",
        "CertificateArn",
        "HostedZone",
        "FaultExperiments",
    ):
        assert name in template()["Parameters"]
        assert f"`{name}" in GUIDE, name
