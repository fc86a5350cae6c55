"""botocore clients, built on first use, and what their refusals mean to us.

botocore without boto3: clients alone are used, and boto3's import is a twentieth of a
cold start.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)

from batchgate.errors import Busy

type Client = Any
"""A botocore client; its methods are made at run time and have no static types."""

PASSING = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "ItemCollectionSizeLimitExceededException",
        "KMSThrottlingException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
        "500",
        "502",
        "503",
        "504",
    }
)
"""Error codes after which the same call may go through."""

ROUNDS = 6
"""How often a call that was only partly done is made again before it counts as busy."""


@cache
def session() -> botocore.session.Session:
    """The one session: its clients share credentials and loaded service models."""
    return botocore.session.get_session()


@cache
def client(service: str) -> Client:
    """The client of a service, built once; connections are kept open between calls.

    Parameters are not validated: ours are built by code under test, and it would be a
    quarter of a batch write's CPU.
    """
    return session().create_client(
        service,
        config=Config(
            connect_timeout=2,
            read_timeout=8,
            parameter_validation=False,
            retries={"mode": "standard", "total_max_attempts": 3},
            tcp_keepalive=True,
        ),
    )


def code(error: ClientError) -> str:
    """The error code that the service gave, without the service's name before it."""
    # SQS may say AWS.SimpleQueueService.RequestThrottled, and KMS.ThrottlingException.
    return str(error.response.get("Error", {}).get("Code", "")).rpartition(".")[2]


@contextmanager
def busy() -> Iterator[None]:
    """Turn refusals for load and broken connections into `Busy`; others pass as they are."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code(error) in PASSING or status >= 500:
            raise Busy(code(error)) from error
        raise
    except (
        ConnectionClosedError,
        ConnectTimeoutError,
        EndpointConnectionError,
        HTTPClientError,
    ) as error:
        raise Busy(type(error).__name__) from error


def rounds(what: str) -> Iterator[int]:
    """Rounds for a call that comes back partly undone, with growing, jittered pauses.

    Raises:
        Busy: after the last round.
    """
    for attempt in range(ROUNDS):
        yield attempt
        time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 (jitter, no secret)
    raise Busy(what)
