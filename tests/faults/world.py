"""A batch in which everything happens, and what must have become of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from batchgate import engine, wiring
from batchgate.model import BatchId, Item, Slice, Tally, digest
from tests.cloudformation import table
from tests.engine.calls import on
from tests.engine.making import INSERT, REMOVE, UPDATE, item, letters, part, stored, work
from tests.faults.dying import Crash
from tests.gateway import Answer, Gateway, Partner

BEFORE = [item(key, "1") for key in ("old", "same", "gone", "k0", "k1", "k2", "k3")]
ITEMS = [
    item("new", "1", INSERT),
    item("old", "2", UPDATE),
    item("same", "1"),
    item("gone", "", REMOVE),
    item("brief", "1", INSERT),
    item("brief", "2", UPDATE),
    item("brief", "", REMOVE),
    item("k0", "2", INSERT),
    item("nobody", "1", UPDATE),
    item("k1", fault="no"),
    item("k1", "2"),
    item("k2", "2"),
    item("k3", "2"),
    item("k4", "1"),
    item("", fault="no key"),
]
FATES = "iusriuremxuuuix"
TALLY = Tally(inserted=3, updated=5, unchanged=1, removed=2, failed=4)
CONTENTS = {"new": b"1", "old": b"2", "same": b"1", "k0": b"1", "k1": b"2", "k4": b"1"}


def empty(gateway: Gateway) -> None:
    """Forget all batches and records, so that moto's transactions stay quick."""
    wiring.batches.cache_clear()
    for one in ("BatchesTable", "RecordsTable"):
        gateway.dynamodb.delete_table(TableName=one)
        gateway.dynamodb.create_table(TableName=one, **table(one))


def accept(of: BatchId, *items: Item) -> list[Slice]:
    """Accept a batch of one part in two shards; its slices are sent."""
    given = part(*items, batch=of, shards=2, numbered=True)
    receipt = engine.accept(given, wiring.batches(), wiring.queue(), wiring.clock)
    return list(receipt.slices)


def begun(gateway: Gateway, feed: str) -> BatchId:
    """A feed with records, and the batch in which everything happens, accepted and sent."""
    empty(gateway)
    accept(BatchId("acme", feed, "before"), *BEFORE)
    gateway.drain()
    gateway.announced()
    gateway.clock.move(seconds=1)
    batch = BatchId("acme", feed, "all")
    accept(batch, *ITEMS)
    return batch


@contextmanager
def impatient() -> Iterator[None]:
    """Messages that the worker wants again later come again at once."""

    def hurry(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "ChangeMessageVisibility":
            params["VisibilityTimeout"] = 0

    with on("before-parameter-build", hurry):
        yield


def deliver_to_one_that_dies(gateway: Gateway) -> None:
    """Hand messages to a worker that dies on them; they are there again, in their order."""
    records = gateway.receive(gateway.queue)
    with pytest.raises(Crash):
        gateway.handler("worker")({"Records": records}, None)
    for record in records:
        gateway.sqs.change_message_visibility(
            QueueUrl=gateway.queue, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0
        )


def sweep(gateway: Gateway) -> None:
    """Ten minutes later: whatever was left is looked after, and worked."""
    gateway.clock.move(seconds=660)
    gateway.handler("sweep")({}, None)
    gateway.drain()


def tally(of: BatchId) -> Tally:
    """A completed batch's tally."""
    standing = wiring.lookups().standing(of)
    assert standing is not None
    assert standing.completed
    return standing.tally


def check(of: BatchId) -> None:
    """The batch has ended, its counts are exact, its records hold what they must."""
    assert letters(of) == FATES
    assert tally(of) == TALLY
    found = {
        key: one
        for at in (0, 1)
        for key, one in stored(sorted(KEYS), work(batch=of, shard=at)).items()
    }
    assert {key: one.digest for key, one in found.items() if key in CONTENTS} == {
        key: digest(content) for key, content in CONTENTS.items()
    }
    assert {key for key, one in found.items() if one.removed} == {"gone", "brief"}
    numbers = [one.number for one in found.values()]
    assert len(set(numbers)) == len(numbers) == 10


KEYS = {one.key for one in [*BEFORE, *ITEMS] if one.key}


def submit(gateway: Gateway, partner: Partner, at: int) -> Answer:
    """Submit the so-maniest batch: five good users in two shards, a double and a bad one."""
    good = [{"userId": f"{at}/{user}", "holding": []} for user in range(5)]
    bad = [{"userId": f"{at}/0", "holding": []}, {"userId": f"{at}/bad"}]
    return gateway.submit(partner, batchId=name(at), portfolios=[*good, *bad])


def name(at: int) -> str:
    """The so-maniest batch's id."""
    return f"8c8974a0-e516-4a6c-92b3-{at:012}"


def counts(answer: Answer) -> tuple[int, int, int, int]:
    """Total, successes, failures, pending of a status answer."""
    assert answer.status == 200
    data = answer.body["data"]
    return data["totalCount"], data["successCount"], data["failedCount"], data["pendingCount"]
