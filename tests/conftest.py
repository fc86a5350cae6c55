"""What every test gets: an environment of its own, and no way out of this process by accident."""

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

os.environ |= {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "batchgate",
    "POWERTOOLS_METRICS_NAMESPACE": "Batchgate",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
}

# The package reads these when it is imported.
from tests.gateway import Gateway, Partner
from tests.gateway import gateway as make_gateway
from tests.used import KEPT, USED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in what one of several processes noted of the functions."""
    USED.add(getattr(node, "workeroutput", {}).get(KEPT, {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep what was noted, for the test that compares it with the template."""
    config, told = session.config, USED.told()
    if hasattr(config, "workeroutput"):
        config.workeroutput[KEPT] = told
    elif told and (cache := getattr(config, "cache", None)) is not None:
        cache.set(KEPT, told)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """The functions on empty tables in this process, with the network closed."""

    def refuse(*_: object) -> None:
        raise AssertionError("a test reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with make_gateway(monkeypatch) as made:
        yield made


@pytest.fixture
def acme(gateway: Gateway) -> Partner:
    """A partner."""
    return gateway.enrol("acme")


@pytest.fixture
def other(gateway: Gateway) -> Partner:
    """Another partner."""
    return gateway.enrol("other")
