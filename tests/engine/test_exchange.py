"""Parts whose callers wait for the outcomes: how long, in which order, and what counts as one."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from batchgate import engine, wiring
from batchgate.engine import Verdict
from batchgate.errors import ContentConflict
from batchgate.model import Item, Tally
from tests.engine.calls import on, seen
from tests.engine.making import INSERT, UPDATE, admit, apply, desk, item, part, stored
from tests.engine.telling import told
from tests.gateway import Gateway
from tests.pushing import at_work
from tests.retailing import Hourglass


class Noting(Hourglass):
    """A clock that only waiting moves, and that notes how long each pause is."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 100.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Wait, which takes no time."""
        super().sleep(seconds)
        self.pauses.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Noting:
    """By what calls wait."""
    made = Noting()
    # By its module's name: the package has a function of that name.
    monkeypatch.setattr(sys.modules["batchgate.engine.exchange"], "time", made)
    return made


def call(*items: Item, revisions: int = 3, **fields: Any) -> Verdict:
    """Send a part and wait for its outcomes."""
    return engine.exchange(
        part(*items, **fields),
        wiring.batches(),
        wiring.queue(),
        wiring.clock,
        revisions=revisions,
    )


def letters(verdict: Verdict) -> str:
    """How the items of a part ended, a letter each."""
    assert verdict.outcomes is not None
    return "".join(one.fate for one in verdict.outcomes)


def state(verdict: Verdict) -> tuple[int, bool, bool]:
    """Which content this is about, whether it was there before, and whether it is the call's."""
    return verdict.revision, verdict.earlier, verdict.same


@pytest.mark.usefixtures("clock")
def test_outcomes_are_told_in_the_order_of_the_items(gateway: Gateway) -> None:
    """Whichever shards they were worked in."""
    items = [item(f"k{at}", operation=UPDATE if at % 3 == 0 else INSERT) for at in range(12)]
    with at_work(gateway, "worker"):
        verdict = call(*items, shards=2)

    assert letters(verdict) == "miimiimiimii"
    assert (state(verdict), verdict.succeeded) == ((1, False, True), False)


def test_a_call_that_nobody_works_for_loses_its_patience(gateway: Gateway, clock: Noting) -> None:
    """Its caller hears that it is not finished before API Gateway says nothing at all."""
    verdict = call(item("FPT"))

    assert (verdict.outcomes, verdict.succeeded) == (None, False)
    assert state(verdict) == (1, False, True)
    assert clock.pauses[:4] == pytest.approx([0.02, 0.032, 0.0512, 0.08192])
    assert (clock.pauses[-1], len(clock.pauses)) == (1.0, 26)
    assert 19 < sum(clock.pauses) < 20


def test_what_ended_well_is_told_again_without_waiting(
    gateway: Gateway, clock: Noting, capsys: pytest.CaptureFixture[str]
) -> None:
    """And is neither sent nor counted again."""
    told(capsys)
    with at_work(gateway, "worker"):
        first = call(item("FPT"))
    waited = list(clock.pauses)
    assert sum(told(capsys)["ItemsAccepted"]) == 1.0

    with seen() as calls:
        again = call(item("FPT"))

    assert (state(first), letters(first), first.succeeded) == ((1, False, True), "i", True)
    assert (state(again), letters(again), again.succeeded) == ((1, True, True), "i", True)
    assert clock.pauses == waited
    assert "SendMessageBatch" not in calls.names
    assert told(capsys) == {}


@pytest.mark.usefixtures("clock")
def test_other_content_is_refused_where_none_may_be_corrected(gateway: Gateway) -> None:
    """Whatever became of the first."""
    call(item("FPT", fault="no"), revisions=1)

    with pytest.raises(ContentConflict, match=r"^0$"):
        call(item("FPT"), revisions=1)


@pytest.mark.usefixtures("clock")
def test_other_content_is_told_what_ended_well_before_it(gateway: Gateway) -> None:
    """It is not applied: its sender learns that the part is consumed."""
    with at_work(gateway, "worker"):
        call(item("FPT"), item("VNM"), shards=2)
        verdict = call(item("FPT", "2"), shards=2)

    assert (state(verdict), letters(verdict)) == ((1, True, False), "ii")


@pytest.mark.usefixtures("clock")
def test_what_failed_is_taken_anew_so_often_and_not_more(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """With other content or the same; the last attempt's outcomes are told for ever."""
    with at_work(gateway, "worker"):
        first = call(item("FPT", fault="no"))
        told(capsys)
        second = call(item("FPT", fault="no"))
        accepted = told(capsys)["ItemsAccepted"]
        third = call(item("FPT", "2", UPDATE))
        fourth = call(item("FPT"))

    assert [state(one) for one in (first, second, third, fourth)] == [
        (1, False, True),
        (2, False, True),
        (3, False, True),
        (3, True, False),
    ]
    assert accepted == [1.0]
    assert "".join(map(letters, (first, second, third, fourth))) == "xxmm"


@pytest.mark.usefixtures("clock")
def test_two_calls_at_once_with_the_same_content_are_one_attempt(gateway: Gateway) -> None:
    """The second waits for what the first has sent, and is told of that, though it failed."""
    admit(item("FPT", fault="no"), declared=1)
    with at_work(gateway, "worker"):
        verdict = call(item("FPT", fault="no"))

    assert (state(verdict), letters(verdict)) == ((1, True, True), "x")


@pytest.mark.usefixtures("clock")
def test_other_content_meanwhile_is_taken_once_the_first_has_failed(gateway: Gateway) -> None:
    """It waits for the outcomes of what was sent before."""
    admit(item("FPT", fault="no"), declared=1)
    with at_work(gateway, "worker"):
        verdict = call(item("FPT", "2"))

    assert (state(verdict), letters(verdict)) == ((2, False, True), "i")


@contextmanager
def overtaken_correcting(others: Callable[[], object]) -> Iterator[None]:
    """Let others run to their end when a call has been told to correct, and has not yet."""
    written = count(1)

    def pause(model: Any, **_: Any) -> None:
        if model.name == "TransactWriteItems" and next(written) == 2:
            others()

    with on("before-call", pause):
        yield


@pytest.mark.usefixtures("clock")
def test_a_correction_overtaken_by_another_is_about_that_one(gateway: Gateway) -> None:
    """Nothing is applied twice: both are told what the quicker one's content came to."""
    quicker: list[Verdict] = []
    with at_work(gateway, "worker"):
        call(item("FPT", fault="no"))
        with overtaken_correcting(lambda: quicker.append(call(item("FPT", "2")))):
            verdict = call(item("FPT", "3"))

    assert [(state(one), letters(one)) for one in (*quicker, verdict)] == [
        ((2, False, True), "i"),
        ((2, True, False), "i"),
    ]


def test_a_correction_overtaken_by_another_waits_no_longer_for_that(
    gateway: Gateway, clock: Noting
) -> None:
    """Its caller's patience began with its call, and the other's work may never come."""
    with at_work(gateway, "worker"):
        call(item("FPT", fault="no"))
    clock.pauses.clear()

    def others() -> None:
        clock.sleep(5.0)
        given, batches = part(item("FPT", "2")), wiring.batches()
        receipt = batches.admit(given, wiring.clock())
        assert batches.correct(given, receipt, Tally(failed=1), wiring.clock()) is not None

    with overtaken_correcting(others):
        verdict = call(item("FPT", "3"))

    assert (verdict.outcomes, state(verdict)) == (None, (2, True, False))
    assert 19 < sum(clock.pauses) < 20


@pytest.mark.usefixtures("clock")
def test_what_is_unchanged_under_an_open_replacement_is_written_anew(gateway: Gateway) -> None:
    """The replacement would remove it in the end: it was there before that began."""
    apply(item("FPT"), name="b0")
    gateway.clock.move(seconds=1)
    work = admit(item("VNM"), name="b1", declared=2, replaces=True)
    assert desk().work(work[0]) == Tally(inserted=1)
    gateway.clock.move(seconds=1)

    with at_work(gateway, "worker"):
        verdict = call(item("FPT"), name="b2")

    assert letters(verdict) == "s"
    (like,) = admit(item("any"), name="b3")
    assert stored(["FPT"], like)["FPT"].accepted_us == 1_760_000_002_000_000
