"""What of others is installed and shipped is pinned, known, and may be shipped."""

import re
from pathlib import Path

import pytest

from ops import licences
from tests.cloudformation import ROOT

PINNED = sorted([*ROOT.glob("requirements/*.txt"), *ROOT.glob("*/*/requirements.txt")])
MAKEFILES = sorted([ROOT / "Makefile", *ROOT.glob("*/*/Makefile")])
SHIPPED = list(licences.shipped())

ALLOWED = {
    "Apache-2.0",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "PSF-2.0",
}
"""Licences that ask for no more than that they are named; MPL-2.0 as long as nothing is changed."""


def requirements(file: Path) -> list[str]:
    """The requirements of a file, each with its hashes."""
    text = re.sub(r"^ *#.*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", "").splitlines() if line]


@pytest.mark.parametrize("file", PINNED, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_requirement_is_pinned_with_its_hashes(file: Path) -> None:
    """What was tested is what is installed: not another file under the same version."""
    for one in requirements(file):
        assert re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==\S+( +--hash=sha256:[0-9a-f]{64})+ *", one), (
            one
        )


def test_every_list_of_requirements_is_pinned_and_every_pinned_one_has_its_list() -> None:
    """Whatever is named in a list alone would be installed in the version of the day."""
    lists = {*ROOT.glob("requirements/*.in"), *ROOT.glob("*/*/requirements.in")}

    assert {one.with_suffix(".txt") for one in lists} == set(PINNED)


@pytest.mark.parametrize("file", MAKEFILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_is_installed_without_its_hashes(file: Path) -> None:
    """A pin that is not checked against its hash is only a name."""
    text = file.read_text(encoding="utf-8").replace("\\\n", "")
    for line in re.findall(r"^.*\binstall\b.*--quiet.*$", text, re.MULTILINE):
        # What makes the pins can't be held to them.
        assert "--require-hashes" in line or ".venv-lock/" in line, line


def test_what_is_tested_is_what_is_shipped() -> None:
    """The tests' environment has the very versions of the layer and the functions."""
    tested = set(licences.pinned(ROOT / "requirements" / "run.txt"))

    assert {(one.name, one.version) for one in SHIPPED} - tested == set()


def test_the_list_of_licences_is_the_one_of_what_is_shipped() -> None:
    """Whoever asks what is in it is told what is in it now."""
    assert licences.PAGE.read_text(encoding="utf-8") == licences.page()


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.name)
def test_nothing_is_shipped_under_a_licence_that_asks_for_more(one: licences.Shipped) -> None:
    """A licence that reaches over to our own code would be noticed too late."""
    named = set(re.findall(r"[\w.-]+", one.licence)) - {"AND", "OR"}

    assert named
    assert named - ALLOWED == set()
