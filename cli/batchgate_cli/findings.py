"""What `doctor` finds, and how a check that can't be made is told from one that went well."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from batchgate import aws
from batchgate.errors import Busy
from batchgate_cli.stack import Stack

OK, WARNING, BAD, UNKNOWN = "ok", "warning", "bad", "unknown"
RUNBOOKS = "docs/runbooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: how it is, and the page that helps where it is not well."""

    check: str
    state: str
    detail: str
    page: str = ""


type Check = Callable[[Stack], Iterator[Finding]]


def well(check: str, detail: str) -> Finding:
    """All is as it should be."""
    return Finding(check=check, state=OK, detail=detail)


def wrong(check: str, detail: str, page: str = "", state: str = BAD) -> Finding:
    """Something is not as it should be."""
    return Finding(
        check=check, state=state, detail=detail, page=f"{RUNBOOKS}/{page}" if page else ""
    )


def examined(check: Check, stack: Stack) -> list[Finding]:
    """What a check finds; as unknown what AWS does not let it look at."""
    found: list[Finding] = []
    try:
        found.extend(check(stack))
    except (ClientError, BotoCoreError, Busy, KeyError) as error:
        why = aws.code(error) if isinstance(error, ClientError) else type(error).__name__
        name = check.__name__.strip("_").replace("_", " ")
        detail = f"can't be looked at: {why or error}"
        found.append(Finding(check=name, state=UNKNOWN, detail=detail))
    return found
