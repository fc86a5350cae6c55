"""Suppliers of batch proposals: enrolled, rotated, and replayed."""

from batchgate import engine, wiring
from batchgate.model import BatchId
from tests.cli.calling import Cli
from tests.gateway import Gateway
from tests.supplying import Supplier, detail


def test_a_supplier_is_made_rotated_and_its_old_key_retired(cli: Cli, gateway: Gateway) -> None:
    """Its number stays; a session that was begun with the old key ends with it."""
    asked = ("acme", "--contract", "proposal", "--supplier", "4711")
    first = cli.json("partner", "create", *asked)["credentials"]
    assert (first["supplier_id"], first["key_version"]) == ("4711", "1")
    supplier = Supplier(gateway=gateway, name="acme", client=first).signed_in()

    second = cli.json("partner", "rotate", "acme")
    assert second["old"] == ["i/1"]
    assert second["credentials"]["supplier_id"] == "4711"
    assert second["credentials"]["key_version"] == "2"
    assert supplier.list().status == 200
    retired = cli.json("partner", "rotate", "acme", "--retire", "i/1")
    assert retired["credentials"] == ["i/2"]

    wiring.partners.cache_clear()
    assert supplier.list().body["error"]["code"] == 40100002
    again = Supplier(gateway=gateway, name="acme", client=second["credentials"]).signed_in()
    assert again.list().status == 200


def test_a_number_that_another_has_is_refused_and_changes_nothing(cli: Cli) -> None:
    """A supplier's number names one partner."""
    cli.json("partner", "create", "acme", "--contract", "proposal", "--supplier", "4711")

    done = cli("partner", "create", "other", "--contract", "proposal", "--supplier", "4711")

    assert done.code == 2
    assert "somebody else is" in done.err
    assert cli("partner", "show", "other").code != 0
    assert "Say --supplier." in cli("partner", "create", "x", "--contract", "proposal").err


def execution_given_up(gateway: Gateway, number: int) -> None:
    """Acme's proposal is due, and none of its slices can be worked, however often it is tried."""
    gateway.clock.move(seconds=3_600)
    gateway.schedules.fire_due()
    gateway.deliver(gateway.queue, "worker")
    for message in gateway.receive(gateway.queue):
        gateway.sqs.delete_message(QueueUrl=gateway.queue, ReceiptHandle=message["receiptHandle"])
    for work in wiring.batches().unworked(BatchId("acme", "listing", f"{number}.execute.3")):
        engine.give_up(work, wiring.batches())
    gateway.clock.move(seconds=700)
    gateway.handler("sweep")({}, None)


def test_a_replay_that_goes_well_makes_a_failed_execution_finished(
    cli: Cli, gateway: Gateway
) -> None:
    """The proposal tells what became of it in the end."""
    made = cli.json("partner", "create", "acme", "--contract", "proposal", "--supplier", "4711")
    supplier = Supplier(gateway=gateway, name="acme", client=made["credentials"]).signed_in()
    number = supplier.batch(detail(1, 11, 12), detail(2, 21, 22))
    execution_given_up(gateway, number)
    assert supplier.states(number) == ("failed", "idle")

    cli.json("replay", "--partner", "acme")
    gateway.drain()

    assert supplier.states(number) == ("finished", "idle")
    assert supplier.told(number)["executeDetail"] == "2 of 2 listings changed"
    assert supplier.active(1, 2) == [11, 21]


def test_a_replay_does_not_bring_back_what_was_taken_back(cli: Cli, gateway: Gateway) -> None:
    """The revert found nothing to take back, and nothing may be there after it."""
    made = cli.json("partner", "create", "acme", "--contract", "proposal", "--supplier", "4711")
    supplier = Supplier(gateway=gateway, name="acme", client=made["credentials"]).signed_in()
    number = supplier.batch(detail(1, 11, 12), detail(2, 21, 22))
    execution_given_up(gateway, number)
    supplier.live(hours=1)
    gateway.handler("sweep")({}, None)
    assert supplier.active(1, 2) == [None, None]
    reason = "was not changed by this batch"
    assert supplier.told(number)["revertDetail"] == (
        f"0 of 2 listings changed; not changed: 1 ({reason}), 2 ({reason})"
    )

    cli.json("replay", "--partner", "acme")
    gateway.drain()

    assert supplier.active(1, 2) == [None, None]
    assert supplier.states(number) == ("failed", "failed")
    late = "changed by another batch since"
    assert supplier.told(number)["executeDetail"] == (
        f"0 of 2 listings changed; not changed: 1 ({late}), 2 ({late})"
    )
