"""Lists that are asked for in a way that makes no sense."""

import pytest

from tests.contract.proposal_calls import (
    ILLEGAL,
    ILLEGAL_CHARACTERS,
    INVALID,
    WRONG_TIME,
    faults,
)
from tests.gateway import Gateway
from tests.supplying import LIST, Supplier, newly_set_up

pytestmark = pytest.mark.usefixtures("traceless")

EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
WHOLE = "must be a whole number of at most 18 digits, without zeros before it"
PARAMETERS = [
    *("id", "listingId", "executeStatus", "revertStatus", "batchSource", "executeTs"),
    *("revertTs", "sort", "fields", "offset", "limit"),
]


@pytest.fixture(scope="module")
def asker(standing: Gateway) -> Supplier:
    """A supplier for all tests of the module."""
    return newly_set_up(standing)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        *[("id", one) for one in ("x", "1,x", "1.0", "-1", "1,,2", ",", "1 2", "01", "1" * 30)],
        *[("listingId", one) for one in ("x", "1,x", "1.0", "1e3", "1,,2", "9" * 30)],
        *[("executeStatus", one) for one in ("done", "Idle", "idle,", "idle,done", "1")],
        *[("revertStatus", one) for one in ("done", "Idle", "idle,", "idle,done", "1")],
        *[("batchSource", one) for one in ("fax", "API", "api,fax", "api,", "1")],
        *[("sort", one) for one in ("", "x", "--id", "+-id", "-", "id,createdTs", "ID", "creator")],
        *[("sort", one) for one in ("id-", "- id", "-details", "x" * 10_000)],
        *[("fields", one) for one in ("details", "-details", "+id", "+details,+id", "*")],
        *[("offset", one) for one in ("", "-1", "x", "1.0", "1e1", "１", "1" * 40, "+1")],
        *[("limit", one) for one in ("", "51", "-1", "abc", "1.0", "100", "５", "1" * 40, "+1")],
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(asker: Supplier, name: str, given: str) -> None:
    """And told back; an empty page would hide the mistake."""
    found = faults(asker.list(**{name: given}))

    assert found.keys() == {name}


@pytest.mark.parametrize(
    ("name", "given", "wrong", "message"),
    [
        ("id", "1,x,2", "x", "not a value of it"),
        ("batchSource", "api,fax", "fax", "not a value of it"),
        (
            *("sort", "+-id", "+-id"),
            "must be one of id, executeTs, revertTs, createdTs, modifiedTs, with - or +",
        ),
        ("offset", "-1", "-1", WHOLE),
        ("offset", "1" * 19, "1" * 19, WHOLE),
        ("limit", "51", "51", "must be 0 to 50"),
        ("fields", "+details,+id", "+id", "unknown field"),
        ("revertTs", f"{LATE}/{EARLY}", f"{LATE}/{EARLY}", "must not end before it starts"),
    ],
)
def test_a_fault_says_what_is_wrong_and_with_which_value(
    asker: Supplier, name: str, given: str, wrong: str, message: str
) -> None:
    """Of several values in one parameter the one at fault."""
    (fault,) = asker.list(**{name: given}).body["error"]["detail"]

    assert fault == {"path": name, "message": message, "invalidValue": wrong}


@pytest.mark.parametrize("name", ["executeTs", "revertTs"])
@pytest.mark.parametrize(
    "given",
    [
        *("", "/", "x", "x/y", EARLY, f"{EARLY}/", f"/{EARLY}", f"{EARLY}/{LATE}/{LATE}"),
        *(f"{EARLY}/x", f"2026-01-01/{LATE}", f"{EARLY}/2026-01-02T00:00:00", f"{EARLY}-{LATE}"),
        *(f"{EARLY}/P1D", f"{EARLY}/2026-02-30T00:00:00Z", f"{EARLY},{LATE}", f"{EARLY}//{LATE}"),
    ],
)
def test_an_interval_that_is_none_is_refused_as_a_time(
    asker: Supplier, name: str, given: str
) -> None:
    """Both of its ends are times with a zone."""
    found = faults(asker.list(**{name: given}), WRONG_TIME)

    message = "must be start/end, both ISO-8601 with a zone"
    assert found == {name: {"path": name, "message": message, "invalidValue": given}}


@pytest.mark.parametrize("name", ["executeTs", "revertTs"])
def test_an_interval_that_ends_before_it_begins_is_refused(asker: Supplier, name: str) -> None:
    """Nothing could ever match."""
    assert faults(asker.list(**{name: f"{LATE}/{EARLY}"})).keys() == {name}


@pytest.mark.parametrize("name", PARAMETERS)
def test_an_illegal_character_is_refused_as_such(asker: Supplier, name: str) -> None:
    """Before anything else about a parameter."""
    for character in ILLEGAL_CHARACTERS:
        assert faults(asker.list(**{name: f"1{character}"}), ILLEGAL).keys() == {name}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_that_comes_twice_is_refused(asker: Supplier, name: str) -> None:
    """Several values of one stand in it with commas."""
    answer = asker.call(LIST, query=[(name, "1"), (name, "1")])

    assert faults(answer) == {name: {"path": name, "message": "comes more than once"}}


@pytest.mark.parametrize("name", ["status", "ID", "listingid", "page", "supplierId", "x.y", "id "])
def test_an_unknown_parameter_is_refused(asker: Supplier, name: str) -> None:
    """A filter with a slip of the pen in it would list everything."""
    found = faults(asker.list(**{name: "1"}))

    assert found == {name: {"path": name, "message": "unknown parameter"}}


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        (
            INVALID,
            {"limit": "51", "offset": "-1", "sort": "x", "fields": "x", "id": "x", "page": "2"},
        ),
        (WRONG_TIME, {"executeTs": "x", "revertTs": "y"}),
        (ILLEGAL, {"id": "<", "listingId": ">"}),
    ],
)
def test_all_faults_of_a_kind_are_told_at_once(
    asker: Supplier, code: int, wrong: dict[str, str]
) -> None:
    """Whoever mends one should not find the next."""
    assert faults(asker.list(**wrong), code).keys() == wrong.keys()


def test_the_gravest_kind_of_fault_is_told(asker: Supplier) -> None:
    """Illegal characters before times, times before all others; one kind at a time."""
    wrong = {"limit": "51", "executeTs": "x"}

    assert faults(asker.list(**wrong), WRONG_TIME).keys() == {"executeTs"}
    assert faults(asker.list(**wrong, id="<"), ILLEGAL).keys() == {"id"}
