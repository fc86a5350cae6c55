"""What a batch does to listings, and when."""

from typing import Any

from tests.supplying import Supplier, detail, text


def test_a_batch_takes_effect_and_is_taken_back_at_its_times(supplier: Supplier) -> None:
    """The whole of its life, step by step."""
    number = supplier.batch(detail(1, 11, 12), detail(2, 21, 22))
    assert supplier.active(1, 2) == [None, None]

    supplier.live(minutes=59, seconds=59)
    assert supplier.active(1, 2) == [None, None]
    assert supplier.states(number) == ("idle", "idle")

    supplier.live(seconds=1)
    assert supplier.active(1, 2) == [11, 21]
    assert supplier.states(number) == ("finished", "idle")

    supplier.live(minutes=59, seconds=59)
    assert supplier.active(1, 2) == [11, 21]
    assert supplier.states(number) == ("finished", "idle")

    supplier.live(seconds=1)
    assert supplier.active(1, 2) == [12, 22]
    assert supplier.states(number) == ("finished", "finished")

    supplier.live(days=1)
    assert supplier.active(1, 2) == [12, 22]
    assert supplier.gateway.schedules.standing() == []


def test_what_became_of_it_is_told(supplier: Supplier) -> None:
    """By whom, and of how many listings, in the contract's order of fields."""
    number = supplier.batch(detail(1), detail(2))
    supplier.live(hours=1)

    told = supplier.told(number)
    assert list(told) == [
        *("id", "supplierId", "proposalType", "batchSource", "details"),
        *("executeTs", "executeStatus", "executor", "executeDetail", "revertTs", "revertStatus"),
        *("creator", "createdTs", "modifier", "modifiedTs"),
    ]
    assert (told["executor"], told["executeDetail"]) == ("Scheduler", "2 of 2 listings changed")

    supplier.live(hours=1)

    told = supplier.told(number)
    assert list(told)[9:13] == ["revertTs", "revertStatus", "reverter", "revertDetail"]
    assert (told["reverter"], told["revertDetail"]) == ("Scheduler", "2 of 2 listings changed")


def test_a_listing_remembers_which_batch_set_it(supplier: Supplier) -> None:
    """That is how a later batch's change is told apart."""
    first, second = supplier.batch(detail(1, 11, 12)), supplier.batch(detail(2, 21, 22))

    supplier.live(hours=1)

    assert supplier.records() == {
        1: {"proposal": 11, "batch": first},
        2: {"proposal": 21, "batch": second},
    }


def test_a_batch_without_details_has_nothing_to_do(supplier: Supplier) -> None:
    """It goes its way all the same."""
    number = supplier.batch()

    supplier.live(hours=1)
    told = supplier.told(number)
    assert (told["executeStatus"], told["executeDetail"]) == ("finished", "no listings to change")

    supplier.live(hours=1)
    told = supplier.told(number)
    assert (told["revertStatus"], told["revertDetail"]) == ("finished", "no listings to change")
    assert supplier.records() == {}


def test_a_canceled_batch_tells_nothing_of_an_execution(supplier: Supplier) -> None:
    """No listing was looked at."""
    number = supplier.batch(detail(1))
    told = supplier.change(number, executeStatus="canceled").body

    assert not {"executeDetail", "revertDetail"} & told.keys()


def test_suppliers_have_listings_of_their_own(supplier: Supplier, neighbour: Supplier) -> None:
    """The same number is another listing."""
    mine = supplier.batch(detail(1, 11, 12))
    theirs = neighbour.batch(detail(1, 21, 22))

    supplier.live(hours=1)
    assert (supplier.active(1), neighbour.active(1)) == (11, 21)

    supplier.live(hours=1)
    assert (supplier.active(1), neighbour.active(1)) == (12, 22)
    assert supplier.states(mine) == neighbour.states(theirs) == ("finished", "finished")


def test_the_revert_of_a_newer_batch_is_left_alone(supplier: Supplier) -> None:
    """A revert never undoes somebody else's newer change: it says so instead."""
    older = supplier.batch(detail(1, 11, 12), detail(2, 21, 22), revertTs=supplier.now(hours=4))
    newer = supplier.batch(
        detail(1, 31, 32), executeTs=supplier.now(hours=2), revertTs=supplier.now(hours=5)
    )
    supplier.live(hours=1)
    assert supplier.active(1, 2) == [11, 21]
    supplier.live(hours=1)
    assert supplier.active(1, 2) == [31, 21]

    supplier.live(hours=2)

    assert supplier.active(1, 2) == [31, 22]
    told = supplier.told(older)
    assert (told["revertStatus"], told["revertDetail"]) == (
        "failed",
        "1 of 2 listings changed; not changed: 1 (changed by another batch since)",
    )
    assert told["executeStatus"] == "finished"
    supplier.live(hours=1)
    assert supplier.active(1, 2) == [32, 22]
    assert supplier.states(newer) == ("finished", "finished")


def test_a_batch_inside_another_ends_what_both_changed(supplier: Supplier) -> None:
    """The inner one's revert is somebody's newer change, too."""
    outer = supplier.batch(detail(1, 11, 12), revertTs=supplier.now(hours=4))
    inner = supplier.batch(
        detail(1, 21, 22), executeTs=supplier.now(hours=2), revertTs=supplier.now(hours=3)
    )

    supplier.live(hours=1)
    supplier.live(hours=1)
    supplier.live(hours=1)
    assert supplier.active(1) == 22
    supplier.live(hours=1)

    assert supplier.active(1) == 22
    assert supplier.states(inner) == ("finished", "finished")
    told = supplier.told(outer)
    assert (told["revertStatus"], told["revertDetail"]) == (
        "failed",
        "0 of 1 listings changed; not changed: 1 (changed by another batch since)",
    )


def test_a_newer_batch_with_the_same_proposal_counts_as_a_change(supplier: Supplier) -> None:
    """It was set anew, by somebody who wants it to stay."""
    older = supplier.batch(detail(1, 11, 12), revertTs=supplier.now(hours=3))
    supplier.batch(
        detail(1, 11, 99), executeTs=supplier.now(hours=2), revertTs=supplier.now(days=1)
    )

    supplier.live(hours=1)
    supplier.live(hours=1)
    supplier.live(hours=1)

    assert supplier.active(1) == 11
    assert supplier.states(older) == ("finished", "failed")


def test_two_batches_at_the_same_moment_end_in_one_of_them(supplier: Supplier) -> None:
    """Never a mixture: each is whole, one after the other, and only that one is taken back."""
    numbers = [supplier.batch(detail(1, at, at + 1), detail(2, at, at + 1)) for at in (10, 20)]

    supplier.live(hours=1)
    active: Any = supplier.active(1, 2)
    assert active in ([10, 10], [20, 20])

    supplier.live(hours=1)
    assert supplier.active(1, 2) == [active[0] + 1] * 2
    assert sorted(supplier.states(one)[1] for one in numbers) == ["failed", "finished"]


def test_moved_times_are_the_ones_that_count(supplier: Supplier) -> None:
    """To later, to earlier, and the revert by itself."""
    later, earlier = supplier.batch(detail(1, 11, 12)), supplier.batch(detail(2, 21, 22))
    supplier.change(later, executeTs=supplier.now(minutes=90))
    supplier.change(earlier, executeTs=supplier.now(minutes=30))

    supplier.live(minutes=30)
    assert supplier.active(1, 2) == [None, 21]
    supplier.live(minutes=30)
    assert supplier.active(1, 2) == [None, 21]
    supplier.live(minutes=30)
    assert supplier.active(1, 2) == [11, 21]

    supplier.change(earlier, revertTs=supplier.now(minutes=10))
    supplier.change(later, revertTs=supplier.now(hours=2))
    supplier.live(minutes=10)
    assert supplier.active(1, 2) == [11, 22]
    supplier.live(minutes=109)
    assert supplier.active(1, 2) == [11, 22]
    supplier.live(minutes=1)
    assert supplier.active(1, 2) == [12, 22]


def test_a_batch_is_kept_for_ninety_days_after_its_revert(supplier: Supplier) -> None:
    """And its listings stay as they are for ever."""
    number = supplier.batch(detail(1, 11, 12))
    supplier.live(hours=1)
    supplier.live(hours=1)
    end = supplier.now(days=90)

    supplier.gateway.clock.move(seconds=90 * 24 * 3_600 - 60)
    assert supplier.signed_in().get(number).status == 200

    supplier.gateway.clock.move(seconds=120)
    assert text(supplier.gateway.clock.now_us) > end
    again = supplier.signed_in()
    assert again.get(number).status == 404
    assert again.list().body == {"pagination": {"resultsTotal": 0}, "proposals": []}
    assert supplier.active(1) == 12
