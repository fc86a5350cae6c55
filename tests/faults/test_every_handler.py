"""No function without a test that kills it at every one of its calls."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from batchgate import wiring
from batchgate.access import enrol
from tests.cloudformation import ROOT
from tests.contract.push_calls import row, sequence
from tests.faults import (
    test_crashes,
    test_loyalty_crashes,
    test_proposal_crashes,
    test_push_crashes,
)
from tests.faults.dying import dies
from tests.faults.proposals import at_every_call
from tests.faults.world import name, submit
from tests.gateway import Gateway
from tests.memory.gateway import in_memory
from tests.pushing import Maker, basic
from tests.pushing import ask as push_token
from tests.retailing import ask as loyalty_token
from tests.supplying import GET, LIST, TOKEN, Supplier, detail, enrolled

CHANGES_STATE: Mapping[str, Callable[..., None]] = {
    "portfolio_submit": test_crashes.test_a_submit_sent_again_after_any_death_is_one_batch,
    "push_rows": test_push_crashes.test_a_push_sent_again_after_any_death_is_applied_once,
    "loyalty_cards": test_loyalty_crashes.test_a_request_sent_again_after_any_death_is_applied_once,
    "loyalty_coupons": (
        test_loyalty_crashes.test_a_request_sent_again_after_any_death_is_applied_once
    ),
    "loyalty_segments": (
        test_loyalty_crashes.test_a_request_sent_again_after_any_death_is_applied_once
    ),
    "proposal_create": (
        test_proposal_crashes.test_a_creation_that_dies_at_any_call_is_not_half_there
    ),
    "proposal_change": test_proposal_crashes.test_a_change_sent_again_after_any_death_is_made,
    "worker": test_crashes.test_a_worker_that_dies_at_any_call_costs_nothing,
    "sweep": test_crashes.test_a_sweep_that_dies_at_any_call_is_made_good_by_the_next,
    "give_up": test_crashes.test_giving_up_that_dies_at_any_call_ends_every_item_once,
}


class Everybody:
    """A partner of each contract, with something to look at."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.broker = gateway.enrol("broker")
        user = enrol.basic("maker", "push", wiring.partners())
        self.maker = Maker(
            gateway=gateway,
            name="maker",
            client=user,
            authorization=basic(user["username"], user["password"]),
        )
        self.pusher = enrol.client("pusher", "push", wiring.partners())
        self.shop = enrol.retailer("shop", "napse", wiring.partners())
        self.supplier: Supplier = enrolled(gateway, "supplier", 99_999)
        submit(gateway, self.broker, 1)
        self.maker.push("POST", sequence(row("P1"), row("P2", PLANT="H121-A")))
        self.number = self.supplier.batch(detail(1, 11, 12))
        gateway.drain()

    def asks(self, function: str) -> Any:
        """Call a function that changes nothing of what is kept for others."""
        supplier = self.supplier
        match function:
            case "portfolio_status":
                return self.gateway.status(self.broker, batchId=name(1))
            case "push_status":
                return self.maker.status()
            case "push_token":
                own = basic(self.pusher["client_id"], self.pusher["client_secret"])
                form = {"grant_type": "client_credentials"}
                return push_token(self.gateway, form, authorization=own)
            case "loyalty_token":
                own = basic(self.shop["client_id"], self.shop["client_secret"])
                user = {one: self.shop[one] for one in ("username", "password")}
                return loyalty_token(self.gateway, {"grant_type": "password"} | user, own)
            case "proposal_sign_in":
                return supplier.sign_in()
            case "proposal_token":
                headers = {"Cookie": [supplier.cookie]}
                return self.gateway.call(TOKEN, method="GET", headers=headers)
            case "proposal_get":
                return supplier.call(GET, number=self.number)
            case "proposal_list":
                return supplier.call(LIST)
            case _:
                return self.gateway.handler(function)({}, None)


LOOKS = {
    *("portfolio_status", "push_status", "push_token", "loyalty_token", "proposal_sign_in"),
    *("proposal_token", "proposal_get", "proposal_list", "audit"),
}
"""Functions that look, or give out what nobody has yet: a death leaves nothing half done."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """The functions on services in memory."""
    with in_memory() as (gateway, _):
        yield gateway


def test_every_function_has_a_test_that_kills_it() -> None:
    """A new function comes with one, or is named here."""
    functions = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}

    assert functions - CHANGES_STATE.keys() - LOOKS == set()
    assert CHANGES_STATE.keys() | LOOKS == functions


@pytest.mark.parametrize("function", sorted(LOOKS))
def test_a_function_that_looks_and_dies_at_any_call_leaves_all_as_it_was(
    gateway: Gateway, function: str
) -> None:
    """But for a token, whole and unknown to anybody; asked again, it answers as ever."""
    everybody = Everybody(gateway)
    gateway.clock.move(seconds=3_600)
    everybody.supplier = everybody.supplier.signed_in()
    whole = everybody.asks(function)
    kept = [gateway.rows("BatchesTable"), gateway.rows("RecordsTable")]
    accounts = len(gateway.rows("PartnersTable"))

    def play(at: int) -> bool:
        for one in (wiring.partners, wiring.master, wiring.batches, wiring.lookups):
            one.cache_clear()
        fault = dies(at, lambda: everybody.asks(function))
        assert [gateway.rows("BatchesTable"), gateway.rows("RecordsTable")] == kept
        again = everybody.asks(function)
        if function == "audit":
            assert again == whole == {"do_not_close": 0}
        else:
            assert (again.status, again.headers.keys()) == (whole.status, whole.headers.keys())
            assert again.status < 300
        return bool(fault.hit)

    calls = at_every_call(play)

    given = len(gateway.rows("PartnersTable")) - accounts
    # One for each that lived: the token of one that died was not written, as that is its last call.
    assert given == (calls + 2 if function in {"push_token", "loyalty_token"} else 0)
    assert calls >= (0 if function == "proposal_token" else 1)
