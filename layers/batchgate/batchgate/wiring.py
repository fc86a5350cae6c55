"""The only reader of the environment. Builds each thing on first use, once."""

import os
import time
from functools import cache

from batchgate.events import Events
from batchgate.queue import Queue
from batchgate.schedule import Schedules
from batchgate.secrets import Master
from batchgate.store import Batches, Lookups, Partners, Plans, Records


def clock() -> int:
    """Now: UTC, in µs since 1970."""
    return time.time_ns() // 1_000


@cache
def batches() -> Batches:
    """The batches, to write."""
    return Batches(os.environ["BATCHES_TABLE"], int(os.environ["BATCH_DAYS"]), clock)


@cache
def lookups() -> Lookups:
    """The batches, to look up."""
    return Lookups(os.environ["BATCHES_TABLE"], int(os.environ["BATCH_DAYS"]), clock)


@cache
def records() -> Records:
    """The records."""
    return Records(os.environ["RECORDS_TABLE"], clock)


@cache
def plans() -> Plans:
    """The plans."""
    return Plans(os.environ["BATCHES_TABLE"], int(os.environ["BATCH_DAYS"]), clock)


@cache
def schedules() -> Schedules:
    """What wakes plans at their times."""
    return Schedules(
        os.environ["SCHEDULE_GROUP"], os.environ["SCHEDULE_ROLE"], os.environ["QUEUE_ARN"], clock
    )


@cache
def partners() -> Partners:
    """The partners."""
    return Partners(os.environ["PARTNERS_TABLE"])


@cache
def queue() -> Queue:
    """The way to the worker."""
    return Queue(os.environ["QUEUE_URL"])


@cache
def events() -> Events:
    """What others can listen to."""
    return Events(os.environ["EVENT_BUS"])


@cache
def master() -> Master:
    """The master secret."""
    return Master(os.environ["MASTER_SECRET"])


def cursor_key() -> bytes:
    """What page cursors are sealed with."""
    return master().derive(master().newest(), "cursor")


def session_keys() -> list[bytes]:
    """What sessions are sealed with, the newest first: those of an older master live on."""
    return [master().derive(version, "session") for version in master().versions()]


def cvv_key() -> bytes:
    """What cards' cvv are hashed with: of the oldest master, as a kept hash can't be made anew."""
    return master().derive(master().oldest(), "cvv")
