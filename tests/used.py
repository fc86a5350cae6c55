"""What each function used of AWS and of its environment, noted whenever a handler is called.

It is on in all tests that play functions in their process, so that one test after all of
them can compare it with what the template grants: see `tests/afterwards/grants.py`.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, NamedTuple

from batchgate import aws, wiring

WIRED = (
    "batches",
    "lookups",
    "records",
    "plans",
    "schedules",
    "partners",
    "queue",
    "events",
    "master",
)
"""What `wiring` builds of environment variables, and keeps."""

NAMES = {
    "work.fifo": "WorkQueue",
    "dead.fifo": "DeadQueue",
    "bus": "BatchEvents",
    "master": "MasterSecret",
    "schedules": "ScheduleGroup",
}
"""What the tests call the template's resources; tables have their own names."""

WRITES = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
"""What a transaction's items need: IAM knows no right to the transaction itself."""


class Right(NamedTuple):
    """An action on a resource of the template; an index is `Table/index/name`."""

    action: str
    resource: str

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


@dataclass(slots=True)
class Used:
    """By function: the rights that its calls needed, and the parts of `wiring` it took."""

    rights: defaultdict[str, set[Right]] = field(default_factory=lambda: defaultdict(set))
    wired: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def told(self) -> dict[str, dict[str, list[Any]]]:
        """All of it, as JSON takes it."""
        return {
            name: {
                "rights": [list(right) for right in sorted(self.rights[name])],
                "wired": sorted(self.wired[name]),
            }
            for name in sorted(self.rights.keys() | self.wired.keys())
        }

    def add(self, told: Mapping[str, Mapping[str, Iterable[Any]]]) -> None:
        """Take in what another process noted."""
        for name, one in told.items():
            self.rights[name] |= {Right(*right) for right in one["rights"]}
            self.wired[name] |= set(one["wired"])


KEPT = "batchgate/used"
"""Where pytest's cache keeps what the last run of tests noted."""

USED = Used()
"""What this process noted."""

_running: ContextVar[str] = ContextVar("running", default="")
_seen = dict.fromkeys(WIRED, 0)


def noted(function: str, handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler whose use of AWS and of its environment is noted under its function's name."""

    @wraps(handler)
    def call(*arguments: Any) -> Any:
        with _as(function):
            return handler(*arguments)

    return call


@contextmanager
def aside() -> Iterator[None]:
    """What a test does itself while a function is at a call is not that function's doing."""
    with _as(""):
        yield


@contextmanager
def _as(function: str) -> Iterator[None]:
    _note_wiring()
    token = _running.set(function)
    try:
        yield
    finally:
        _note_wiring()
        _running.reset(token)


def watch() -> None:
    """Note the calls of all clients that are made of the session that `aws` has now."""
    aws.session().register("before-parameter-build", _note_call)


def _note_call(params: Mapping[str, Any], model: Any, **_: Any) -> None:
    if function := _running.get():
        service = str(model.service_model.service_name)
        USED.rights[function].update(rights(service, str(model.name), params))


def _note_wiring() -> None:
    """Whoever runs is who took from `wiring` since the last look, unless others ran beside it."""
    for name in WIRED:
        info = getattr(wiring, name).cache_info()
        taken, before = info.hits + info.misses, _seen[name]
        _seen[name] = taken
        alone = threading.current_thread() is threading.main_thread()
        if taken > before and alone and (function := _running.get()):
            USED.wired[function].add(name)


def rights(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[Right]:
    """What a call needs, as the service authorization reference has it."""
    for item in params.get("TransactItems", []):
        ((kind, given),) = item.items()
        yield Right(WRITES[kind], given["TableName"])
    for resource in touched(params):
        yield Right(f"{service}:{operation}", resource)
        if operation == "SendMessageBatch":  # AWS knows no right of that name
            yield Right("sqs:SendMessage", resource)
    if operation == "CreateSchedule":
        yield Right("iam:PassRole", "ScheduleRole")


def touched(params: Mapping[str, Any]) -> Iterator[str]:
    """The resources that a call names, but for those of a transaction."""
    match params:
        case {"TransactItems": _}:
            return
        case {"RequestItems": tables}:
            yield from tables
        case {"TableName": table, "IndexName": index}:
            yield f"{table}/index/{index}"
        case {"TableName": table}:
            yield str(table)
        case {"QueueUrl": url}:
            yield NAMES[url.rpartition("/")[2]]
        case {"Entries": entries}:
            yield from (NAMES[entry["EventBusName"]] for entry in entries)
        case {"SecretId": arn}:
            # Secrets Manager puts a dash and six characters after the name in an ARN.
            yield NAMES[arn.rpartition(":")[2].partition("-")[0]]
        case {"GroupName": group}:
            yield NAMES[group]
        case _:
            raise ValueError(params)
