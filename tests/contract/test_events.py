"""The sample events: each goes through its real handler and gets the answer beside it."""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from batchgate import schedule, wiring
from batchgate.access import enrol, sessions, sign_in, tokens
from batchgate.access.partners import signing_secret
from batchgate.model import PhaseName, PhaseState, PlanId
from local.samples import CONTRACTS, SAMPLE, Known, is_let_in, moved, renamed
from tests.cloudformation import ROOT
from tests.gateway import Gateway
from tests.pushing import at_work
from tests.standing import start_cold

EVENTS = ROOT / "events"
NAMES = sorted(
    str(path.relative_to(EVENTS).with_suffix(""))
    for path in EVENTS.glob("*/*.json")
    if not path.name.endswith(".answer.json")
)
FUNCTIONS = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))
DAY = timedelta(days=1)
MADE = "2025-10-09T08:53:20Z"
"""When the sample partners made the events, as proposals tell it."""
LATER = "2025-10-10T08:53:20Z"
TOKEN = json.loads(SAMPLE.read_text(encoding="utf-8"))["push"]["token"].rpartition(".")[2]
"""How the sample partners' tokens end."""
SESSION = "5a3c91d04e5d6c7b7c21d9e491b0c3fa"
"""The id of every session, the sample supplier's among them."""


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def sample(gateway: Gateway) -> Mapping[str, Any]:
    """The partners who made the events, enrolled, at the moment when they made them."""
    who: Mapping[str, Any] = read(SAMPLE)
    register = wiring.partners()
    broker, maker, retailer, supplier = (who[contract] for contract in CONTRACTS)
    register.add(broker["partner"], {"portfolio"})
    register.add_secret(broker["partner"], broker["secret_serial"], broker["master_version"])
    keep("k", broker["api_key"], broker["api_key"])
    register.add(maker["partner"], {"push"}, {"push:client_credentials"})
    keep("c", maker["client_id"], maker["client_secret"])
    register.add(retailer["partner"], {"loyalty"}, {"loyalty:password"})
    register.add_company(retailer["partner"], retailer["company_id"])
    keep("c", retailer["client_id"], retailer["client_secret"])
    keep("p", retailer["username"], retailer["password"])
    number = int(supplier["supplier_id"])
    enrol.supplier(supplier["partner"], number, register, wiring.master())
    assert gateway.clock.ms == who["now_ms"]
    return who


def keep(kind: str, name: str, secret: str) -> None:
    """Make a credential live that was not made here."""
    partner, key_id, *_ = name.split(".")
    wiring.partners().add_key(partner, f"{kind}/{key_id}", sha256(secret.encode()).digest())


@pytest.fixture
def others(gateway: Gateway) -> Known:
    """Another partner of each contract, a day later."""
    gateway.clock.move(seconds=DAY.total_seconds())
    register = wiring.partners()
    enrol.supplier("acme-houses", 90_001, register, wiring.master())
    made = {
        "portfolio": enrol.portfolio("acme", register, wiring.master()),
        "push": enrol.client("acme-parts", "push", register),
        "loyalty": enrol.retailer("acme-shops", "napse", register),
        # With its second key, whose version is not the sample's.
        "proposal": enrol.supplier("acme-houses", 90_001, register, wiring.master()),
    }
    names = {
        "portfolio": "acme",
        "push": "acme-parts",
        "loyalty": "acme-shops",
        "proposal": "acme-houses",
    }
    for contract in ("push", "loyalty"):
        made[contract]["token"] = f"{made[contract]['client_id']}.{TOKEN}"
    made["proposal"] |= session(gateway, "acme-houses", 90_001, made["proposal"]["key_version"])
    return {contract: known | {"partner": names[contract]} for contract, known in made.items()}


def session(gateway: Gateway, partner: str, supplier: int, version: str) -> dict[str, str]:
    """What a supplier that signs in now, with this key, makes calls with."""
    keys, now_s = wiring.session_keys(), gateway.clock.ms // 1_000
    cookie = sessions.begin(partner, supplier, version, keys[0], now_s)
    return {"cookie": cookie, "wssid": sessions.open_session(cookie, keys, now_s)[1]}


@pytest.fixture(autouse=True)
def known_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens and cookies are as the sample partners', so that events can carry them."""
    monkeypatch.setattr(tokens, "token_urlsafe", lambda _: TOKEN)
    monkeypatch.setattr(sessions, "token_hex", lambda _: SESSION)


def replay(gateway: Gateway, name: str, partners: Known | None = None) -> Any:
    """What a function answers to an event, after those that come before it, at its time."""
    told = read(EVENTS / f"{name}.answer.json")
    for before in told["after"]:
        replay(gateway, before, partners)
    if "at" in told:
        gateway.clock.now_us = int(datetime.fromisoformat(told["at"]).timestamp()) * 1_000_000
    event = (EVENTS / f"{name}.json").read_text(encoding="utf-8")
    if partners is not None:
        event = moved(event, partners=partners, now_ms=gateway.clock.ms)
    function = name.partition("/")[0]
    # These answer when the worker is done; the others' slices are delivered by an event.
    start_cold()
    waits = function in ("push_rows", "proposal_change") or function.startswith("loyalty_")
    with at_work(gateway, "worker") if waits else nullcontext():
        answer = gateway.handler(function)(json.loads(event), None)
    if answer.get("body"):
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
    told = json.dumps(read(EVENTS / f"{name}.answer.json")["answer"])
    want = json.loads(renamed(told.replace(MADE, LATER), others))
    if name == "portfolio_submit/bad_late":
        want["body"]["data"]["serverTime"] += DAY // timedelta(milliseconds=1)

    answer = replay(gateway, name, others)

    assert answer == want


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("bad_late", {"api-timestamp", "api-signature"}),
        ("bad_not_signed", {"api-signature"}),
        ("bad_timestamp", {"api-timestamp"}),
        ("bad_wrong_signature", {"api-signature"}),
    ],
)
def test_nothing_is_wrong_with_a_moved_sign_in_but_what_was(
    gateway: Gateway, others: Known, name: str, wrong: set[str]
) -> None:
    """All are refused alike: only a look at the events tells why."""
    good, bad = (
        json.loads(moved(text, partners=others, now_ms=gateway.clock.ms))
        for one in ("good_supplier", name)
        for text in [(EVENTS / f"proposal_sign_in/{one}.json").read_text(encoding="utf-8")]
    )

    assert bad["body"] == good["body"]
    assert bad["headers"] == {one: values[0] for one, values in bad["multiValueHeaders"].items()}
    assert {
        one for one, value in good["headers"].items() if bad["headers"].get(one) != value
    } == wrong


def test_a_late_sign_in_that_is_moved_was_right_when_it_was_made(
    gateway: Gateway, others: Known
) -> None:
    """It stays as late as it was, and no later."""
    event = (EVENTS / "proposal_sign_in/bad_late.json").read_text(encoding="utf-8")
    late = json.loads(moved(event, partners=others, now_ms=gateway.clock.ms))

    gateway.clock.move(seconds=-600)

    assert gateway.handler("proposal_sign_in")(late, None)["statusCode"] == 204


@pytest.mark.parametrize(
    ("name", "contracts"),
    [
        ("push_rows/good_sequence", ["push"]),
        ("loyalty_cards/good_every_operation", ["loyalty"]),
        ("proposal_get/good_one", ["proposal"]),
        ("proposal_token/good_session", ["proposal"]),
        ("proposal_token/bad_altered_cookie", []),
        ("proposal_sign_in/good_supplier", []),
        ("portfolio_submit/good_two_users", []),
        ("worker/good_plan_due", []),
    ],
)
def test_only_events_with_a_token_or_a_session_need_one(name: str, contracts: list[str]) -> None:
    """`make invoke` lets no partner in that the event does not show."""
    event = (EVENTS / f"{name}.json").read_text(encoding="utf-8")

    assert [one for one in CONTRACTS if is_let_in(event, one)] == contracts


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


def test_the_plans_sample_is_what_its_schedule_sends_and_carries_it_out(
    gateway: Gateway, sample: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes early is the same message, and the answer tells nothing of what it did."""
    monkeypatch.setattr(schedule, "token_hex", lambda _: "0123456789abcdef")
    due, early = (
        read(EVENTS / f"worker/{one}.json") for one in ("good_plan_due", "bad_plan_early")
    )
    of = PlanId(sample["proposal"]["partner"], "listing", 1)

    def state() -> PhaseState:
        plan = wiring.plans().get(of)
        assert plan is not None
        return plan.phase(PhaseName.EXECUTE).state

    replay(gateway, "worker/bad_plan_early")
    execute, _ = gateway.schedules.standing()
    assert [(one["body"], one["attributes"]["MessageGroupId"]) for one in due["Records"]] == [
        (execute.body, execute.group)
    ]
    assert [one["body"] for one in early["Records"]] == [execute.body]
    assert state() is PhaseState.IDLE

    gateway.clock.now_us = execute.at_us
    gateway.handler("worker")(due, None)
    gateway.drain()
    assert state() is PhaseState.FINISHED


def test_the_sample_suppliers_keys_and_session_are_ones_that_the_gateway_makes(
    gateway: Gateway, sample: Mapping[str, Any]
) -> None:
    """They are made of the tests' master secret, too, and stay what the gateway makes of it."""
    who = sample["proposal"]
    partner, number, version = who["partner"], int(who["supplier_id"]), who["key_version"]
    keys = sign_in.keys(wiring.master(), partner, version, "v1")

    assert {**asdict(keys), **session(gateway, partner, number, version)} == {
        name: who[name] for name in ("key", "iv", "salt", "cookie", "wssid")
    }
