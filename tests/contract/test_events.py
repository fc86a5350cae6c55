"""The sample events: each goes through its real handler and gets the answer beside it."""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from batchgate import wiring
from batchgate.access import enrol, tokens
from batchgate.access.partners import signing_secret
from local.samples import CONTRACTS, SAMPLE, Known, moved, renamed
from tests.cloudformation import ROOT
from tests.gateway import Gateway
from tests.pushing import at_work

EVENTS = ROOT / "events"
NAMES = sorted(
    str(path.relative_to(EVENTS).with_suffix(""))
    for path in EVENTS.glob("*/*.json")
    if not path.name.endswith(".answer.json")
)
FUNCTIONS = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))
DAY_S = 86_400
TOKEN = json.loads(SAMPLE.read_text(encoding="utf-8"))["push"]["token"].rpartition(".")[2]
"""How the sample partners' tokens end."""


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def sample(gateway: Gateway) -> Mapping[str, Any]:
    """The partners who made the events, enrolled, at the moment when they made them."""
    who: Mapping[str, Any] = read(SAMPLE)
    register = wiring.partners()
    broker, maker, retailer = (who[contract] for contract in CONTRACTS)
    register.add(broker["partner"], {"portfolio"})
    register.add_secret(broker["partner"], broker["secret_serial"], broker["master_version"])
    keep("k", broker["api_key"], broker["api_key"])
    register.add(maker["partner"], {"push"}, {"push:client_credentials"})
    keep("c", maker["client_id"], maker["client_secret"])
    register.add(retailer["partner"], {"loyalty"}, {"loyalty:password"})
    register.add_company(retailer["partner"], retailer["company_id"])
    keep("c", retailer["client_id"], retailer["client_secret"])
    keep("p", retailer["username"], retailer["password"])
    assert gateway.clock.ms == who["now_ms"]
    return who


def keep(kind: str, name: str, secret: str) -> None:
    """Make a credential live that was not made here."""
    partner, key_id, *_ = name.split(".")
    wiring.partners().add_key(partner, f"{kind}/{key_id}", sha256(secret.encode()).digest())


@pytest.fixture
def others(gateway: Gateway) -> Known:
    """Another partner of each contract."""
    register = wiring.partners()
    made = {
        "portfolio": enrol.portfolio("acme", register, wiring.master()),
        "push": enrol.client("acme-parts", "push", register),
        "loyalty": enrol.retailer("acme-shops", "napse", register),
    }
    names = {"portfolio": "acme", "push": "acme-parts", "loyalty": "acme-shops"}
    for contract in ("push", "loyalty"):
        made[contract]["token"] = f"{made[contract]['client_id']}.{TOKEN}"
    return {contract: known | {"partner": names[contract]} for contract, known in made.items()}


@pytest.fixture(autouse=True)
def known_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens end as the sample partners' do, so that events can carry them."""
    monkeypatch.setattr(tokens, "token_urlsafe", lambda _: TOKEN)


def replay(gateway: Gateway, name: str, partners: Known | None = None) -> Any:
    """What a function answers to an event, after those that come before it."""
    told = read(EVENTS / f"{name}.answer.json")
    for before in told["after"]:
        replay(gateway, before, partners)
    event = (EVENTS / f"{name}.json").read_text(encoding="utf-8")
    if partners is not None:
        event = moved(event, partners=partners, now_ms=gateway.clock.ms)
    function = name.partition("/")[0]
    # These answer when the worker is done; the others' slices are delivered by an event.
    waits = function == "push_rows" or function.startswith("loyalty_")
    with at_work(gateway, "worker") if waits else nullcontext():
        answer = gateway.handler(function)(json.loads(event), None)
    if "body" in answer:
        answer["body"] = json.loads(answer["body"])
    return answer


@pytest.mark.parametrize("name", NAMES)
def test_an_event_is_answered_as_the_file_beside_it_says(
    gateway: Gateway, sample: Mapping[str, Any], name: str
) -> None:
    """What a reader learns from the samples is what the functions do."""
    want = read(EVENTS / f"{name}.answer.json")["answer"]

    answer = replay(gateway, name)

    assert json.dumps(answer) == json.dumps(want)


@pytest.mark.parametrize("name", NAMES)
def test_an_event_that_is_moved_to_another_partner_and_time_is_answered_the_same(
    gateway: Gateway, others: Known, name: str
) -> None:
    """`make invoke` does that, so that the samples work on a running stack."""
    gateway.clock.move(seconds=DAY_S)
    want = json.loads(renamed(json.dumps(read(EVENTS / f"{name}.answer.json")["answer"]), others))
    if name == "portfolio_submit/bad_late":
        want["body"]["data"]["serverTime"] += DAY_S * 1_000

    answer = replay(gateway, name, others)

    assert answer == want


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_a_good_event_and_two_bad_ones(function: str) -> None:
    """A new function comes with samples of what it gets."""
    own = [name.removeprefix(f"{function}/") for name in NAMES if name.startswith(f"{function}/")]

    assert len([name for name in own if name.startswith("good_")]) >= 1
    assert len([name for name in own if name.startswith("bad_")]) >= 2
    assert all(name.startswith(("good_", "bad_")) for name in own)


def test_every_event_has_an_answer_and_every_answer_an_event() -> None:
    """Neither is left over when the other is renamed."""
    answers = {str(path.relative_to(EVENTS)) for path in EVENTS.glob("*/*.answer.json")}

    assert answers == {f"{name}.answer.json" for name in NAMES}


def test_the_workers_sample_is_what_submit_sends(
    gateway: Gateway, sample: Mapping[str, Any]
) -> None:
    """Messages of another release's shape would show nothing."""
    replay(gateway, "portfolio_submit/good_two_users")

    sent = [message["body"] for message in gateway.receive(gateway.queue)]

    for name in ("worker/good_two_slices", "give_up/good_dead_slices"):
        assert [record["body"] for record in read(EVENTS / f"{name}.json")["Records"]] == sent


def test_the_sample_partners_secret_is_one_that_the_gateway_derives(
    gateway: Gateway, sample: Mapping[str, Any]
) -> None:
    """It is made of the tests' master secret: it fits no other gateway."""
    who = sample["portfolio"]
    serial, version = who["secret_serial"], who["master_version"]

    assert signing_secret(wiring.master(), who["partner"], serial, version) == who["secret"]
