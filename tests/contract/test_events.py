"""The sample events: each goes through its real handler and gets the answer beside it."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from batchgate import wiring
from batchgate.access.partners import signing_secret
from local.samples import SAMPLE, moved
from tests.cloudformation import ROOT
from tests.gateway import Gateway, Partner

EVENTS = ROOT / "events"
NAMES = sorted(
    str(path.relative_to(EVENTS).with_suffix(""))
    for path in EVENTS.glob("*/*.json")
    if not path.name.endswith(".answer.json")
)
FUNCTIONS = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))
DAY_S = 86_400


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def sample(gateway: Gateway) -> Mapping[str, Any]:
    """The partner who signed the events, enrolled, at the moment when they were signed."""
    who: Mapping[str, Any] = read(SAMPLE)
    name, key_id, _ = who["api_key"].split(".")
    wiring.partners().add(name, {"portfolio"})
    wiring.partners().add_key(name, f"k/{key_id}", sha256(who["api_key"].encode()).digest())
    wiring.partners().add_secret(name, who["secret_serial"], who["master_version"])
    assert gateway.clock.ms == who["now_ms"]
    return who


def replay(gateway: Gateway, name: str, partner: Partner | None = None) -> Any:
    """What a function answers to an event, after those that come before it."""
    told = read(EVENTS / f"{name}.answer.json")
    for before in told["after"]:
        replay(gateway, before, partner)
    event = (EVENTS / f"{name}.json").read_text(encoding="utf-8")
    if partner is not None:
        who = {"api_key": partner.api_key, "secret": partner.secret}
        event = moved(event, partner=partner.name, credentials=who, now_ms=gateway.clock.ms)
    answer = gateway.handler(name.partition("/")[0])(json.loads(event), None)
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
    gateway: Gateway, acme: Partner, name: str
) -> None:
    """`make invoke` does that, so that the samples work on a running stack."""
    gateway.clock.move(seconds=DAY_S)
    want = read(EVENTS / f"{name}.answer.json")["answer"]
    if name == "portfolio_submit/bad_late":
        want["body"]["data"]["serverTime"] += DAY_S * 1_000

    answer = replay(gateway, name, acme)

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
    serial, version = sample["secret_serial"], sample["master_version"]

    assert signing_secret(wiring.master(), sample["partner"], serial, version) == sample["secret"]
