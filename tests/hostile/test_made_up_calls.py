"""About 1,500 calls that are made up from the OpenAPI document; `make proof` makes many more."""

import pytest

from tests.describing import operations
from tests.hostile import fuzzing
from tests.hostile.callers import Callers

SYNC = "/v1.0/scc/data/sync/{data_category}/{biz_key}"

pytestmark = pytest.mark.slow


def test_every_kind_of_value_is_answered_as_it_is_described(callers: Callers) -> None:
    """Each value on and beside each limit, alone: never a 5xx, and no answer of another shape."""
    found = fuzzing.run(callers, ["coverage"], without=SYNC)

    assert found.wrong == {}
    assert found.served == {one.label for one in operations() if one.path != SYNC}
    assert found.requests > 900
    assert found.bad > 300
    assert not [status for status in found.answered if status >= 500]


def test_whatever_is_sent_is_answered_as_it_is_described(callers: Callers) -> None:
    """Many wrong things at a time, and calls that follow on others, by every operation."""
    found = fuzzing.run(callers, ["examples", "fuzzing"], examples=15)

    assert found.wrong == {}
    assert set(found.called) == {one.label for one in operations()}
    assert found.served >= {one.label for one in operations() if one.path == SYNC}
    assert {200, 204, 400, 401, 404} <= set(found.answered)
    assert not [status for status in found.answered if status >= 500]


def test_whoever_has_no_credentials_is_told_nothing_else(callers: Callers) -> None:
    """Made-up credentials are none, whatever else is sent with them."""
    found = fuzzing.run(callers, ["fuzzing"], examples=10, signed=False)

    assert found.wrong == {}
    assert set(found.answered) <= {400, 401, 403}
    assert found.answered[401] > 100
