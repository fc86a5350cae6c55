"""The short version of what `make proof` proves at length."""

from collections.abc import Iterator

import pytest

from proof import driven, ledger
from proof.faults import FAULTS, SERVICES, Kills, Unreliable, unreliable

pytestmark = pytest.mark.stack

VISIBLE_AGAIN_S = 10
"""Not the template's 180 s, for which a killed worker's messages would wait."""

LATER_S = 120
"""The sweep is one of two minutes later: that long it leaves batches alone."""


@pytest.fixture(scope="module")
def trouble(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unreliable]:
    """A stack of its own, which can be disturbed without disturbing other tests."""
    with unreliable(tmp_path_factory.mktemp("unreliable")) as place:
        place.stack.client("sqs").set_queue_attributes(
            QueueUrl=place.stack.outputs["WorkQueueUrl"],
            Attributes={"VisibilityTimeout": str(VISIBLE_AGAIN_S)},
        )
        yield place


def test_what_partners_are_told_is_what_is_there_whatever_fails(trouble: Unreliable) -> None:
    """Eight partners, every third call to AWS fails in some way, and the worker is killed."""
    windows = [
        ledger.Window(
            seconds=0.8, probability=0.3, pairs=[(service, fault) for service in SERVICES]
        )
        for fault in FAULTS
    ]

    done = ledger.run(
        trouble,
        windows,
        ledger.Load(quota=300, rows=30, pause_s=0.4, soon_s=6),
        kills=Kills(every_s=2, only="Worker"),
        drain_s=300,  # as long as it takes: a busy machine needs minutes
        ahead_s=LATER_S,
    )

    assert done.book.refusals == []
    assert done.account.examples == []
    assert done.account.valid, done.account
    assert done.account.acknowledged >= 250
    assert sum(done.disturbed.values()) > 0
    assert done.killed["Worker"] > 0


def test_ten_rows_do_not_wait_for_a_neighbours_thousands(trouble: Unreliable) -> None:
    """Groups are worked in turn: the small batch ends while the large one has hardly begun."""
    told = driven.neighbours(trouble.stack, rows=10_000, workers=3)

    assert told["slices"] == 40
    assert told["ended"] < 20


def test_sequences_in_any_order_and_each_twice_are_one_batch(trouble: Unreliable) -> None:
    """Partners send what they are not sure of again, and side by side."""
    told = driven.shuffled(trouble.stack, sequences=10, rows=50, workers=3)

    counts = {name: count for name, count in told.items() if name != "seconds"}
    assert counts == {"accepted": 500, "inserted": 500, "pending": 0, "repeated": 10}
