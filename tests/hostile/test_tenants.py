"""Whatever a partner names of another's: it reads nothing, changes nothing, and learns nothing."""

import re
from collections.abc import Iterator

import pytest

from batchgate import wiring
from tests.describing import operations
from tests.engine.calls import seen
from tests.gateway import STATUS, SUBMIT, Gateway
from tests.hostile.cases import CASES, NAMES_NOTHING, refuses
from tests.hostile.cases import named as named_by
from tests.hostile.fuzzing import worked
from tests.hostile.tenants import Call, Tenant, portfolios, sent_by, settled, unknown
from tests.supplying import LIST, TOKEN, detail

PAIRS = ("acme and rival", "rival and acme")


@pytest.fixture(scope="module")
def tenants(standing: Gateway) -> Iterator[dict[str, Tenant]]:
    """Two partners of every contract, with a worker at work."""
    with worked(standing):
        yield {
            "acme": settled(standing, "acme", "odm/bom"),
            "rival": settled(standing, "rival", "t1/inventory"),
        }


@pytest.fixture
def both(tenants: dict[str, Tenant], request: pytest.FixtureRequest) -> tuple[Tenant, Tenant]:
    """An owner and a stranger, with nothing stored or left to do: moto copies whole tables."""
    owner, _, stranger = request.param.partition(" and ")
    gateway = tenants[owner].gateway
    gateway.drain()
    gateway.empty("BatchesTable", "RecordsTable")
    return tenants[owner], tenants[stranger]


def answered(call: Call, gateway: Gateway) -> tuple[int, dict[str, str], str, list[str]]:
    """All that a caller could tell apart, and what was asked of AWS until the worker's turn."""
    gateway.drain()
    wiring.partners.cache_clear()
    with seen() as calls:
        answer = call.made(gateway)
    text = answer.text
    for told in call.told:
        text = re.sub(rf'(?<=[:"\[ ]){re.escape(told)}(?=[,"}} ])', "…", text)
    # The secret is read again every few minutes, by the clock on the wall.
    names = [name for name in calls.names if name != "GetSecretValue"]
    handed_over = names.index("SendMessageBatch") + 1 if "SendMessageBatch" in names else None
    return answer.status, dict(answer.headers), text, names[:handed_over]


def test_nothing_that_a_call_can_name_is_left_out() -> None:
    """A new route, parameter or field has a case here, or is known to name nothing."""
    every = {(one.name, name) for one in operations() for name in named_by(one)}

    assert {(of, name) for of, name in every if name not in NAMES_NOTHING} == set(CASES)
    assert {name for _, name in every} >= NAMES_NOTHING


@pytest.mark.parametrize("both", PAIRS, indirect=True)
@pytest.mark.parametrize("named", CASES, ids="-".join)
def test_what_is_anothers_is_answered_as_what_nobody_has(
    both: tuple[Tenant, Tenant], named: tuple[str, str]
) -> None:
    """Byte for byte, with the same calls of AWS, and nothing of the owner's is changed."""
    owner, stranger = both
    theirs, nobodys = CASES[named](owner, stranger)
    before = owner.kept()

    of_theirs = answered(theirs, owner.gateway)
    of_nobodys = answered(nobodys, owner.gateway)
    owner.gateway.drain()

    assert of_theirs == of_nobodys
    assert (of_theirs[0] >= 400) is refuses(*named)
    assert owner.kept() == before
    assert any(before)


@pytest.mark.parametrize("both", PAIRS, indirect=True)
@pytest.mark.parametrize("what", ["portfolioStatus", "proposalList", "proposalToken"])
def test_what_another_does_is_not_seen_by_who_names_nothing(
    both: tuple[Tenant, Tenant], what: str
) -> None:
    """All of one's own is all that is told."""
    owner, stranger = both
    call = {
        "portfolioStatus": stranger.portfolio(STATUS),
        "proposalList": stranger.propose(LIST),
        "proposalToken": stranger.propose(TOKEN),
    }[what]
    before = answered(call, owner.gateway)

    sent_by(owner, owner.portfolio(SUBMIT, portfolios(unknown(), "u1")))
    owner.supplier.batch(detail(1))

    assert answered(call, owner.gateway) == before
    assert before[0] == 200
