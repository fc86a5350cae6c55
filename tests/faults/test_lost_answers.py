"""AWS does what was asked, but the function never hears of it."""

from itertools import count

from batchgate import wiring
from tests.faults.dying import unheard
from tests.faults.world import begun, check, counts, impatient, name, submit, sweep
from tests.gateway import Answer, Gateway, Partner


def test_a_worker_that_hears_no_answer_counts_nothing_twice(gateway: Gateway) -> None:
    """It can't tell what was done: the message comes again and finds out."""
    for at in count(1):
        batch = begun(gateway, f"f{at}")
        with impatient():
            fault = unheard(at, lambda: gateway.deliver(gateway.queue, "worker"))
            gateway.drain()
        sweep(gateway)

        check(batch)
        assert len(gateway.announced()) == (2 if fault.hit == "PutEvents" else 1)
        if not fault.hit:
            assert at > 10
            break


def test_a_submit_that_hears_no_answer_says_so_and_succeeds_once(
    gateway: Gateway, acme: Partner
) -> None:
    """503 in the contract's shape; the same again is the same batch, whatever was done."""
    answers: list[Answer] = []
    for at in count(1):
        wiring.partners.cache_clear()
        wiring.master.cache_clear()
        fault = unheard(at, lambda at=at: answers.append(submit(gateway, acme, at)))  # type: ignore[misc]
        if not fault.hit:
            break
        assert answers[-1].status == 503
        assert answers[-1].body == {
            "status": 503,
            "message": "Temporarily unavailable, please send the same again",
            "data": None,
        }
        assert submit(gateway, acme, at).status == 200
        gateway.drain()
        sweep(gateway)

        assert counts(gateway.status(acme, batchId=name(at))) == (7, 5, 2, 0)
        assert len(gateway.announced()) == 1
    assert len(answers) == 6
