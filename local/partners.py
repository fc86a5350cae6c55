"""The partners of the local stack."""

from typing import Any

from local.stack import Stack


def enrol(stack: Stack) -> dict[str, Any]:
    """Make sure that the demo partners are there; their credentials by name."""
    del stack
    return {}
