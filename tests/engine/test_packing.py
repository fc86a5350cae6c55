"""Parts, outcomes and records survive being packed, whatever is in them."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchgate.errors import DataLost
from batchgate.model import Fate, Item, Operation, Outcome, Record
from batchgate.store.packing import (
    pack_outcomes,
    pack_part,
    pack_record,
    unpack_outcomes,
    unpack_part,
    unpack_record,
)
from tests.engine.making import batch, item, part, record

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
whole = st.integers(0, 2**63 - 1)
items = st.builds(
    Item,
    key=text,
    operation=st.sampled_from(Operation),
    content=st.binary(max_size=60).map(lambda data: data.replace(b"\n", b"")),
    fault=text,
)


@settings(deadline=None)
@given(st.lists(items, max_size=20), st.integers(1, 64), st.booleans())
def test_a_part_comes_back_as_it_was(given: list[Item], shards: int, numbered: bool) -> None:
    """Keys in any script, empty contents, faults: a worker sees what was received."""
    _, chunks = pack_part(part(*given, shards=shards, numbered=numbered))

    back = unpack_part(chunks)

    assert list(back.items) == given
    assert back.shards == shards
    assert back.numbered is numbered


@settings(deadline=None)
@given(st.lists(st.builds(Outcome, st.sampled_from(Fate), whole), max_size=30))
def test_outcomes_come_back_as_they_were(given: list[Outcome]) -> None:
    """Numbers are kept as differences, which may be large and negative."""
    assert list(unpack_outcomes(pack_outcomes(given))) == given


@settings(deadline=None)
@given(
    st.builds(
        Record,
        key=text,
        content=st.just(b""),
        digest=st.binary(min_size=16, max_size=16),
        number=whole,
        written_by=st.binary(min_size=8, max_size=8),
        how=st.text("iusrxemb", max_size=9),
        accepted_us=whole,
        removed=st.booleans(),
    )
)
def test_a_record_comes_back_as_it_was(given: Record) -> None:
    """All but its key and content is one attribute."""
    assert unpack_record(given.key, pack_record(given)) == given


def test_a_parts_digest_tells_every_difference() -> None:
    """It decides whether a part sent again is the same one."""
    base = part(item("FPT", "1"), item("VNM", "2"))
    others = [
        part(item("VNM", "2"), item("FPT", "1")),
        part(item("FPT", "1"), item("VNM", "3")),
        part(item("FPT", "1"), item("VNM2", "2")),
        part(item("FPT", "1"), item("VNM", "2", Operation.INSERT)),
        part(item("FPT", "1"), item("VNM", "2", fault="no")),
        part(item("FPT", "1")),
    ]

    digests = {pack_part(one)[0] for one in [base, *others]}

    assert len(digests) == 7
    assert pack_part(part(item("FPT", "1"), item("VNM", "2"), name="b2"))[0] == pack_part(base)[0]


def test_a_large_part_is_cut_into_rows_that_dynamodb_holds() -> None:
    """DynamoDB takes 400 KB a row; 900 KB that nothing can compress need three."""
    noise = random.Random(1).randbytes(900_000).replace(b"\n", b"")

    _, chunks = pack_part(part(Item("FPT", Operation.UPSERT, noise)))

    assert [len(chunk) for chunk in chunks[:2]] == [350_000, 350_000]
    assert len(chunks) == 3
    assert unpack_part(chunks).items[0].content == noise


@pytest.mark.parametrize("spoil", ["cut", "swapped", "foreign"])
def test_bytes_that_are_no_part_are_told_so(spoil: str) -> None:
    """Lost data rings; it never turns into other items."""
    noise = random.Random(1).randbytes(400_000).replace(b"\n", b"")
    _, (first, second) = pack_part(part(Item("FPT", Operation.UPSERT, noise)))
    chunks = {"cut": [first], "swapped": [second, first], "foreign": [b"hello"]}[spoil]

    with pytest.raises(DataLost, match="a part's bytes can't be read"):
        unpack_part(chunks)


def test_packed_outcomes_stay_small() -> None:
    """A slice of 250 unchanged items costs one write unit, not 250."""
    unchanged = [Outcome(Fate.UNCHANGED)] * 250

    assert len(pack_outcomes(unchanged)) < 100
    assert unpack_outcomes(pack_outcomes(unchanged)) == unchanged


def test_a_record_knows_nothing_of_its_batch_name_beyond_eight_bytes() -> None:
    """The fixed part of a record is 41 bytes, however long its batch's name is."""
    assert len(pack_record(record("FPT", how="", written_by=b"12345678"))) == 41
    assert batch().batch.encode() not in pack_record(record("FPT", written_by=b"12345678"))
