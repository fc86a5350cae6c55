"""The real template, deployed once for all stack tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import sam
from local.emulator import Emulator, free_port
from local.stack import Stack, architecture, deploy


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of what `sam build` made of this work tree."""
    return sam.build(architecture())


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of our own, on an emulator that enforces the functions' roles."""
    with Emulator(tmp_path_factory.mktemp("emulator"), free_port(), auth=True) as emulator:
        yield deploy(emulator)
