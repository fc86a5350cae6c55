"""The ledger of truth notices whatever goes wrong: a proof that can't fail proves nothing."""

from typing import Any

import pytest

from proof.account import Account, compare
from proof.book import Book

BROKER = ("acme", "portfolio")


def content(quantity: int) -> str:
    """A portfolio with so many of one symbol."""
    return f'[["FPT","{quantity}","95.5","0"]]'


def record(user: str, quantity: int, number: int = 0) -> tuple[str, str, str, str, int]:
    """A portfolio that is there."""
    return (*BROKER, user, content(quantity), number)


def batch(
    accepted: int = 2, pending: int = 0, corrections: int = 0, **tally: int
) -> dict[str, Any]:
    """A batch that is done, but for what is pending."""
    counts = dict.fromkeys(("inserted", "updated", "unchanged", "removed", "failed"), 0) | tally
    return {
        "partner": "acme",
        "feed": "portfolio",
        "batch": "b1",
        "announced": True,
        "accepted": accepted,
        "pending": pending,
        "completed": True,
        "corrections": corrections,
        "tally": counts,
        "outcomes": counts,
    }


def event(of: dict[str, Any]) -> dict[str, Any]:
    """What is announced of a batch when it is done."""
    named = {name: of[name] for name in ("partner", "feed", "batch")}
    return {**named, "rows": of["accepted"], "method": "SYNC", **of["tally"]}


def held(
    records: list[Any],
    batches: list[Any],
    failed: list[Any] | None = None,
    heard: list[Any] | None = None,
) -> dict[str, int | list[str]]:
    """What the account says of a book of two rows, both acknowledged, but for what is 0."""
    book = Book()
    book.attempt(*BROKER, {"1401": 1, "1402": 1})
    book.acknowledge(*BROKER, {"1401": 1, "1402": 1})
    return told(
        compare(
            book,
            {
                "records": records,
                "batches": batches,
                "failed": failed or [],
                "plans": [],
                "heard": [event(one) for one in batches] if heard is None else heard,
            },
        )
    )


def told(account: Account) -> dict[str, Any]:
    """An account's counts that are not 0, without what was sent."""
    counts = {name: getattr(account, name) for name in COUNTS}
    return {name: count for name, count in counts.items() if count} | (
        {} if account.valid else {"valid": False}
    )


COUNTS = (
    *("failed", "recovered", "lost", "disordered", "unexpected", "doubled", "uncounted"),
    *("misjudged", "unbalanced", "unheard", "open"),
)
WHOLE = [record("1401", 1), record("1402", 1)]
DONE = batch(inserted=2)


def test_what_was_acknowledged_and_is_there_is_well() -> None:
    """The one outcome that the proof is after."""
    assert held(WHOLE, [DONE]) == {}


@pytest.mark.parametrize(
    ("records", "batches", "seen"),
    [
        (WHOLE[:1], [batch(inserted=2)], {"lost": 1, "doubled": 1}),
        (WHOLE[:1], [batch(inserted=1, failed=1)], {"lost": 1}),
        ([*WHOLE, record("1403", 1)], [DONE], {"unexpected": 1, "uncounted": 1}),
        ([WHOLE[0], record("1402", 7)], [DONE], {"unexpected": 1}),
        (WHOLE, [DONE, batch(accepted=1, unchanged=1)], {"doubled": 1}),
        (WHOLE, [batch(inserted=2, updated=1, accepted=3)], {"doubled": 1}),
        (WHOLE, [batch(inserted=1)], {"unbalanced": 1, "uncounted": 1}),
        (WHOLE, [DONE | {"outcomes": batch(inserted=1, updated=1)["tally"]}], {"unbalanced": 1}),
        (WHOLE, [batch(inserted=1, unchanged=1)], {"uncounted": 1}),
        (WHOLE, [batch(accepted=1, inserted=1)], {"uncounted": 1}),
        (WHOLE, [], {"uncounted": 2}),
        (WHOLE, [batch(inserted=1, pending=1)], {"open": 1, "uncounted": 1}),
        ([record("1401", 1, 5), record("1402", 1, 5)], [DONE], {"doubled": 1}),
    ],
)
def test_what_goes_wrong_is_told(
    records: list[Any], batches: list[Any], seen: dict[str, int]
) -> None:
    """Lost, invented, counted twice or not at all, miscounted, left behind, or two under one
    number."""
    assert held(records, batches) == seen | {"valid": False}


def test_a_row_that_is_told_as_failed_is_not_lost() -> None:
    """What could not be worked may be missing, where its partner is told so."""
    failed = [(*BROKER, "1402", content(1), "g")]
    assert held(WHOLE[:1], [batch(inserted=1, failed=1)], failed) == {"failed": 1}


@pytest.mark.parametrize("fate", "xemdob")
def test_what_is_right_may_only_fail_as_it_could_not_be_worked(fate: str) -> None:
    """A gateway that calls all that it is sent wrong has lost it as well."""
    failed = [(*BROKER, "1402", content(1), fate)]
    seen = held(WHOLE[:1], [batch(inserted=1, failed=1)], failed)
    assert seen == {"failed": 1, "misjudged": 1, "valid": False}


def test_what_was_given_up_may_be_there_and_what_updates_it_may_miss_it() -> None:
    """Its records were written, or not, before its slice was given up; a correction finds them."""
    given_up, missing = ((*BROKER, "1402", content(1), fate) for fate in "gm")
    assert held(WHOLE, [batch(inserted=1, failed=1)], [given_up]) == {"failed": 1}
    assert held(WHOLE[:1], [batch(inserted=1, failed=1)], [given_up, missing]) == {"failed": 1}
    assert held(WHOLE, [batch(inserted=1, unchanged=1, corrections=1)]) == {}


@pytest.mark.parametrize(
    ("heard", "unheard"),
    [
        ([event(batch(inserted=1)), event(DONE), event(DONE)], 0),
        ([], 1),
        ([event(batch(inserted=1, failed=1))], 1),
        ([event(DONE | {"accepted": 1})], 1),
        ([event(DONE | {"batch": "b2"})], 1),
        ([event(DONE | {"partner": "other"})], 1),
    ],
    ids=["more than once", "none", "other counts", "fewer rows", "another batch's", "another's"],
)
def test_a_batch_that_is_announced_is_heard_of(heard: list[Any], unheard: int) -> None:
    """Once at least, with what it counts in the end."""
    seen = {"unheard": 1, "valid": False} if unheard else {}
    assert held(WHOLE, [DONE], heard=heard) == seen


def test_a_batch_that_its_partner_never_finished_is_not_announced() -> None:
    """So nothing of it is missed."""
    assert held(WHOLE, [DONE | {"announced": False}], heard=[]) == {}


def versions(*acknowledged: int, there: int) -> dict[str, Any]:
    """What the account says of one user's portfolio, sent three times."""
    book = Book()
    for quantity in (1, 2, 3):
        book.attempt(*BROKER, {"1401": quantity})
        if quantity in acknowledged:
            book.acknowledge(*BROKER, {"1401": quantity})
    tally = batch(accepted=3, inserted=1, updated=2)
    there_is = {"records": [record("1401", there)], "batches": [tally], "failed": [], "plans": []}
    return told(compare(book, {**there_is, "heard": [event(tally)]}))


def test_the_last_that_was_acknowledged_must_be_there_or_what_came_after_it() -> None:
    """Sent one after the other: an older one in its place has overtaken it."""
    assert versions(1, 2, 3, there=3) == {}
    assert versions(1, 2, 3, there=2) == {"lost": 1, "disordered": 1, "valid": False}


def test_what_was_never_answered_may_take_effect_or_not_and_whenever() -> None:
    """Its sender can't tell: it stays beside all that comes later."""
    assert versions(1, 2, there=2) == {}
    assert versions(1, 2, there=3) == {"recovered": 1}
    assert versions(1, 3, there=2) == {"recovered": 1}
