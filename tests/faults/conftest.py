"""All of these play one scenario many times."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave them out of the inner loop."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)
