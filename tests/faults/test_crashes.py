"""Every function dies at every one of its calls; the batch still ends, and adds up."""

from itertools import count

from batchgate import queue, wiring
from batchgate.model import BatchId, Tally
from tests.engine.calls import answering, refusal
from tests.engine.making import admit, item, letters
from tests.faults.dying import Fault, dies
from tests.faults.world import accept, begun, check, counts, empty, name, submit, sweep, tally
from tests.gateway import Gateway, Partner

WORKER = [
    *("Query", "BatchGetItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems"),
    *("Query", "BatchWriteItem", "TransactWriteItems"),
    *("Query", "UpdateItem", "PutEvents", "UpdateItem"),
]


def test_a_worker_that_dies_at_any_call_costs_nothing(gateway: Gateway) -> None:
    """Delivered again, it reports what it did the first time and goes on from there."""
    for at in count(1):
        batch = begun(gateway, f"f{at}")
        fault = dies(at, lambda: gateway.deliver(gateway.queue, "worker"))
        gateway.drain()
        sweep(gateway)

        check(batch)
        # Announced, and dead before it was remembered: better twice than never.
        announcing = fault.hit and fault.asked[-1:] == ["PutEvents"]
        assert len(gateway.announced()) == (2 if announcing else 1)
        if not fault.hit:
            assert fault.asked == WORKER
            break


def test_a_worker_that_dies_again_and_again_costs_nothing(gateway: Gateway) -> None:
    """Three deaths in a row, each one call further."""
    for at in range(2, 8, 2):
        batch = begun(gateway, f"f{at}")
        for further in range(3):
            dies(at + further, lambda: gateway.deliver(gateway.queue, "worker"))
        gateway.drain()

        check(batch)


def test_a_submit_that_dies_at_any_call_is_not_half_there(gateway: Gateway, acme: Partner) -> None:
    """Nobody sends it again: it is unknown, or the sweep has it worked."""
    for at in count(1):
        wiring.partners.cache_clear()
        wiring.master.cache_clear()
        fault = dies(at, lambda at=at: submit(gateway, acme, at))  # type: ignore[misc]
        sweep(gateway)

        status = gateway.status(acme, batchId=name(at))
        if "TransactWriteItems" in fault.asked:
            assert counts(status) == (7, 5, 2, 0)
            assert [told["batch"] for told in gateway.announced()] == [name(at)]
        else:
            assert status.status == 404
        if not fault.hit:
            assert fault.asked == [
                *("Query", "GetSecretValue"),
                *("BatchWriteItem", "TransactWriteItems", "SendMessageBatch"),
            ]
            break


def test_a_submit_sent_again_after_any_death_is_one_batch(gateway: Gateway, acme: Partner) -> None:
    """The partner saw no answer, and sends the very same again."""
    for at in count(1):
        fault = dies(at, lambda at=at: submit(gateway, acme, at))  # type: ignore[misc]
        answer = submit(gateway, acme, at)
        assert answer.status == 200
        assert answer.body["data"] == {"batchId": name(at), "totalCount": 7}
        gateway.drain()

        assert counts(gateway.status(acme, batchId=name(at))) == (7, 5, 2, 0)
        sweep(gateway)
        assert counts(gateway.status(acme, batchId=name(at))) == (7, 5, 2, 0)
        assert [told["batch"] for told in gateway.announced()] == [name(at)]
        if not fault.hit:
            break


def test_a_sweep_that_dies_at_any_call_is_made_good_by_the_next(gateway: Gateway) -> None:
    """Three batches in its way: never sent, ended unseen, completed in silence."""
    whole = dead_sweep(gateway, 0).asked
    assert whole.count("PutEvents") == 2
    assert whole.count("SendMessageBatch") == 1
    # Where one query follows another, nothing has happened in between.
    points = [at for at in range(2, len(whole) + 1) if whole[at - 2 : at] != ["Query", "Query"]]
    assert len(points) == 10
    for at in points:
        assert dead_sweep(gateway, at).hit == whole[at - 1]


def dead_sweep(gateway: Gateway, at: int) -> Fault:
    """Have a sweep die at a call, and see that the next one makes it good."""
    empty(gateway)
    # Which batches a sweep looks after first goes by the minute, in eight turns.
    gateway.clock.move(seconds=-gateway.clock.ms // 1_000 % 480)
    unsent, unseen, silent = (BatchId("acme", "stock", one) for one in ("a", "b", "c"))
    with answering("PutEvents", refusal("InternalFailure", 500)):
        accept(silent, item("k0"), item("k1"))
        gateway.drain()
    accept(unseen, item("k0"), item("k1"), item("k2"))
    assert dies(9, lambda: gateway.deliver(gateway.queue, "worker")).hit == "UpdateItem"
    admit(item("k3"), item("k4"), item("k5"), batch=unsent, shards=2)
    gateway.clock.move(seconds=130)
    fault = dies(at, lambda: gateway.handler("sweep")({}, None))
    gateway.drain()
    sweep(gateway)

    assert (letters(unsent), letters(unseen), letters(silent)) == ("iii", "ssi", "ii")
    assert tally(unsent) == Tally(inserted=3)
    told = sorted(event["batch"] for event in gateway.announced())
    if fault.hit and fault.asked[-1:] == ["PutEvents"]:
        assert (len(told), set(told)) == (4, {"a", "b", "c"})
    else:
        assert told == ["a", "b", "c"]
    return fault


def test_giving_up_that_dies_at_any_call_ends_every_item_once(gateway: Gateway) -> None:
    """The last stop of a slice: its dead letter comes again until its items have ended."""
    for at in count(1):
        batch = BatchId("acme", f"f{at}", "b")
        for one in admit(item("k0"), item("k1"), item("k2"), batch=batch, shards=2):
            gateway.sqs.send_message(
                QueueUrl=gateway.dead,
                MessageBody=queue.write(one),
                MessageGroupId=one.group,
                MessageDeduplicationId=one.mark.hex(),
            )
        fault = dies(at, lambda: gateway.deliver(gateway.dead, "give_up"))
        while gateway.deliver(gateway.dead, "give_up"):
            pass
        sweep(gateway)

        assert letters(batch) == "ggg"
        assert tally(batch) == Tally(failed=3)
        announcing = fault.hit and fault.asked[-1:] == ["PutEvents"]
        assert len(gateway.announced()) == (2 if announcing else 1)
        if not fault.hit:
            assert fault.asked == [
                *("Query", "TransactWriteItems", "Query", "TransactWriteItems"),
                *("Query", "UpdateItem", "PutEvents", "UpdateItem"),
            ]
            break
