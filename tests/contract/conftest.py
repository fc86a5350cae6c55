"""A gateway that outlives a test, for modules whose tests leave nothing that another minds.

Making one takes longer than most of these tests.
"""

from collections.abc import Iterator
from itertools import count
from secrets import token_hex

import pytest

from tests.cloudformation import table
from tests.gateway import Gateway, Partner
from tests.pushing import Maker, enrolled
from tests.retailing import Retailer, opened
from tests.standing import Stand
from tests.supplying import Supplier, newly_set_up

_numbers = count(1)


@pytest.fixture(scope="module")
def standing(stand: Stand) -> Iterator[Gateway]:
    """A gateway for all tests of a module; such a module can't use `gateway` as well."""
    with pytest.MonkeyPatch.context() as patch, stand(patch) as made:
        yield made


@pytest.fixture(scope="module")
def broker(standing: Gateway) -> Partner:
    """A partner of the standing gateway."""
    return standing.enrol("broker")


@pytest.fixture(scope="module")
def rival(standing: Gateway) -> Partner:
    """Another partner of the standing gateway."""
    return standing.enrol("rival")


@pytest.fixture
def newcomer(standing: Gateway) -> Partner:
    """A partner of the standing gateway that has sent nothing yet."""
    return standing.enrol(f"newcomer-{token_hex(4)}")


@pytest.fixture
def maker(standing: Gateway) -> Iterator[Maker]:
    """A manufacturer of the standing gateway that nobody knows yet, and that is forgotten."""
    yield enrolled(standing, f"maker-{next(_numbers)}")
    standing.empty("BatchesTable", "RecordsTable")


@pytest.fixture(scope="module")
def lasting(standing: Gateway) -> Maker:
    """A manufacturer for all tests of a module that leave nothing behind."""
    return enrolled(standing, f"lasting-{next(_numbers)}")


@pytest.fixture
def twin(standing: Gateway) -> Maker:
    """Another manufacturer that nobody knows yet."""
    return enrolled(standing, f"twin-{next(_numbers)}")


@pytest.fixture
def shop(standing: Gateway) -> Retailer:
    """A retailer of the standing gateway that nobody knows yet, with the tables empty."""
    # moto copies whole tables for every transaction: what earlier tests left costs seconds.
    for name in ("BatchesTable", "RecordsTable"):
        standing.dynamodb.delete_table(TableName=name)
        standing.dynamodb.create_table(TableName=name, **table(name))
    return opened(standing, f"shop-{next(_numbers)}")


@pytest.fixture
def supplier(standing: Gateway) -> Supplier:
    """A supplier of the standing gateway that nobody knows yet, with nothing stored or due."""
    standing.empty("BatchesTable", "RecordsTable")
    standing.schedules.forget()
    standing.sqs.purge_queue(QueueUrl=standing.queue)
    return newly_set_up(standing)


@pytest.fixture
def neighbour(standing: Gateway) -> Supplier:
    """Another supplier that nobody knows yet."""
    return newly_set_up(standing)


@pytest.fixture(scope="module")
def traceless(standing: Gateway) -> Iterator[None]:
    """Sees to it that no test of the module has stored or queued anything."""
    yield
    assert standing.rows("BatchesTable") == []
    assert standing.rows("RecordsTable") == []
    assert standing.receive(standing.queue) == []
