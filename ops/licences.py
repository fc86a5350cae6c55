"""What of others is shipped, and under which licences: `make licences`.

From the pinned requirements of the layer and of the functions that bring their own, and
from what their installed packages say of themselves.
"""

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"

CLASSIFIERS = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD",
}
"""What packages say that name no licence otherwise."""

HEAD = """\
# Licences of what is shipped

The layer and the functions hold these packages of others. `make licences` writes this page, and
a test fails where it is out of date. The wheels of compiled packages hold libraries of their
own (Rust crates; OpenSSL in cryptography), which the packages' own pages list. The build takes
the packages' metadata out of the layer, to keep it small: whoever passes a built artifact on,
and does not only deploy it, adds the licences' texts.

| package | version | licence | in |
|---|---|---|---|
"""


class Shipped(NamedTuple):
    """A package that is part of an artifact."""

    name: str
    version: str
    licence: str
    within: str


def shipped() -> Iterator[Shipped]:
    """All packages in artifacts, by artifact and name.

    Raises:
        RuntimeError: another version is installed than is shipped.
    """
    for file in sorted(ROOT.glob("*/*/requirements.txt"), reverse=True):
        for name, version in pinned(file):
            about = metadata.distribution(name)
            if about.version != version:
                raise RuntimeError(f"{name} {about.version} is installed, {version} is shipped")
            yield Shipped(name, version, licence(about), str(file.parent.relative_to(ROOT)))


def pinned(file: Path) -> list[tuple[str, str]]:
    """The packages of a file of pinned requirements, and their versions."""
    return re.findall(r"^([\w.-]+)==(\S+)", file.read_text(encoding="utf-8"), re.MULTILINE)


def licence(package: metadata.Distribution) -> str:
    """A package's licence as an SPDX expression, or what comes nearest to one."""
    told = package.metadata.get("License-Expression") or package.metadata.get("License") or ""
    if told and told != "Dual License":
        return told
    classifiers = package.metadata.get_all("Classifier") or []
    return " OR ".join(sorted(CLASSIFIERS[one] for one in classifiers if one in CLASSIFIERS))


def page() -> str:
    """The page that lists them."""
    rows = (f"| {' | '.join(one)} |\n" for one in shipped())
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
