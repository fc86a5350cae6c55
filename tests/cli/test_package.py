"""The command line as it is started: from a clone, or from a wheel that pipx installs."""

import re
import subprocess
import tomllib
from pathlib import Path

from tests.cloudformation import ROOT

PROJECT = tomllib.loads((ROOT / "cli" / "pyproject.toml").read_text())


def names(requirements: list[str]) -> set[str]:
    """The packages that requirements name."""
    found = (re.match(r"[a-z0-9-]+", one.lower()) for one in requirements)
    return {one[0] for one in found if one}


def test_the_launcher_works_from_any_folder_and_by_its_link(tmp_path: Path) -> None:
    """As `.venv/bin/batchgate` is made by the Makefile."""
    link = tmp_path / "batchgate"
    link.symlink_to(ROOT / "batchgate")

    done = subprocess.run(
        [link, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert "Run a Batchgate stack" in done.stdout


def test_the_wheel_needs_what_the_gateways_package_needs() -> None:
    """It holds that package, whose requirements grow elsewhere."""
    layer = (ROOT / "layers" / "batchgate" / "requirements.in").read_text().splitlines()

    assert names(layer) <= names(PROJECT["project"]["dependencies"])
    for folder in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]:
        assert (ROOT / "cli" / folder).exists()


def test_what_the_wheel_needs_is_pinned_for_the_project() -> None:
    """What is tested here is what is installed there, or older."""
    pinned = (ROOT / "requirements" / "run.txt").read_text().splitlines()

    assert names(PROJECT["project"]["dependencies"]) <= names(pinned)
