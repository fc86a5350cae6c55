"""Ways around who is asked for, over real HTTP: paths, methods, and headers sent twice."""

from collections.abc import Mapping

import httpx
import pytest

from local.client import BATCH, STATUS, SYNC
from local.stack import Stack
from tests.describing import operations, served_by
from tests.stack.broker import Broker
from tests.stack.maker import DATA_SET, Maker

pytestmark = pytest.mark.stack

TOKEN_ERROR = '{"code":"401","msg":"Token error"}'
INVALID_KEY = '{"status":401,"message":"Invalid API key","data":null}'


@pytest.mark.parametrize(
    "path",
    [
        f"{STATUS}/",
        f"/{STATUS}",
        STATUS.replace("/batch/", "//batch/"),
        STATUS.replace("/batch/", "/batch/./"),
        STATUS.replace("/batch/", "/BATCH/"),
        STATUS.replace("/batch/", "/%62atch/"),
        STATUS.replace("/batch/", "/batch;x/"),
        f"{STATUS}%00",
        f"{STATUS}%2e%2e",
    ],
)
def test_no_way_of_writing_a_path_is_served_without_a_key(acme: Broker, path: str) -> None:
    """Whatever API Gateway makes of it: there is no other way in than the function's own."""
    answer = acme.send("GET", path, "", headers=[])

    assert answer.status_code in {401, 403, 404}
    assert "totalCount" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "TRACE", "OPTIONS", "BREW"])
def test_no_other_method_reaches_a_batch(acme: Broker, method: str) -> None:
    """Not even with good credentials: what is not in the template is not there."""
    answer = acme.send(method, BATCH, acme.signed())

    assert answer.status_code in {400, 403, 404, 405, 501}
    assert "totalCount" not in answer.text


@pytest.mark.parametrize(
    "name", ["X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL", "X-Forwarded-User"]
)
def test_no_header_makes_a_call_another_one(acme: Broker, name: str) -> None:
    """Neither its method, nor its path, nor who sends it."""
    answer = acme.send("GET", STATUS, acme.signed(), headers=[(name, acme.name)])

    assert (answer.status_code, answer.text) == (401, INVALID_KEY)


@pytest.mark.parametrize("given", ["twice", "another's first", "other case", "joined", "huge"])
def test_an_authorization_that_is_not_one_is_none(
    stack: Stack, makers: Mapping[str, Maker], given: str
) -> None:
    """Who sends two is not asked which of them was meant."""
    maker, other = makers["sampler"], makers["shuffler"]
    own, others = f"Bearer {maker.bearer}", f"Bearer {other.bearer}"
    values = {
        "twice": [own, own],
        "another's first": [others, own],
        "other case": [own.swapcase()],
        "joined": [f"{own}, {others}"],
        "huge": [f"Bearer {'a' * 7_000}"],
    }[given]

    answer = httpx.get(
        f"{stack.base_url}{SYNC}/{DATA_SET}?batch_id=NONE",
        headers=[("Authorization", value) for value in values],
        trust_env=False,
        timeout=60,
    )

    assert (answer.status_code, answer.text) == (401, TOKEN_ERROR)


def test_what_is_refused_on_the_stack_is_refused_as_it_is_described(stack: Stack) -> None:
    """Every operation, called with nothing at all."""
    for one in operations():
        path = one.path.format(data_category="odm", biz_key="master_data", id=1)

        answer = httpx.request(one.method, stack.base_url + path, trust_env=False, timeout=60)

        described = served_by(one.function, one.method)
        media_type = answer.headers["Content-Type"].partition(";")[0]
        assert answer.status_code in {400, 401}
        assert described.complain(answer.status_code, media_type, answer.json()) == ""
