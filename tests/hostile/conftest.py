"""A gateway for all tests of a module: these make calls by the thousand."""

from collections.abc import Iterator

import pytest

from tests.gateway import Gateway
from tests.hostile.callers import Callers, enrolled
from tests.standing import Stand


@pytest.fixture(scope="module")
def standing(stand: Stand) -> Iterator[Gateway]:
    """A gateway for all tests of a module; such a module can't use `gateway` as well."""
    with pytest.MonkeyPatch.context() as patch, stand(patch) as made:
        yield made


@pytest.fixture(scope="module")
def callers(standing: Gateway) -> Callers:
    """A partner of each contract."""
    return enrolled(standing)
