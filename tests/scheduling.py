"""What EventBridge Scheduler does with the schedules that the functions make."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, Protocol

import boto3

GROUP = "schedules"

_numbers = count(1)


class Clock(Protocol):
    """What time it is."""

    def __call__(self) -> int:
        """UTC, in µs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule that was made; it can fire after it is gone, too.

    `at_us` (UTC) is when it fires at the latest: AWS does so within the minute that follows
    the time which the schedule names.
    """

    name: str
    at_us: int
    body: str
    group: str
    given: dict[str, Any] = field(compare=False, repr=False)


class Schedules:
    """The schedules in moto, which keeps them and never fires any."""

    def __init__(self, clock: Clock, queue: str) -> None:
        self._clock, self._queue = clock, queue
        self._scheduler = boto3.client("scheduler")
        self._sqs = boto3.client("sqs")

    def standing(self) -> list[Schedule]:
        """All that are there, the soonest first."""
        pages = self._scheduler.get_paginator("list_schedules").paginate(GroupName=GROUP)
        found = [self._read(short["Name"]) for page in pages for short in page["Schedules"]]
        return sorted(found, key=lambda one: (one.at_us, one.name))

    def due(self) -> list[Schedule]:
        """Those whose time has come."""
        return [one for one in self.standing() if one.at_us <= self._clock()]

    def fire(self, *schedules: Schedule) -> None:
        """Have these fire, whatever the time is and whether they are still there or not."""
        for one in schedules:
            self._sqs.send_message(
                QueueUrl=self._queue,
                MessageBody=one.body,
                MessageGroupId=one.group,
                # Any of them may fire twice: the queue must not hide that.
                MessageDeduplicationId=f"schedule-{next(_numbers)}",
            )

    def fire_due(self) -> int:
        """Have those fire whose time has come, after which they are gone; how many."""
        due = self.due()
        self.fire(*due)
        self.lose(*due)
        return len(due)

    def lose(self, *schedules: Schedule) -> None:
        """Delete these without firing them."""
        for one in schedules:
            self._scheduler.delete_schedule(GroupName=GROUP, Name=one.name)

    def forget(self) -> None:
        """Delete all."""
        self.lose(*self.standing())

    def _read(self, name: str) -> Schedule:
        given = self._scheduler.get_schedule(GroupName=GROUP, Name=name)
        expression = given["ScheduleExpression"]
        at = datetime.strptime(expression, "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)
        target = given["Target"]
        return Schedule(
            name=name,
            at_us=int(at.timestamp() + 60) * 1_000_000,
            body=target["Input"],
            group=target["SqsParameters"]["MessageGroupId"],
            given=given,
        )


def make_group() -> str:
    """The schedule group, by its name."""
    boto3.client("scheduler").create_schedule_group(Name=GROUP)
    return GROUP
