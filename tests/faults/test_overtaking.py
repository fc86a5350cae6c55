"""Functions at work at the same time: whoever is overtaken where, all adds up."""

from itertools import count

from batchgate import wiring
from batchgate.model import BatchId, Tally
from tests.engine.making import item, letters
from tests.faults.dying import overtaken
from tests.faults.world import accept, begun, check, counts, empty, name, submit, sweep, tally
from tests.gateway import Answer, Gateway, Partner


def test_a_submit_overtaken_by_its_twin_at_any_call_is_one_batch(
    gateway: Gateway, acme: Partner
) -> None:
    """Two copies at once: both are answered, and one batch is counted."""
    for at in count(1):
        answers: list[Answer] = []

        def twin(at: int = at, answers: list[Answer] = answers) -> None:
            answers.append(submit(gateway, acme, at))

        with overtaken(at, twin) as made:
            answers.append(submit(gateway, acme, at))
        gateway.drain()

        assert [answer.status for answer in answers] == [200] * len(answers)
        assert counts(gateway.status(acme, batchId=name(at))) == (7, 5, 2, 0)
        assert len(gateway.announced()) == 1
        if len(made) < at:
            assert len(answers) == 1
            break


def test_a_submit_overtaken_by_other_content_is_one_of_the_two(
    gateway: Gateway, acme: Partner
) -> None:
    """The same id with other content: exactly one of them is accepted, the other refused."""
    for at in count(1):
        answers: list[Answer] = []

        def rival(at: int = at, answers: list[Answer] = answers) -> None:
            portfolios = [{"userId": "1401", "holding": []}] * 7
            answers.append(gateway.submit(acme, batchId=name(at), portfolios=portfolios))

        with overtaken(at, rival) as made:
            answers.append(submit(gateway, acme, at))
        if len(made) < at:
            break
        gateway.drain()

        assert sorted(answer.status for answer in answers) == [200, 409]
        won = (7, 1, 6, 0) if answers[0].status == 200 else (7, 5, 2, 0)
        assert counts(gateway.status(acme, batchId=name(at))) == won


def test_a_submit_that_hung_before_it_sent_undoes_nothing_newer(
    gateway: Gateway, acme: Partner
) -> None:
    """Its retry was worked, then a newer batch; then its own message comes after all."""

    def hold(at: int, quantity: int) -> Answer:
        holding = [{"symbol": "FPT", "totalQty": quantity, "costPrice": 1, "tradableQty": 1}]
        portfolios = [{"userId": "1401", "holding": holding}]
        return gateway.submit(acme, batchId=name(at), portfolios=portfolios)

    def others() -> None:
        assert hold(1, 100).status == 200
        gateway.drain()
        gateway.clock.move(ms=50)
        assert hold(2, 200).status == 200
        gateway.drain()

    with overtaken(0, others, before="SendMessageBatch"):
        assert hold(1, 100).status == 200
    gateway.drain()

    (row,) = [row for row in gateway.rows("RecordsTable") if row["sk"]["S"] == "1401"]
    assert row["c"]["B"] == b'[["FPT","200","1","1"]]'


def test_a_submit_that_hung_before_it_sent_does_nothing_that_was_told_as_failed(
    gateway: Gateway, acme: Partner
) -> None:
    """Its retry was given up; then its own message comes after all."""
    holding = [{"symbol": "FPT", "totalQty": 1, "costPrice": 1, "tradableQty": 1}]
    batch = {"batchId": name(1), "portfolios": [{"userId": "1401", "holding": holding}]}

    def others() -> None:
        assert gateway.submit(acme, **batch).status == 200
        for message in gateway.receive(gateway.queue):
            gateway.handler("give_up")({"Records": [message]}, None)
            gateway.sqs.delete_message(
                QueueUrl=gateway.queue, ReceiptHandle=message["receiptHandle"]
            )
        gateway.clock.move(seconds=1)

    with overtaken(0, others, before="SendMessageBatch"):
        assert gateway.submit(acme, **batch).status == 200
    gateway.drain()

    told = gateway.status(acme, batchId=name(1)).body["data"]
    assert (told["pendingCount"], told["failedCount"]) == (0, 1)
    assert gateway.rows("RecordsTable") == []


def test_workers_that_end_the_last_slices_together_complete_the_batch_once(
    gateway: Gateway,
) -> None:
    """Both see it done, or neither does: one of them announces it."""
    for at in count(1):
        batch = begun(gateway, f"f{at}")
        first, second = gateway.receive(gateway.queue)

        def other(second: dict[str, object] = second) -> None:
            gateway.handler("worker")({"Records": [second]}, None)

        with overtaken(at, other) as made:
            gateway.handler("worker")({"Records": [first]}, None)
        if len(made) < at:
            other()
        for message in (first, second):
            gateway.sqs.delete_message(
                QueueUrl=gateway.queue, ReceiptHandle=message["receiptHandle"]
            )

        check(batch)
        assert len(gateway.announced()) == 1
        if len(made) < at:
            break


def test_a_worker_overtaken_by_the_sweep_at_any_call_counts_once(gateway: Gateway) -> None:
    """The sweep sends slices that are being worked right now: harmless."""
    for at in count(1):
        batch = begun(gateway, f"f{at}")
        gateway.clock.move(seconds=130)
        with overtaken(at, lambda: gateway.handler("sweep")({}, None)) as made:
            gateway.deliver(gateway.queue, "worker")
        gateway.drain()

        check(batch)
        assert len(gateway.announced()) in (1, 2)
        assert list(wiring.batches().due(wiring.clock() + 10**12)) == []
        if len(made) < at:
            break


def test_a_worker_overtaken_by_giving_up_counts_once(gateway: Gateway) -> None:
    """Its message was a dead letter already, and the sweep had sent the slice again."""
    for at in count(1):
        empty(gateway)
        batch = BatchId("acme", f"f{at}", "b")
        accept(batch, item("k0"), item("k1"), item("k2"))
        records = gateway.receive(gateway.queue)

        def give_up(records: list[dict[str, object]] = records) -> None:
            gateway.handler("give_up")({"Records": records}, None)

        with overtaken(at, give_up) as made:
            gateway.redeliver(records, received=2)
        for message in records:
            gateway.sqs.delete_message(
                QueueUrl=gateway.queue, ReceiptHandle=message["receiptHandle"]
            )
        sweep(gateway)

        assert tally(batch).ended == 3
        assert letters(batch).count("g") == tally(batch).failed
        assert len(gateway.announced()) == 1
        if len(made) < at:
            assert tally(batch) == Tally(inserted=3)
            break
