"""The command line as it is started: from a clone, or from a wheel that pipx installs."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
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


def imported(file: Path) -> Iterator[str]:
    """The packages that a module imports."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_the_wheel_imports_nothing_that_it_does_not_name() -> None:
    """In a clone all of the project's packages are there; pipx installs these alone."""
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    held = [ROOT / "cli" / name for name in (*wheel["packages"], *wheel["force-include"])]
    files = [file for one in held for file in (one.rglob("*.py") if one.is_dir() else [one])]
    own = {"batchgate", "batchgate_cli", "local"} | sys.stdlib_module_names
    # Only the sign-in function imports `aes`; pydantic brings its core along.
    needed = (
        {name for file in files if file.stem != "aes" for name in imported(file)}
        - own
        - {"pydantic_core"}
    )

    belong = packages_distributions()
    assert len(needed) > 5
    assert {belong[name][0].replace("_", "-") for name in needed} <= names(
        PROJECT["project"]["dependencies"]
    )


def test_what_the_wheel_needs_is_pinned_for_the_project() -> None:
    """What is tested here is what is installed there, or older."""
    pinned = (ROOT / "requirements" / "run.txt").read_text().splitlines()

    assert names(PROJECT["project"]["dependencies"]) <= names(pinned)
