"""Clearing after a replacement: what goes, what stays, and each removal counted once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from batchgate import engine, queue, wiring
from batchgate.engine.replace import begin
from batchgate.errors import Busy, DataLost
from batchgate.model import Clearing, Slice, Standing, Tally
from tests.engine.calls import answering, on, refusal
from tests.engine.making import REMOVE, admit, apply, batch, desk, item, part, stored
from tests.engine.telling import told
from tests.gateway import Gateway

DOWN = refusal("InternalFailure", 500)


def standing() -> Standing:
    """Where the replacement stands."""
    found = wiring.lookups().standing(batch("new"))
    assert found is not None
    return found


def replaced(gateway: Gateway, *old: str, named: str = "kept") -> Slice:
    """The step that clears what a replacement does not name, which is applied and begun."""
    apply(*[item(key) for key in (*old, "kept")], name="old", numbered=True)
    gateway.clock.move(seconds=1)
    (work,) = admit(item(named), name="new", replaces=True)
    desk().work(work)
    begin(standing(), wiring.batches(), wiring.queue(), wiring.clock)
    (step,) = sent(gateway)
    return step


def sent(gateway: Gateway) -> list[Slice]:
    """What lies in the queue, which is empty then."""
    slices = []
    for message in gateway.receive(gateway.queue):
        work = queue.read(message["body"])
        assert isinstance(work, Slice)
        slices.append(work)
        gateway.sqs.delete_message(QueueUrl=gateway.queue, ReceiptHandle=message["receiptHandle"])
    return slices


def clear(step: Slice, *, clock: Callable[[], int] = lambda: 0, until: int = 0) -> None:
    """Clear, for as long as the clock says."""
    desk().clear(step, wiring.queue(), clock, until)


@contextmanager
def small_pages() -> Iterator[None]:
    """Have shards read two records at a time."""

    def limit(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "Query" and params["TableName"] == "RecordsTable":
            params.setdefault("Limit", 2)

    with on("before-parameter-build", limit):
        yield


def left(step: Slice, *keys: str) -> list[str]:
    """Which of these keys are not removed."""
    return [key for key, one in stored(keys, step).items() if not one.removed]


def test_every_shard_is_cleared_from_its_beginning_and_once(gateway: Gateway) -> None:
    """Two workers may both see the last row applied."""
    for work in admit(item("FPT"), item("VNM"), name="new", shards=2, replaces=True):
        desk().work(work)
    before = standing()

    begin(before, wiring.batches(), wiring.queue(), wiring.clock)
    begin(before, wiring.batches(), wiring.queue(), wiring.clock)

    steps = sent(gateway)
    assert sorted((one.shard, one.clearing, one.again) for one in steps) == [
        (0, Clearing(step=0, after=""), 0),
        (1, Clearing(step=0, after=""), 0),
    ]
    assert [(one.part, one.digest, one.chunks, one.size) for one in steps] == [("", "", 0, 0)] * 2
    assert {one.accepted_us for one in steps} == {before.accepted_us}


def test_what_was_there_before_and_is_not_named_is_removed_and_counted(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """What stays of a record is its number, and which step it was, for some days."""
    step = replaced(gateway, "a", "b")
    apply(item("b", "", REMOVE), name="other")
    gateway.clock.move(ms=1)
    apply(item("later"), name="later")
    told(capsys)

    clear(step)

    assert told(capsys) == {"RecordsCleared": [1.0]}
    assert (standing().cleared, standing().cleared_shards) == (1, 1)
    kept = stored(["a", "b", "kept", "later"], step)
    assert {key: one.removed for key, one in kept.items()} == {
        "a": True,
        "b": True,
        "kept": False,
        "later": False,
    }
    gone = kept["a"]
    assert (gone.number, gone.how, gone.written_by) == (1, "r", step.mark)
    assert gone.accepted_us == step.accepted_us
    (row,) = [one for one in gateway.rows("RecordsTable") if one["sk"]["S"] == "a"]
    assert set(row) == {"pk", "sk", "m", "expires"}
    assert sent(gateway) == []


def test_what_is_as_old_as_the_replacement_goes_and_what_is_newer_stays(gateway: Gateway) -> None:
    """To the microsecond."""
    step = replaced(gateway, "a", "b")
    records = stored(["a", "b"], step)
    wiring.records().write(
        step,
        [
            replace(records["a"], accepted_us=step.accepted_us),
            replace(records["b"], accepted_us=step.accepted_us + 1),
        ],
    )

    clear(step)

    assert left(step, "a", "b", "kept") == ["b", "kept"]


def test_a_step_that_died_half_way_counts_what_it_had_removed(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its tombstones are there, its count is not; those of other slices are none of its."""
    step = replaced(gateway, "a", "b", "c")
    apply(item("c", "", REMOVE), name="other")
    with answering("TransactWriteItems", *[DOWN] * 9), pytest.raises(Busy):
        clear(step)
    assert left(step, "a", "b", "c", "kept") == ["kept"]
    told(capsys)

    clear(step)

    assert told(capsys) == {"RecordsCleared": [2.0]}
    assert standing().cleared == 2


def test_a_step_that_comes_again_removes_and_counts_nothing(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was done: what it had to send is sent once more, if anything."""
    step = replaced(gateway, "a", "b")
    with small_pages():
        clear(step, clock=lambda: 8, until=7)
    (following,) = sent(gateway)
    told(capsys)
    gateway.clock.move(seconds=301)  # earlier, SQS would take it for a repetition

    clear(step, clock=lambda: 8, until=7)

    assert sent(gateway) == [following]
    assert told(capsys) == {}
    assert standing().cleared == 2


def test_a_step_whose_time_is_up_leaves_the_rest_to_the_next(gateway: Gateway) -> None:
    """It reads at least a page. The next one begins where it stopped."""
    step = replaced(gateway, "a", "b", "c", "d", "e")
    with small_pages():
        clear(step, clock=lambda: 8, until=7)
    (second,) = sent(gateway)
    assert second == replace(step, clearing=Clearing(step=1, after="b"))
    assert left(step, "a", "b", "c", "d", "e") == ["c", "d", "e"]
    assert (standing().cleared, standing().cleared_shards) == (2, 0)

    with small_pages():
        clear(second, clock=lambda: 8, until=7)
    (third,) = sent(gateway)
    assert third.clearing == Clearing(step=2, after="d")

    with small_pages():
        clear(third, clock=lambda: 7, until=7)

    assert sent(gateway) == []
    assert left(step, "a", "b", "c", "d", "e", "kept") == ["kept"]
    assert (standing().cleared, standing().cleared_shards) == (5, 1)


def test_all_that_was_read_before_time_was_up_counts(gateway: Gateway) -> None:
    """Pages that were in time, and the one that was not."""
    step = replaced(gateway, "a", "b", "c", "d", "e")
    times = iter([6, 8])
    with small_pages():
        clear(step, clock=lambda: next(times), until=7)

    (second,) = sent(gateway)
    assert second.clearing == Clearing(step=1, after="d")
    assert standing().cleared == 4


def test_a_step_that_is_looked_after_is_named_anew(gateway: Gateway) -> None:
    """SQS drops a message whose like it had within five minutes, even a deleted one."""
    step = replaced(gateway, "a")
    begun_us = gateway.clock.now_us
    gateway.clock.move(seconds=180)

    assert wiring.batches().uncleared(standing()) == [(begun_us, replace(step, again=3))]


def test_what_is_no_step_of_clearing_clears_nothing(gateway: Gateway) -> None:
    """A slice that was taken for one must not empty a shard."""
    step = replaced(gateway, "a")

    with pytest.raises(DataLost, match=r"^not a step of clearing$"):
        clear(replace(step, clearing=None))

    assert left(step, "a", "kept") == ["a", "kept"]


def test_only_the_rows_of_the_replacement_itself_are_named_by_it(gateway: Gateway) -> None:
    """Its slices were worked: what it wrote stays, whatever was there."""
    step = replaced(gateway, "a", named="new")

    clear(step)

    assert left(step, "a", "kept", "new") == ["new"]
    assert standing().tally == Tally(inserted=1)


@pytest.mark.parametrize("gone", ["p/0/", "p/1/"])
def test_a_replacement_of_which_rows_are_lost_removes_nothing(gateway: Gateway, gone: str) -> None:
    """What they named is not known: it must not be taken for what the batch does not name."""
    apply(item("a"), item("b"), name="old")
    gateway.clock.move(seconds=1)
    for name, key in (("0", "a"), ("1", "b")):
        given = part(item(key), name="new", declared=2, replaces=True)
        (work,) = wiring.batches().admit(replace(given, name=name), wiring.clock()).slices
        desk().work(work)
    begin(standing(), wiring.batches(), wiring.queue(), wiring.clock)
    (step,) = sent(gateway)
    for row in gateway.rows("BatchesTable"):
        if row["pk"]["S"].endswith("#new") and row["sk"]["S"].startswith(gone):
            found = {"pk": row["pk"], "sk": row["sk"]}
            gateway.dynamodb.delete_item(TableName="BatchesTable", Key=found)

    with pytest.raises(DataLost, match=r"^a part's rows are missing$"):
        clear(step)

    assert left(step, "a", "b") == ["a", "b"]
    assert standing().state == "clearing"


def test_a_step_that_is_given_up_ends_its_shard(gateway: Gateway) -> None:
    """Nothing comes after it, also where it comes again: what is left of the shard stays."""
    step = replaced(gateway, "a")

    engine.leave(step, wiring.batches())
    clear(step)

    assert wiring.batches().step(step) == (True, "")
    assert (standing().cleared, standing().cleared_shards) == (0, 1)
    assert left(step, "a", "kept") == ["a", "kept"]
    assert sent(gateway) == []
