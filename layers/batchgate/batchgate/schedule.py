"""EventBridge Scheduler: one schedule for each time that a plan should act at."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from secrets import token_hex

import orjson
from botocore.exceptions import ClientError

from batchgate import aws, telemetry
from batchgate.errors import Busy
from batchgate.model import Due, PhaseName, PlanId

AHEAD_S = 60
"""Schedules are exact to a minute: ahead of their time by so much, they are never late."""

SOON_S = 5
"""What should fire at once is put off by so much: the scheduler takes no time of the past."""


class Schedules:
    """The schedules of this deployment. Each puts one message into the work queue and is gone."""

    def __init__(self, group: str, role: str, queue: str, clock: Callable[[], int]) -> None:
        """Make schedules in this group that send to this queue (ARN) in this role (ARN)."""
        self._group = group
        self._role = role
        self._queue = queue
        self._clock = clock

    def wake(self, of: PlanId, phase: PhaseName, at_s: int) -> str:
        """Have a phase of a plan put into the queue for this time (UTC, s); the schedule's name.

        No name comes twice: a schedule can be dropped without touching one that was made
        for the same time by somebody else.

        Raises:
            Busy: there is none, or one that nobody needs and that wakes nothing.
        """
        name = f"{of.number}-{phase}-{token_hex(8)}"
        due = Due(plan=of, phase=phase, schedule=name)
        soon_s = self._clock() // 1_000_000 + SOON_S
        at = datetime.fromtimestamp(max(at_s - AHEAD_S, soon_s), UTC)
        with aws.busy():
            aws.client("scheduler").create_schedule(
                Name=name,
                GroupName=self._group,
                ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
                ScheduleExpressionTimezone="UTC",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target={
                    "Arn": self._queue,
                    "RoleArn": self._role,
                    "Input": orjson.dumps(asdict(due)).decode(),
                    "SqsParameters": {"MessageGroupId": due.group},
                },
            )
        return name

    def drop(self, name: str) -> None:
        """Take a schedule back that is not needed any more, if it is still there.

        Where that fails it wakes its plan in vain, and is gone then.
        """
        try:
            with aws.busy():
                aws.client("scheduler").delete_schedule(GroupName=self._group, Name=name)
        except (Busy, ClientError) as refused:
            if not isinstance(refused, ClientError) or (
                aws.code(refused) != "ResourceNotFoundException"
            ):
                telemetry.logger.warning("schedule not dropped", extra={"reason": str(refused)})
