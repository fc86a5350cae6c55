"""The real template, deployed once for all stack tests, and partners that call it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from local import partners, sam
from local.emulator import Emulator, free_port
from local.listener import Listener
from local.stack import Stack, architecture, deploy
from tests.stack.broker import Broker
from tests.stack.maker import Maker
from tests.stack.troubles import Troubles, begin

BROKERS = ("acme", "rival", "samples", "crowd", "unlucky", "announcer")
MAKERS = {
    "sampler": "push",
    "shuffler": "push",
    "repeater": "push",
    "orderly": "push",
    "patient": "push",
    "replacer": "push",
    "stopper": "push",
    "keeper": "push",
    "insister": "push",
    "mirror": "push",
    "careless": "push",
    "corrector": "push",
    "basic": "push_basic",
    "user": "push_password",
}
"""Manufacturers, and which credentials each has: one for each data set that a test fills."""


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of what `sam build` made of this work tree."""
    return sam.build(architecture())


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of our own, on an emulator that enforces the functions' roles."""
    folder = tmp_path_factory.mktemp("emulator")
    with Emulator(folder, free_port(), auth=True) as emulator:
        yield deploy(emulator)


@pytest.fixture(scope="session")
def secrets(stack: Stack) -> set[str]:
    """All that was used in this run and must never show in a log."""
    client = stack.client("secretsmanager")
    return {client.get_secret_value(SecretId=stack.outputs["MasterSecretArn"])["SecretString"]}


@pytest.fixture(scope="session")
def brokers(stack: Stack, secrets: set[str]) -> Iterator[Mapping[str, Broker]]:
    """The partners of all stack tests, by name."""
    made = partners.ensure(stack, {name: ("portfolio", name) for name in BROKERS})
    with ExitStack() as opened:
        yield {
            name: opened.enter_context(Broker(stack.base_url, name, credentials, secrets))
            for name, credentials in made.items()
        }


@pytest.fixture(scope="session")
def makers(stack: Stack, secrets: set[str]) -> Iterator[Mapping[str, Maker]]:
    """The manufacturers of all stack tests, by name; those that use tokens have one."""
    made = partners.ensure(stack, {name: (kind, name) for name, kind in MAKERS.items()})
    with ExitStack() as opened:
        yield {
            name: opened.enter_context(Maker(stack, name, credentials, secrets))
            for name, credentials in made.items()
        }


@pytest.fixture(scope="session")
def listener(stack: Stack) -> Listener:
    """Somebody who listens."""
    return Listener(stack)


@pytest.fixture(scope="session")
def troubles(stack: Stack, brokers: Mapping[str, Broker]) -> Troubles:
    """What goes wrong while the other tests run: it takes its time until it is over."""
    return begin(stack, brokers["unlucky"])


@pytest.fixture
def acme(brokers: Mapping[str, Broker], troubles: Troubles) -> Broker:
    """A partner, on a stack that has its troubles."""
    return brokers["acme"]


@pytest.fixture
def rival(brokers: Mapping[str, Broker]) -> Broker:
    """Another partner."""
    return brokers["rival"]
