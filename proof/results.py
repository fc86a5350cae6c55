"""What a section of the proof found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One row of the table: what was looked at, what was seen, whether the promise held.

    `held` is `None` for a figure that proves nothing by itself.
    """

    what: str
    seen: str
    held: bool | None = None


type Section = Callable[[], Sequence[Result]]
"""A section of the proof, run to its end."""
