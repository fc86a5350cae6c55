"""A batch from its acceptance to its completion: accept, settle, sweep, give up."""

from dataclasses import replace
from typing import Any

import pytest

from batchgate import engine, wiring
from batchgate.errors import BatchMismatch, Busy, ContentConflict
from batchgate.model import BatchId, Phase, PhaseState, Tally
from tests.engine.calls import answering, on, refusal
from tests.engine.making import T0, admit, apply, batch, desk, item, letters, part, sweep
from tests.engine.planning import SOON_S, kept, now
from tests.engine.replaying import plan, put_back, settle
from tests.gateway import Gateway

DOWN = refusal("InternalFailure", 500)


def accept(name: str, *content: str, **fields: Any) -> bool:
    """Accept a part; whether it was there before."""
    given = part(*[item(one) for one in content], name=name, **fields)
    return engine.accept(given, wiring.batches(), wiring.queue(), wiring.clock).repeated


def accepted(of: BatchId) -> int:
    standing = wiring.lookups().standing(of)
    assert standing is not None
    return standing.accepted


def test_the_same_part_again_is_the_same_batch(gateway: Gateway) -> None:
    """A partner that saw no answer sends the very same again."""
    assert accept("b1", "FPT", "VNM") is False
    assert accept("b1", "FPT", "VNM") is True

    assert accepted(batch()) == 2


def test_the_same_part_with_other_content_is_refused_and_changes_nothing(gateway: Gateway) -> None:
    """Else a batch's counts would belong to two contents."""
    accept("b1", "FPT", "VNM")

    with pytest.raises(ContentConflict, match=r"^0$"):
        accept("b1", "FPT", "ACB")

    gateway.drain()
    standing = wiring.lookups().standing(batch())
    assert standing is not None
    assert standing.accepted == 2
    assert standing.tally == Tally(inserted=2)
    assert accept("b1", "FPT", "VNM") is True


@pytest.mark.parametrize(
    "other", [{"method": "delete"}, {"declared": 5}, {"declared": 3, "name": "2"}]
)
def test_a_part_that_does_not_fit_its_batch_is_refused(
    gateway: Gateway, other: dict[str, Any]
) -> None:
    """Another method, another size, or more rows than the batch has left."""
    first = part(item("FPT"), item("VNM"), declared=3)
    batches = wiring.batches()
    batches.admit(first, wiring.clock())

    with pytest.raises(BatchMismatch):
        batches.admit(replace(first, **{"name": "1"} | other), wiring.clock())

    assert accepted(batch()) == 2


def test_a_batch_is_completed_when_all_its_parts_are_worked(gateway: Gateway) -> None:
    """Not before the rows that it declared are there, however many have ended."""
    first = part(item("FPT"), item("VNM"), declared=3)
    desk().work(wiring.batches().admit(first, wiring.clock()).slices[0])
    assert settle(batch()) is False

    last = replace(first, name="1", items=[item("ACB")])
    desk().work(wiring.batches().admit(last, wiring.clock()).slices[0])

    assert settle(batch()) is True
    assert settle(batch()) is False
    (event,) = gateway.announced()
    assert event == {
        "partner": "acme",
        "feed": "stock",
        "batch": "b1",
        "method": "upload",
        "rows": 3,
        "inserted": 3,
        "updated": 0,
        "unchanged": 0,
        "removed": 0,
        "failed": 0,
    }


def test_of_two_workers_that_see_a_batch_done_one_completes_it(gateway: Gateway) -> None:
    """Both ended their last slices at once; the batch is announced once."""
    apply(item("FPT"), name="b1")
    quicker: list[bool] = []

    def overtake(model: Any, **_: Any) -> None:
        if model.name == "UpdateItem" and not quicker:
            quicker.append(False)
            quicker.append(settle(batch()))

    with on("before-call", overtake):
        assert settle(batch()) is False

    assert quicker == [False, True]
    assert len(gateway.announced()) == 1


def test_when_a_batch_was_completed_is_kept(gateway: Gateway) -> None:
    """Whoever runs the gateway is told how long it took."""
    apply(item("FPT"), name="b1")
    gateway.clock.move(seconds=2.5)

    settle(batch())

    (header,) = [one for one in gateway.rows("BatchesTable") if one["sk"]["S"] == "#"]
    assert header["completed"]["N"] == "1760000002500000"


def test_a_plan_is_told_what_became_of_its_batch(gateway: Gateway) -> None:
    """Its partner asks the plan, and knows nothing of batches."""
    run = "7.execute.1"
    kept(execute=Phase(at_s=SOON_S, state=PhaseState.EXECUTING, run=run))
    apply(item("FPT", fault="no"), item("VNM"), name=run, method="execute")

    assert settle(batch(run)) is True

    assert (now().execute.state, now().execute.failed) == ("failed", [("FPT", "x")])


def test_a_batch_that_nobody_knows_is_not_settled(gateway: Gateway) -> None:
    """Its header may have expired while a message was in the queue."""
    assert settle(batch("never")) is False


def test_a_batch_whose_header_is_gone_is_not_begun_anew(gateway: Gateway) -> None:
    """What is noted of a batch that has expired would be a header that nobody can read."""
    batches, gone = wiring.batches(), batch("gone")

    batches.look_again(gone, 1)
    batches.announced(gone, 0)

    assert batches.begin_clearing(gone, 1) is False
    assert batches.complete(gone, Tally(inserted=1), 1) is False
    assert gateway.rows("BatchesTable") == []


def test_a_batch_that_expires_while_it_is_announced_is_announced(gateway: Gateway) -> None:
    """DynamoDB may delete it between any two calls: the sweep goes on, and nothing is left."""
    apply(item("FPT"), name="b1")
    gateway.clock.move(seconds=120)
    with on("before-call.events.PutEvents", lambda **_: gateway.empty("BatchesTable")):
        assert sweep() == 0

    assert len(gateway.announced()) == 1
    assert gateway.rows("BatchesTable") == []


def test_giving_a_slice_up_ends_its_items_once(gateway: Gateway) -> None:
    """Dead letters may come twice as well, and after the slice was worked."""
    one, two = admit(*[item(f"k{at}") for at in range(10)], shards=2)
    desk().work(one)

    assert engine.give_up(one, wiring.batches()) is None
    assert engine.give_up(two, wiring.batches()) == Tally(failed=two.size)
    assert engine.give_up(two, wiring.batches()) is None
    assert desk().work(two, received=2) is None
    assert settle(batch()) is True


def test_an_expired_batch_is_gone_before_dynamodb_deletes_it(gateway: Gateway) -> None:
    """Deletion by TTL may take days; the sweep does not revive such a batch either."""
    admit(item("FPT"))
    gateway.clock.move(seconds=90 * 86_400)

    assert wiring.lookups().standing(batch()) is None
    assert wiring.lookups().results(batch()) is None
    assert sweep() == 0


def test_an_expired_batch_takes_no_more_before_dynamodb_deletes_it(gateway: Gateway) -> None:
    """What it took would be acknowledged, told to nobody, and never be completed."""
    batches = wiring.batches()
    first = part(item("k1", fault="no"), declared=2)
    (only,) = batches.admit(first, wiring.clock()).slices
    assert desk().work(only) == Tally(failed=1)
    before = batches.admit(first, wiring.clock())
    gateway.clock.move(seconds=90 * 86_400)

    for again in (first, replace(first, name="1"), replace(first, items=[item("k2")])):
        with pytest.raises(BatchMismatch, match=r"^expired$"):
            batches.admit(again, wiring.clock())
    with pytest.raises(BatchMismatch, match=r"^expired$"):
        batches.correct(first, before, Tally(failed=1), wiring.clock())
    gateway.dynamodb.delete_item(
        TableName="BatchesTable", Key={"pk": {"S": "acme#stock#b1"}, "sk": {"S": "#"}}
    )
    with pytest.raises(BatchMismatch, match=r"^expired$"):
        batches.correct(first, before, Tally(failed=1), wiring.clock())


def expiries(gateway: Gateway) -> dict[str, int]:
    """After how many days rows of batches expire, the last of each kind."""
    days: dict[str, int] = {}
    for row in gateway.rows("BatchesTable"):
        kind = row["sk"]["S"].split("/")[0]
        expires = (int(row["expires"]["N"]) - T0 // 1_000_000) // 86_400
        days[kind] = max(expires, days.get(kind, 0))
    return days


def test_a_header_outlives_all_else_of_its_batch(gateway: Gateway) -> None:
    """DynamoDB deletes in any order, days late: what is left must meet no batch of that name."""
    batches = wiring.batches()
    first = part(item("k1"), declared=2)
    works = list(batches.admit(first, wiring.clock()).slices)
    gateway.clock.move(seconds=3 * 86_400)
    works += batches.admit(replace(first, name="1", items=[item("k2")]), wiring.clock()).slices
    gateway.clock.move(seconds=5 * 86_400)
    for work in works:
        assert desk().work(work, received=3) == Tally(inserted=1)
    rows = expiries(gateway)
    assert rows == {"#": 195, "#t": 93, "a": 93, "m": 93, "o": 93, "p": 93}

    gateway.clock.move(seconds=82 * 86_400)
    assert wiring.lookups().standing(batch()) is None
    with pytest.raises(BatchMismatch, match=r"^expired$"):
        batches.admit(replace(first, name="2"), wiring.clock())


def test_a_correction_and_a_replay_expire_before_their_header(gateway: Gateway) -> None:
    """They are of a part that was accepted before, or take it anew."""
    batches = wiring.batches()
    given = part(item("k1", fault="no"))
    (work,) = batches.admit(given, wiring.clock()).slices
    desk().work(work)
    gateway.clock.move(seconds=2 * 86_400)
    before = batches.admit(given, wiring.clock())
    better = replace(given, items=[item("k1")])
    corrected = batches.correct(better, before, Tally(failed=1), wiring.clock())
    assert corrected is not None
    engine.give_up(corrected.slices[0], batches)
    assert expiries(gateway) == {"#": 195, "#t": 92, "m": 92, "o": 92, "p": 92}

    gateway.clock.move(seconds=86_400)
    settle(batch())
    put_back(plan(batch()))

    assert expiries(gateway) == {"#": 195, "#t": 92, "k": 92, "m": 92, "o": 90, "p": 92}


def correct_unsent(gateway: Gateway) -> None:
    """A part that failed is corrected by a call that dies before it sends the correction."""
    gateway.clock.move(seconds=1)
    given = part(item("FPT"))
    receipt = wiring.batches().admit(given, wiring.clock())
    assert wiring.batches().correct(given, receipt, Tally(failed=1), wiring.clock()) is not None


def test_what_is_corrected_before_the_announcement_is_worked_after_it(gateway: Gateway) -> None:
    """Completed in silence, corrected, and the correction never sent: it stays to be looked at."""
    (work,) = admit(item("FPT", fault="no"))
    desk().work(work)
    with answering("PutEvents", *[DOWN] * 3), pytest.raises(Busy):
        settle(batch())
    correct_unsent(gateway)

    sent = []
    for _ in range(3):
        gateway.clock.move(seconds=660)
        sent.append(sweep())
        gateway.drain()

    assert sent == [0, 1, 0]
    assert letters(batch()) == "i"
    assert len(gateway.announced()) == 1
    assert list(wiring.batches().due(wiring.clock() + 10**12)) == []


def test_what_is_corrected_while_the_completion_is_announced_is_worked(gateway: Gateway) -> None:
    """Whoever announces does not know of it, and must not end the looking after."""
    (work,) = admit(item("FPT", fault="no"))
    desk().work(work)
    seen: list[bool] = []

    def correct(model: Any, **_: Any) -> None:
        if model.name == "PutEvents" and not seen:
            seen.append(True)
            correct_unsent(gateway)

    with on("after-call", correct):
        assert settle(batch())
    for _ in range(3):
        gateway.clock.move(seconds=660)
        sweep()
        gateway.drain()

    assert letters(batch()) == "i"
    assert list(wiring.batches().due(wiring.clock() + 10**12)) == []
