"""What can never be worked costs itself: not its group, not other partners."""

from collections.abc import Callable
from typing import Any

import pytest

from batchgate import engine, queue, wiring
from batchgate.engine import tries
from batchgate.errors import DataLost
from batchgate.model import BatchId, Slice, Tally
from tests.cloudformation import properties
from tests.engine.calls import on
from tests.engine.making import item, letters, part
from tests.faults.dying import Crash
from tests.faults.world import accept, deliver_to_one_that_dies, impatient, sweep, tally
from tests.gateway import Gateway

SAME_GROUP = ("FPT", "USERFULLFLOW")
"""Keys of one shard of two."""


def send(gateway: Gateway, batch: str, partner: str = "acme", content: str = "1") -> BatchId:
    """Accept and send a batch of one item, always for the same shard."""
    of = BatchId(partner, "stock", batch)
    accept(of, item(SAME_GROUP[0], content))
    gateway.clock.move(ms=10)
    return of


def lose(gateway: Gateway, batch: BatchId) -> BatchId:
    """Delete what is stored of a batch's part."""
    pk = f"{batch.partner}#{batch.feed}#{batch.batch}"
    for row in gateway.rows("BatchesTable"):
        if row["pk"]["S"] == pk and row["sk"]["S"].startswith("p/"):
            gateway.dynamodb.delete_item(
                TableName="BatchesTable", Key={"pk": row["pk"], "sk": row["sk"]}
            )
    return batch


def send_raw(gateway: Gateway, body: str, group: str = "acme/stock/0") -> None:
    gateway.sqs.send_message(
        QueueUrl=gateway.queue,
        MessageBody=body,
        MessageGroupId=group,
        MessageDeduplicationId=str(hash(body)),
    )


def run(gateway: Gateway, deliveries: int = 12) -> None:
    """Deliver until nothing is left, dead letters too."""
    with impatient():
        for _ in range(deliveries):
            gateway.deliver(gateway.queue, "worker")
    while gateway.deliver(gateway.dead, "give_up"):
        pass
    assert gateway.receive(gateway.queue) == []


def test_a_poisoned_slice_costs_one_slice_not_its_group(gateway: Gateway) -> None:
    """Its part is lost. Those before and behind it are worked, and all batches end."""
    one = send(gateway, "b1")
    poisoned = lose(gateway, send(gateway, "b2"))
    two, three = send(gateway, "b3", content="2"), send(gateway, "b4", content="3")
    other = send(gateway, "b1", partner="other")

    with impatient():
        gateway.deliver(gateway.queue, "worker")
    assert [letters(of) for of in (one, two, three, other)] == ["i", "-", "-", "i"]
    run(gateway)

    assert tally(poisoned) == Tally(failed=1)
    assert [letters(of) for of in (one, two, three, other)] == ["i", "u", "u", "i"]
    assert sorted(told["batch"] for told in gateway.announced()) == ["b1", "b1", "b2", "b3", "b4"]


def test_two_poisoned_slices_of_a_group_cost_two(gateway: Gateway) -> None:
    """The second has had its deliveries, too, when the first is given up; the third waits."""
    first, second = lose(gateway, send(gateway, "b1")), lose(gateway, send(gateway, "b2"))
    healthy = send(gateway, "b3")

    run(gateway)

    assert (tally(first), tally(second)) == (Tally(failed=1), Tally(failed=1))
    assert tally(healthy) == Tally(inserted=1)


def test_the_last_delivery_is_the_one_that_the_template_says() -> None:
    """A slice must be given up by its worker before the queue takes its whole group away."""
    assert properties("WorkQueue")["RedrivePolicy"]["maxReceiveCount"] == tries.LAST


def send_replacement(gateway: Gateway) -> BatchId:
    """Replace what a shard holds, up to the step that clears it."""
    send(gateway, "b1")
    of = BatchId("acme", "stock", "new")
    given = part(item(SAME_GROUP[1]), batch=of, replaces=True)
    engine.accept(given, wiring.batches(), wiring.queue(), wiring.clock)
    gateway.deliver(gateway.queue, "worker")
    gateway.clock.move(ms=10)
    return of


def test_a_step_of_clearing_that_fails_costs_itself_not_its_group(gateway: Gateway) -> None:
    """What it can't read may name what it would remove: it removes nothing. The rest is worked."""
    replacement = lose(gateway, send_replacement(gateway))
    behind = [send(gateway, name, content=name) for name in ("b2", "b3")]

    run(gateway)

    assert [letters(of) for of in behind] == ["u", "u"]
    told = wiring.lookups().standing(replacement)
    assert told is not None
    assert (told.state, told.cleared) == ("completed", 0)


def test_a_step_of_clearing_that_kills_its_worker_costs_itself(gateway: Gateway) -> None:
    """Those behind it have been handed out as often as it was."""
    send_replacement(gateway)
    behind = send(gateway, "b2", content="2")

    def kill(params: dict[str, Any], model: Any, **_: Any) -> None:
        values = str(params.get("ExpressionAttributeValues"))
        if model.name == "Query" and "#new" in values and "p/" in values:
            raise Crash

    outlive(gateway, kill)

    assert letters(behind) == "u"


def outlive(gateway: Gateway, kill: Callable[..., None]) -> None:
    """Have a queue's messages received once more than they kill their worker."""
    with on("before-parameter-build", kill):
        for _ in range(4):
            deliver_to_one_that_dies(gateway)
        gateway.deliver(gateway.queue, "worker")


def test_a_slice_that_kills_its_worker_costs_one_slice(gateway: Gateway) -> None:
    """No handler runs when memory is out: the tries are counted before they are made."""
    killer, healthy = send(gateway, "b1", content="kill"), send(gateway, "b2")

    def kill(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "BatchWriteItem" and "kill" in str(params):
            raise Crash

    outlive(gateway, kill)

    assert tally(killer) == Tally(failed=1)
    assert tally(healthy) == Tally(inserted=1)


def test_a_part_that_kills_whoever_reads_it_costs_one_slice(gateway: Gateway) -> None:
    """Slices that are handed out together are read together, but not with one that may kill."""
    healthy, killer, behind = (send(gateway, name) for name in ("b1", "killer", "b3"))

    def kill(params: dict[str, Any], model: Any, **_: Any) -> None:
        values = params.get("ExpressionAttributeValues", {})
        prefix = values.get(":prefix", {"S": ""})["S"]
        if model.name == "Query" and prefix.startswith("p/") and "#killer" in str(values):
            raise Crash

    outlive(gateway, kill)

    assert tally(killer) == Tally(failed=1)
    assert [letters(of) for of in (healthy, behind)] == ["i", "s"]


def test_a_given_up_slice_stays_given_up_when_it_is_sent_again(gateway: Gateway) -> None:
    """Its batch has ended and was announced: nothing may change behind the partner's back."""
    poisoned = lose(gateway, send(gateway, "b1"))
    run(gateway)

    accept(poisoned, item(SAME_GROUP[0]))
    run(gateway)

    assert letters(poisoned) == "g"
    assert gateway.rows("RecordsTable") == []


@pytest.mark.parametrize("body", ["", "hello", "[]", "{}", '{"batch":{}}', "null", "\u0000{"])
def test_a_message_that_cannot_be_read_is_told_so(body: str) -> None:
    """Whatever it is, it is not taken for work."""
    with pytest.raises(DataLost, match="a message can't be read"):
        queue.read(body)


def test_an_unreadable_message_blocks_nobody_and_is_dropped_in_the_end(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Five deliveries, then the dead-letter queue, which drops it with a line and a metric."""
    send_raw(gateway, "hello")
    behind, other = send(gateway, "b1"), send(gateway, "b1", partner="other")

    with impatient():
        gateway.deliver(gateway.queue, "worker")
    assert (letters(behind), letters(other)) == ("i", "i")
    with impatient():
        for _ in range(4):
            assert gateway.deliver(gateway.queue, "worker") == 1
        assert gateway.deliver(gateway.queue, "worker") == 0
    capsys.readouterr()
    caplog.clear()
    assert gateway.deliver(gateway.dead, "give_up") == 1

    assert caplog.messages == ["unreadable message"]
    assert '"UnreadableMessages":[1.0]' in capsys.readouterr().out
    assert gateway.receive(gateway.dead) == []


def test_a_message_of_the_wrong_kind_blocks_no_other_group(gateway: Gateway) -> None:
    """It reads as a slice, but names no part that could be: only its own turn fails."""
    good = accept(BatchId("acme", "stock", "b1"), item(SAME_GROUP[0]))[0]
    body = queue.write(good).replace('"part":"0"', '"part":7').replace("acme", "other")
    send_raw(gateway, body, "other/stock/0")

    with impatient():
        gateway.deliver(gateway.queue, "worker")

    assert letters(BatchId("acme", "stock", "b1")) == "i"


def test_what_an_unreadable_message_stood_for_is_sent_again(gateway: Gateway) -> None:
    """Dropped is not lost: its slice has no outcome, so the sweep sends it."""
    batch = BatchId("acme", "stock", "b1")
    sent: list[Slice] = accept(batch, item(SAME_GROUP[0]))
    (message,) = gateway.receive(gateway.queue)
    gateway.sqs.delete_message(QueueUrl=gateway.queue, ReceiptHandle=message["receiptHandle"])
    send_raw(gateway, queue.write(sent[0])[:-5])
    run(gateway)
    assert letters(batch) == "-"

    sweep(gateway)

    assert tally(batch) == Tally(inserted=1)
