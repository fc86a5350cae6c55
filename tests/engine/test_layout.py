"""Where rows lie: whose they are can be told from their keys alone."""

from hypothesis import given
from hypothesis import strategies as st

from batchgate import queue
from batchgate.model import BatchId, shard
from batchgate.store import layout
from tests.engine.making import T0, item, part, work

name = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(name)
def test_a_partition_names_one_batch_whatever_partners_call_theirs(given_name: str) -> None:
    """Partner and feed hold no `#`; a batch may hold anything."""
    batch = BatchId("acme", "odm/inventory", given_name)

    assert layout.batch_of(layout.partition(batch)) == batch
    assert layout.partition(batch).split("#")[0] == "acme"


@given(name, name)
def test_rows_of_two_parts_never_meet(one: str, two: str) -> None:
    """A part's name is the partner's choice: `1`, `1/0`, `%2F` must not run into each other."""
    if one == two:
        return
    assert layout.meta_key(one) != layout.meta_key(two)
    assert layout.outcome_key(work(part=one)) != layout.outcome_key(work(part=two))
    assert not layout.data_key(one, "d", 0).startswith(layout.data_key(two, "d", 0)[:-3])


def test_rows_of_a_batch_sort_counters_first_and_chunks_in_order() -> None:
    """Status reads header and tallies with one query; a part's bytes come as they were cut."""
    keys = [
        layout.HEADER,
        layout.tally_key(0),
        layout.tally_key(1),
        layout.tries_key(work()),
        layout.meta_key("0"),
        layout.outcome_key(work()),
        layout.data_key("0", "d", 9),
        layout.data_key("0", "d", 10),
        layout.data_key("0", "d", 100),
    ]

    assert keys == sorted(keys)


def test_a_parts_row_is_enough_to_queue_its_slices_again() -> None:
    """The sweep has nothing else: which shards, how many items, since when."""
    given_part = part(*[item(f"k{at}") for at in range(5)], item(""), shards=4)

    slices = layout.slices_of(layout.meta_row(given_part, "d", 2, T0), again=3)

    assert sum(one.size for one in slices) == 6
    assert {one.shard for one in slices} == {shard(one.key, 4) for one in given_part.items}
    assert {(one.digest, one.chunks, one.accepted_us, one.again) for one in slices} == {
        ("d", 2, T0, 3)
    }


def test_shards_of_keys_stay_where_they_are_for_ever() -> None:
    """Records lie by them: another hash would lose every record."""
    keys = ["FPT", "VNM", "1401", "USERFULLFLOW", "中文", ""]

    assert [shard(key, 2) for key in keys] == [0, 1, 1, 0, 1, 1]


def test_counted_keys_spread_evenly_over_shards() -> None:
    """As partners count them: `USER0001` and on."""
    of = [shard(f"USER{at:04}", 8) for at in range(4_000)]

    assert all(400 <= of.count(one) <= 600 for one in range(8))


@given(name, name, st.integers(0, 2**60))
def test_a_message_is_read_as_it_was_written(batch: str, part_name: str, at: int) -> None:
    """Names in any script, and times to the microsecond."""
    sent = work(batch=BatchId("acme", "card", batch), part=part_name, accepted_us=at, again=2)

    assert queue.read(queue.write(sent)) == sent
