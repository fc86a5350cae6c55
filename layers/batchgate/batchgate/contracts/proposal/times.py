"""Times on the wire: ISO-8601 with a zone in, UTC with whole seconds out."""

import re
from datetime import UTC, datetime, timedelta

_FORM = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)",
    re.ASCII,
)
WRONG = "must be ISO-8601 with a zone, such as 2024-04-10T02:00:00Z"
"""What is told of a text that is no time."""


def seconds(text: str) -> int:
    """The time that a text names: UTC, s since 1970, a fraction rounded up.

    Up, because nothing may happen before its time.

    Raises:
        ValueError: it is not a time, or has no zone.
    """
    if not _FORM.fullmatch(text):
        raise ValueError
    try:
        # Also `OverflowError`: a zone may lead out of the years there are.
        at = datetime.fromisoformat(text).astimezone(UTC)
        whole = at.replace(microsecond=0)
        # Nine digits are read as six: what is cut off still counts as a fraction.
        fraction = re.search(r"[.,]\d*[1-9]", text)
        return int((whole + timedelta(seconds=1 if fraction else 0)).timestamp())
    except (ValueError, OverflowError):
        raise ValueError from None


def interval(text: str) -> tuple[int, int]:
    """The first and last second that an interval `start/end` names.

    Raises:
        ValueError: it is not two times with a slash between them.
    """
    start, _, end = text.partition("/")
    return seconds(start), seconds(end)


def text(at_s: int) -> str:
    """A time as it is answered, such as `2024-04-10T02:00:00Z`."""
    return f"{datetime.fromtimestamp(at_s, UTC).replace(tzinfo=None).isoformat()}Z"
