"""Pushes that die at every one of their calls, and workers at what pushes leave to them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from batchgate import wiring
from batchgate.access import enrol
from tests.contract.push_calls import CONSUMED, SUCCESS, row, sequence, told
from tests.faults.dying import Fault, dies
from tests.faults.proposals import at_every_call
from tests.faults.world import empty, sweep
from tests.gateway import Gateway
from tests.memory.gateway import in_memory
from tests.pushing import ROWS, STATUS, Maker, basic
from tests.retailing import waiting_takes_no_time

WRONG = sequence(row("P1"), row("P2", PLANT="H121-A"))
RIGHT = sequence(row("P1"), row("P2"))
BOTH = {"P1|H121", "P2|H121"}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """The functions on services in memory: these tests make ten thousand calls."""
    with in_memory() as (gateway, _):
        yield gateway


@pytest.fixture
def maker(gateway: Gateway) -> Maker:
    """A manufacturer that names itself in every call, as tokens end within minutes."""
    user = enrol.basic("maker", "push", wiring.partners())
    authorization = basic(user["username"], user["password"])
    return Maker(gateway=gateway, name="maker", client=user, authorization=authorization)


def dead_push(maker: Maker, at: int, method: str, body: dict[str, Any]) -> Fault:
    """Push while nobody works, and die at a call."""
    wiring.partners.cache_clear()
    with waiting_takes_no_time():
        return dies(at, lambda: maker.call(ROWS, method, body=json.dumps(body).encode()))


def counts(maker: Maker) -> tuple[str, int, int, int, int]:
    """How far the batch is, and how its rows ended."""
    standing = maker.standing()
    names = ("inserted", "updated", "failed", "pending")
    inserted, updated, failed, pending = (standing[name] for name in names)
    return standing["state"], inserted, updated, failed, pending


def test_a_push_that_dies_at_any_call_is_not_half_there(maker: Maker) -> None:
    """Also while it waits for its outcomes: it is unknown, or every row of it ends."""
    seen = set()

    def play(at: int) -> bool:
        empty(maker.gateway)
        fault = dead_push(maker, at, "POST", RIGHT)
        sweep(maker.gateway)

        accepted = "TransactWriteItems" in fault.asked
        if accepted:
            assert counts(maker) == ("completed", 2, 0, 0, 0)
        else:
            assert maker.call(STATUS, "GET", query={"batch_id": "B1"}).status == 404
        assert maker.records().keys() == (BOTH if accepted else set())
        assert len(maker.gateway.announced()) == accepted
        seen.add((accepted, "SendMessageBatch" in fault.asked))
        return bool(fault.hit)

    assert at_every_call(play) > 20
    assert seen == {(False, False), (True, False), (True, True)}


def test_a_push_sent_again_after_any_death_is_applied_once(maker: Maker) -> None:
    """The partner saw no answer, and sends the very same again."""

    def play(at: int) -> bool:
        empty(maker.gateway)
        fault = dead_push(maker, at, "POST", RIGHT)
        accepted = "TransactWriteItems" in fault.asked
        assert told(maker.push("POST", RIGHT)) == (CONSUMED if accepted else SUCCESS)
        assert told(maker.push("POST", RIGHT)) == CONSUMED
        for _ in range(2):
            maker.gateway.drain()
            assert counts(maker) == ("completed", 2, 0, 0, 0)
            sweep(maker.gateway)
        assert maker.records().keys() == BOTH
        assert len(maker.gateway.announced()) == 1
        return bool(fault.hit)

    at_every_call(play)


def test_a_correction_that_dies_at_any_call_counts_each_row_once(maker: Maker) -> None:
    """What failed stays told until it is replaced, whole; sent again, it is made."""
    seen = set()

    def play(at: int) -> bool:
        empty(maker.gateway)
        assert maker.push("POST", WRONG).body["code"] == "E00V00"
        assert counts(maker) == ("completed", 1, 0, 1, 0)
        fault = dead_push(maker, at, "POST", RIGHT)
        sweep(maker.gateway)

        corrected = fault.asked.count("TransactWriteItems") == 2
        # The good row was inserted by what was corrected, and is unchanged by the correction.
        assert counts(maker) == ("completed", 1, 0, 0 if corrected else 1, 0)
        assert maker.records().keys() == (BOTH if corrected else {"P1|H121"})
        maker.push("POST", RIGHT)
        sweep(maker.gateway)
        assert counts(maker)[3:] == (0, 0)
        assert maker.records().keys() == BOTH
        seen.add(corrected)
        return bool(fault.hit)

    at_every_call(play)
    assert seen == {False, True}


def test_a_replacement_whose_worker_dies_at_any_call_removes_once(maker: Maker) -> None:
    """From its rows to the last step of clearing: what is removed, and how many, is exact."""
    operations = set()

    def play(at: int) -> bool:
        gateway = maker.gateway
        empty(gateway)
        old = [row(f"P{number}") for number in range(1, 7)]
        assert told(maker.push("POST", sequence(*old, batch="OLD"))) == SUCCESS
        gateway.announced()
        gateway.clock.move(seconds=1)
        assert not dead_push(maker, 1_000, "PATCH", sequence(row("P1", QTY="5"), row("P2"))).hit
        fault = dies(at, gateway.drain)
        gateway.drain()
        sweep(gateway)

        assert maker.records().keys() == BOTH
        standing = maker.standing()
        assert (standing["state"], standing["removed"]) == ("completed", 4)
        assert counts(maker) == ("completed", 0, 1, 0, 0)
        announcing = fault.hit and fault.asked[-1:] == ["PutEvents"]
        assert len(gateway.announced()) == (2 if announcing else 1)
        operations.add(fault.hit)
        return bool(fault.hit)

    assert at_every_call(play) > 20
    assert operations >= {"Query", "BatchWriteItem", "TransactWriteItems", "SendMessageBatch"}
    assert "DeleteItem" in operations  # that the replacement is over
