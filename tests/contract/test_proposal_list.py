"""Listing batches: every filter, every order, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.gateway import Gateway
from tests.supplying import LEFT_OUT, LIST, Supplier, detail, newly_set_up


@dataclass(frozen=True, slots=True)
class Shelf:
    """A supplier's batches, and what they are called in these tests: `a` to `f`."""

    supplier: Supplier
    numbers: Mapping[str, int]

    def names(self, **query: str) -> str:
        """The names of the batches that a list has, in its order."""
        answer = self.supplier.list(**query)
        assert answer.status == 200, answer.text
        called = {number: name for name, number in self.numbers.items()}
        found = "".join(called[one["id"]] for one in answer.body["proposals"])
        assert answer.body["pagination"] == {"resultsTotal": len(found)}, answer.text
        return found

    def ids(self, names: str) -> str:
        """Numbers as `id` takes them."""
        return ",".join(str(self.numbers[name]) for name in names)


@pytest.fixture(scope="module")
def shelf(standing: Gateway) -> Shelf:
    """Six batches in all kinds of states; the clock then stands still.

    | | source | listings | executeTs | revertTs | execute | revert | modified |
    | a | excel | 1, 2 | 1 h | 9 h | finished | idle | 3rd |
    | b | page | 2 | 2 h | 8 h | finished | canceled | 6th |
    | c | api | | 1 h | 2 h | finished | finished | never, made 3rd |
    | d | api | 3 | 30 h | 31 h | canceled | canceled | 5th |
    | e | excel | 1 | 30 h | 40 h | idle | idle | 4th |
    | f | page | | now | 40 h | finished | idle | never, made last |
    """
    supplier = newly_set_up(standing)
    start = supplier.now()
    made: dict[str, int] = {}

    def make(name: str, source: str, execute: float, revert: float, *details: Any) -> None:
        standing.clock.move(seconds=1)
        made[name] = supplier.batch(
            batchSource=source, executeTs=at(start, execute), revertTs=at(start, revert)
        )
        if details:
            standing.clock.move(seconds=100)
            assert supplier.change(made[name], details=list(details)).status == 200

    make("a", "excel", 1, 9, detail(1), detail(2))
    make("b", "page", 2, 8, detail(2))
    make("c", "api", 1, 2)
    make("d", "api", 30, 31, detail(3))
    make("e", "excel", 30, 40, detail(1))
    standing.clock.move(seconds=10)
    assert supplier.change(made["d"], executeStatus="canceled").status == 200
    supplier.live(hours=3)
    assert supplier.change(made["b"], revertStatus="canceled").status == 200
    standing.clock.move(seconds=1)
    made["f"] = supplier.batch(
        batchSource="page", instantExecute=True, executeTs=LEFT_OUT, revertTs=at(start, 40)
    )
    return Shelf(supplier, made)


def at(start: str, hours: float) -> str:
    """A time so many hours after the start, as an offset from it."""
    day, hour = divmod(int(start[11:13]) + int(hours), 24)
    return f"{start[:8]}{int(start[8:10]) + day:02}T{hour:02}{start[13:]}"


def test_all_batches_are_listed_newest_first(shelf: Shelf) -> None:
    """Each as it is looked up alone."""
    assert shelf.names() == "fedcba"
    listed = shelf.supplier.list().body["proposals"]
    assert listed == [shelf.supplier.get(one["id"]).body for one in listed]


def test_the_answer_has_the_contracts_shape(shelf: Shelf) -> None:
    """To the order of its names."""
    answer = shelf.supplier.list(limit="1")

    assert list(answer.body) == ["pagination", "proposals"]
    assert list(answer.body["pagination"].items()) == [("nextOffset", 1), ("resultsTotal", 6)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"executeStatus": "idle"}, "e"),
        ({"executeStatus": "finished"}, "fcba"),
        ({"executeStatus": "canceled"}, "d"),
        ({"executeStatus": "failed"}, ""),
        ({"executeStatus": "idle,canceled"}, "ed"),
        ({"executeStatus": "idle,idle,failed"}, "e"),
        ({"revertStatus": "idle"}, "fea"),
        ({"revertStatus": "canceled,finished"}, "dcb"),
        ({"batchSource": "excel"}, "ea"),
        ({"batchSource": "page,api"}, "fdcb"),
        ({"listingId": "1"}, "ea"),
        ({"listingId": "2"}, "ba"),
        ({"listingId": "2,3"}, "dba"),
        ({"listingId": "4"}, ""),
        ({"executeStatus": "finished", "revertStatus": "idle"}, "fa"),
        ({"batchSource": "api", "executeStatus": "finished", "listingId": "1"}, ""),
    ],
)
def test_a_filter_leaves_what_it_names(shelf: Shelf, query: dict[str, str], names: str) -> None:
    """Any of the values of one filter, and all of the filters."""
    assert shelf.names(**query) == names


@pytest.mark.parametrize("names", ["a", "fd", "fedcba"])
def test_batches_are_found_by_their_numbers(shelf: Shelf, names: str) -> None:
    """Those that are not there are not told of."""
    assert shelf.names(id=shelf.ids(names)) == names
    assert shelf.names(id=shelf.ids(names[::-1]) + ",999999") == names
    assert shelf.names(id=shelf.ids(names), revertStatus="idle,canceled", sort="id") == "".join(
        sorted(set(names) - {"c"})
    )


def test_an_interval_has_both_its_ends(shelf: Shelf) -> None:
    """To the second."""
    told = {name: shelf.supplier.told(number) for name, number in shelf.numbers.items()}
    early, late = told["a"]["executeTs"], told["b"]["executeTs"]

    assert shelf.names(executeTs=f"{early}/{late}") == "cba"
    assert shelf.names(executeTs=f"{early}/{early}") == "ca"
    assert shelf.names(executeTs=f"{late}/{late}") == "b"
    second_later = f"{early[:18]}{int(early[18]) + 1}Z"
    assert shelf.names(executeTs=f"{second_later}/{late}") == "b"
    late = told["e"]["revertTs"]
    assert shelf.names(revertTs=f"{told['a']['revertTs']}/{late}") == "feda"
    assert shelf.names(revertTs=f"{late}/{late}", executeTs=f"{early}/{late}") == "fe"


def test_an_interval_may_be_in_any_zone(shelf: Shelf) -> None:
    """Also where a client forgot to encode the plus of a zone."""
    early = shelf.supplier.told(shelf.numbers["a"])["executeTs"].removesuffix("Z")

    for zone in ("+00:00", " 00:00", "-00:00", "+00"):
        assert shelf.names(executeTs=f"{early}{zone}/{early}{zone}") == "ca", zone


@pytest.mark.parametrize(
    ("field", "ascending"),
    [
        ("id", "abcdef"),
        ("executeTs", "acbfde"),
        ("revertTs", "cbadef"),
        ("createdTs", "abcdef"),
    ],
)
def test_a_list_is_sorted_both_ways(shelf: Shelf, field: str, ascending: str) -> None:
    """Equal ones by their numbers, in the same direction; a plus may arrive as a space."""
    for sign in ("", "+", " "):
        assert shelf.names(sort=f"{sign}{field}") == ascending
    assert shelf.names(sort=f"-{field}") == ascending[::-1]


def test_a_list_is_sorted_by_its_last_changes(shelf: Shelf) -> None:
    """What was never changed was last changed when it was made, or never: among itself in order."""
    changed = [one for one in shelf.names(sort="modifiedTs") if one not in "cf"]

    assert changed == ["a", "e", "d", "b"]
    assert shelf.names(sort="-modifiedTs") == shelf.names(sort="+modifiedTs")[::-1]


def test_a_list_comes_page_by_page(shelf: Shelf) -> None:
    """Each page says where the next begins; the last does not."""
    seen: list[int] = []
    query: dict[str, str] = {"limit": "4"}
    pages = []
    while True:
        body = shelf.supplier.list(**query).body
        seen += [one["id"] for one in body["proposals"]]
        pages.append(body["pagination"])
        if "nextOffset" not in body["pagination"]:
            break
        query["offset"] = str(body["pagination"]["nextOffset"])

    assert pages == [{"nextOffset": 4, "resultsTotal": 6}, {"resultsTotal": 6}]
    assert seen == [shelf.numbers[name] for name in "fedcba"]


@pytest.mark.parametrize(
    ("query", "count", "following"),
    [
        ({"limit": "6"}, 6, None),
        ({"limit": "50"}, 6, None),
        ({"limit": "0"}, 0, None),
        ({"offset": "5"}, 1, None),
        ({"offset": "6"}, 0, None),
        ({"offset": "999999999999"}, 0, None),
        ({"limit": "2", "offset": "4"}, 2, None),
        ({"limit": "2", "offset": "3"}, 2, 5),
    ],
)
def test_a_page_begins_and_ends_where_it_is_asked_to(
    shelf: Shelf, query: dict[str, str], count: int, following: int | None
) -> None:
    """And always says how many there are in all."""
    body = shelf.supplier.list(**query).body

    assert len(body["proposals"]) == count
    expected: dict[str, int] = {"resultsTotal": 6}
    if following is not None:
        expected["nextOffset"] = following
    assert body["pagination"] == expected


def test_a_filter_is_counted_before_the_page_is_cut(shelf: Shelf) -> None:
    """What is listed is a page of what matches."""
    body = shelf.supplier.list(executeStatus="finished", limit="3", sort="id").body

    assert [one["id"] for one in body["proposals"]] == [shelf.numbers[name] for name in "abc"]
    assert body["pagination"] == {"nextOffset": 3, "resultsTotal": 4}


@pytest.mark.parametrize("fields", ["+details", " details"])
def test_details_are_listed_where_they_are_asked_for(shelf: Shelf, fields: str) -> None:
    """Where in each batch they stand when it is looked up."""
    for listed in shelf.supplier.list(fields=fields).body["proposals"]:
        assert list(listed.items()) == list(shelf.supplier.told(listed["id"]).items())


def test_a_supplier_lists_only_its_own(shelf: Shelf, neighbour: Supplier) -> None:
    """Whatever it asks for."""
    mine = neighbour.batch(detail(1))
    nothing = {"pagination": {"resultsTotal": 0}, "proposals": []}

    assert [one["id"] for one in neighbour.list().body["proposals"]] == [mine]
    assert neighbour.list(id=shelf.ids("abc")).body == nothing
    assert [one["id"] for one in neighbour.list(listingId="1,2").body["proposals"]] == [mine]
    assert shelf.names(listingId="1") == "ea"


def test_a_supplier_without_batches_lists_none(neighbour: Supplier) -> None:
    """That is no fault."""
    assert neighbour.call(LIST).text == '{"pagination":{"resultsTotal":0},"proposals":[]}'
