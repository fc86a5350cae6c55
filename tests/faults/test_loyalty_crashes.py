"""Requests with an idempotency key that die at every one of their calls."""

from collections.abc import Iterator

import pytest

from batchgate import wiring
from tests.contract.loyalty_calls import counted, insert, modify, remove
from tests.faults.dying import dies
from tests.faults.proposals import at_every_call
from tests.faults.world import empty, sweep
from tests.gateway import Gateway
from tests.memory.gateway import in_memory
from tests.retailing import CARDS, COUPONS, SEGMENTS, opened


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """The functions on services in memory: these tests make ten thousand calls."""
    with in_memory() as (gateway, _):
        yield gateway


@pytest.mark.parametrize("feed", [CARDS, COUPONS, SEGMENTS])
def test_a_request_sent_again_after_any_death_is_applied_once(gateway: Gateway, feed: str) -> None:
    """Sent again with its key, it is answered as if nothing had happened, and counted once."""
    shop = opened(gateway, "shop")
    whole: list[str] = []

    def play(at: int) -> bool:
        empty(gateway)
        retailer = shop.signed_in()
        wiring.partners.cache_clear()
        body = retailer.request(insert(feed), modify(feed, validTo="2027-01-01"), remove(feed, "B"))
        fault = dies(at, lambda: retailer.call(feed, body, "key"))
        if at % 2:  # the sweep may come before the retailer does
            sweep(gateway)
        answer = retailer.signed_in().post(feed, body, "key")
        gateway.drain()

        assert counted(answer.body["detail"]) == {"inserted": 1, "updated": 1, "errors": 1}
        whole.append(answer.text)
        sweep(gateway)
        (batch,) = wiring.lookups().recent("shop", retailer_feed(feed))
        standing = wiring.lookups().standing(batch.batch)
        assert standing is not None
        assert (standing.state, standing.accepted, standing.tally.ended) == ("completed", 3, 3)
        assert (standing.tally.inserted, standing.tally.updated, standing.tally.failed) == (1, 1, 1)
        assert len(retailer.records(feed)) == 1
        assert len(gateway.announced()) == 1
        return bool(fault.hit)

    assert at_every_call(play) > 20
    assert len(set(whole)) == 1


def retailer_feed(function: str) -> str:
    """The feed that an endpoint maintains."""
    return {CARDS: "card", COUPONS: "coupon", SEGMENTS: "segment"}[function]
