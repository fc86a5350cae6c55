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
from tests.memory.gateway import quick
from tests.standing import Stand
from tests.standing import gateway as on_moto
from tests.used import KEPT, USED


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tests of the contracts and the engine may run without moto."""
    parser.addoption(
        "--in-memory",
        action="store_true",
        help="contract and engine tests without moto, on services in memory: five times as fast",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what services in memory can't answer."""
    if config.getoption("--in-memory"):
        for item in items:
            if item.get_closest_marker("moto"):
                item.add_marker(pytest.mark.skip(reason="needs more than services in memory have"))


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


@pytest.fixture(scope="session")
def stand(pytestconfig: pytest.Config) -> Stand:
    """The way to make gateways that was asked for."""
    return quick if pytestconfig.getoption("--in-memory") else on_moto


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch, stand: Stand) -> Iterator[Gateway]:
    """The functions on empty tables in this process, with the network closed."""

    def refuse(*_: object) -> None:
        raise AssertionError("a test reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with stand(monkeypatch) as made:
        yield made


@pytest.fixture
def acme(gateway: Gateway) -> Partner:
    """A partner."""
    return gateway.enrol("acme")


@pytest.fixture
def other(gateway: Gateway) -> Partner:
    """Another partner."""
    return gateway.enrol("other")
