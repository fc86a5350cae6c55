"""Making a batch: what it is answered with, and who may see it."""

import json
from typing import Any

import pytest

from tests.contract.proposal_calls import (
    ILLEGAL,
    ILLEGAL_CHARACTERS,
    INVALID,
    NOT_FOUND,
    faults,
    refusal,
    told,
)
from tests.supplying import CREATE, LEFT_OUT, Supplier, detail, text

MOST_OF_A_BODY = 1_048_576


def stored_nothing(supplier: Supplier) -> bool:
    """Whether a refused call has left neither a batch nor a schedule."""
    listed = supplier.list().body["pagination"]["resultsTotal"]
    return listed == 0 and supplier.gateway.schedules.standing() == []


def test_a_new_batch_is_answered_whole_and_in_order(supplier: Supplier) -> None:
    """The publisher's order of fields; what has no value yet is left out."""
    answer = supplier.create(
        batchSource="excel", executeTs="2025-12-10T02:00:00Z", revertTs="2025-12-10T05:00:00Z"
    )

    assert (answer.status, list(answer.body.items())) == (
        200,
        [
            ("id", answer.body["id"]),
            ("supplierId", int(supplier.client["supplier_id"])),
            ("proposalType", "updateImageV2"),
            ("batchSource", "excel"),
            ("executeTs", "2025-12-10T02:00:00Z"),
            ("executeStatus", "idle"),
            ("revertTs", "2025-12-10T05:00:00Z"),
            ("revertStatus", "idle"),
            ("creator", supplier.api_token),
            ("createdTs", supplier.now()),
        ],
    )
    assert type(answer.body["id"]) is type(answer.body["supplierId"]) is int


@pytest.mark.parametrize("source", ["excel", "page", "api"])
@pytest.mark.parametrize("instant", [LEFT_OUT, False])
def test_what_was_made_is_found_again(supplier: Supplier, source: str, instant: Any) -> None:
    """Every source; and what is not instant does not say so."""
    answer = supplier.create(batchSource=source, instantExecute=instant)

    assert supplier.get(answer.body["id"]).text == answer.text
    assert answer.body["batchSource"] == source
    assert "instantExecute" not in answer.body


def test_an_instant_batch_is_executed_when_it_is_made(supplier: Supplier) -> None:
    """Now, by whoever made it; only its revert is still to come."""
    answer = supplier.create(instantExecute=True, executeTs=LEFT_OUT)

    assert answer.status == 200
    names = ["id", "supplierId", "proposalType", "batchSource", "instantExecute", "executeTs"]
    assert list(answer.body)[:6] == names
    assert answer.body["instantExecute"] is True
    assert (answer.body["executeTs"], answer.body["executeStatus"]) == (supplier.now(), "finished")
    assert (answer.body["executor"], answer.body["revertStatus"]) == (supplier.api_token, "idle")
    (schedule,) = supplier.gateway.schedules.standing()
    assert text(schedule.at_us) == answer.body["revertTs"] == supplier.now(hours=2)


def test_an_instant_batch_takes_no_other_time(supplier: Supplier) -> None:
    """It is now that it is executed, whatever time a client sends along."""
    answer = supplier.create(instantExecute=True, executeTs=supplier.now(minutes=30))

    assert answer.body["executeTs"] == supplier.now()


def test_the_clouds_scheduler_wakes_a_batch_twice(supplier: Supplier) -> None:
    """Once, exactly then, each; nothing is left over when it has."""
    supplier.batch()

    schedules = supplier.gateway.schedules.standing()
    assert [text(one.at_us) for one in schedules] == [
        supplier.now(hours=1),
        supplier.now(hours=2),
    ]
    for one in schedules:
        assert one.given["FlexibleTimeWindow"] == {"Mode": "OFF"}
        assert one.given["ActionAfterCompletion"] == "DELETE"
        assert one.given["ScheduleExpressionTimezone"] == "UTC"


def test_the_work_of_a_batch_has_the_id_of_the_call_that_made_it(supplier: Supplier) -> None:
    """Logs lead from the call to what came of it, days later, though others changed it since."""
    headers = supplier.headers() | {"X-Correlation-Id": ["spring-sale"]}
    number = supplier.call(CREATE, headers=headers, body=supplier.fields()).body["id"]
    assert supplier.change(number, details=[detail(7)]).status == 200
    gateway = supplier.gateway
    gateway.clock.move(seconds=3_600)
    gateway.schedules.fire_due()
    assert gateway.deliver(gateway.queue, "worker") == 1

    (work,) = gateway.receive(gateway.queue)

    assert json.loads(work["body"])["correlation_id"] == "spring-sale"


def test_batches_are_counted_over_all_suppliers(supplier: Supplier, neighbour: Supplier) -> None:
    """One number is one batch; a refused request uses none up."""
    first = supplier.create().body["id"]
    assert supplier.create(proposalType="other").status == 400
    assert supplier.call(CREATE, body="{").status == 400

    assert neighbour.create().body["id"] == first + 1
    assert supplier.create().body["id"] == first + 2


def test_another_suppliers_batch_is_not_there(supplier: Supplier, neighbour: Supplier) -> None:
    """To the byte what an unknown number is answered; nobody counts another's batches."""
    number = supplier.batch()

    theirs, unknown = neighbour.get(number), neighbour.get(number + 1_000)

    assert told(theirs) == refusal(NOT_FOUND)
    assert (theirs.text, theirs.headers) == (unknown.text, unknown.headers)
    theirs, unknown = neighbour.change(number, executeStatus="canceled"), neighbour.change(10**17)
    assert told(theirs) == refusal(NOT_FOUND)
    assert (theirs.text, theirs.headers) == (unknown.text, unknown.headers)
    assert supplier.states(number) == ("idle", "idle")


@pytest.mark.parametrize("name", ["proposalType", "batchSource", "executeTs", "revertTs"])
def test_a_field_that_is_missing_is_named(supplier: Supplier, name: str) -> None:
    """There is no value to tell: none is told."""
    found = faults(supplier.create(**{name: LEFT_OUT}))

    assert found.keys() == {name}
    assert "invalidValue" not in found[name]
    assert stored_nothing(supplier)


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ({}, {"proposalType", "batchSource", "executeTs", "revertTs"}),
        ({"instantExecute": True}, {"proposalType", "batchSource", "revertTs"}),
        ({"instantExecute": False}, {"proposalType", "batchSource", "executeTs", "revertTs"}),
    ],
)
def test_all_that_is_missing_is_named_at_once(
    supplier: Supplier, body: dict[str, Any], missing: set[str]
) -> None:
    """Whoever mends one fault should not find the next."""
    assert faults(supplier.call(CREATE, body=body)).keys() == missing


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("proposalType", ["", "updateImage", "updateimagev2", "x" * 10_000, ["updateImageV2"]]),
        ("batchSource", ["", "API", "fax", "api,page", "x" * 10_000, ["api"]]),
        ("instantExecute", ["true", "", 1, 0, 1.0]),
    ],
)
def test_a_field_with_a_wrong_value_is_named(
    supplier: Supplier, name: str, values: list[Any]
) -> None:
    """Of the wrong kind, empty, unknown, in another case, or endless."""
    for given in [*values, None, 2, [], {}]:
        assert faults(supplier.create(**{name: given})).keys() == {name}, given
    assert stored_nothing(supplier)


def test_a_wrong_value_is_told_back(supplier: Supplier) -> None:
    """A client's log then says what it sent."""
    found = faults(supplier.create(proposalType="other", batchSource="fax"))

    assert found["proposalType"]["invalidValue"] == "other"
    assert found["batchSource"]["invalidValue"] == "fax"


@pytest.mark.parametrize(
    "name", ["details", "id", "supplierId", "executeStatus", "executor", "proposaltype", "x.y"]
)
def test_an_unknown_field_is_refused_by_name(supplier: Supplier, name: str) -> None:
    """What a caller may not set must not seem to have been set."""
    found = faults(supplier.create(**{name: []}))

    assert found.keys() == {name}
    assert found[name]["message"] == "unknown field"
    assert stored_nothing(supplier)


@pytest.mark.parametrize(
    "body",
    [
        *("", "x", "{", "[]", "null", "1", '"text"', "{'a': 1}", "{,}", '{"x": NaN}'),
        *(b"\xff\xfe", b"\xef\xbb\xbf{}", "[" * 5_000, '{"x":' * 40 + "1" + "}" * 40),
        *('{"batchSource":"api","batchSource":"api"}', '{"x": {"y": 1, "y": 2}}'),
    ],
)
def test_a_body_that_is_no_object_is_refused(supplier: Supplier, body: Any) -> None:
    """Not JSON, another kind of value, too deep, or the same name twice."""
    assert faults(supplier.call(CREATE, body=body), INVALID).keys() == {"body"}
    assert stored_nothing(supplier)


def test_a_body_of_over_a_megabyte_is_refused(supplier: Supplier) -> None:
    """Before it is read."""
    body = json.dumps(supplier.fields()).encode()
    longest = body + b" " * (MOST_OF_A_BODY - len(body))

    assert supplier.call(CREATE, body=longest).status == 200
    assert faults(supplier.call(CREATE, body=longest + b" ")).keys() == {"body"}


@pytest.mark.parametrize("name", ["proposalType", "batchSource", "executeTs", "revertTs"])
def test_an_illegal_character_is_refused_as_such(supplier: Supplier, name: str) -> None:
    """Wherever in a text it stands."""
    for character in ILLEGAL_CHARACTERS:
        for given in (character, f"2025-12-10T02:00:00Z{character}", f"update{character}Image"):
            assert faults(supplier.create(**{name: given}), ILLEGAL).keys() == {name}, given
    assert stored_nothing(supplier)


def test_an_illegal_character_in_a_name_or_deep_inside_is_refused(supplier: Supplier) -> None:
    """Also where the field as such is unknown."""
    for character in ILLEGAL_CHARACTERS:
        names = supplier.create(**{f"a{character}": 1})
        inside = supplier.create(other=[{"x": f"a{character}"}])
        assert len(faults(names, ILLEGAL)) == len(faults(inside, ILLEGAL)) == 1, character
    assert stored_nothing(supplier)


@pytest.mark.parametrize("written", ["1.5", "-0.0", "1e400", "1" + "0" * 30, '[1.5, {"x": 1e-7}]'])
def test_a_number_that_no_field_takes_is_no_fault_of_ours(supplier: Supplier, written: str) -> None:
    """Whatever JSON can write, it is told back or left out, and no more."""
    for name in ("proposalType", "instantExecute", "unheard"):
        body = json.dumps(supplier.fields(**{name: 0})).replace(
            f'"{name}": 0', f'"{name}": {written}'
        )
        assert faults(supplier.call(CREATE, body=body)).keys() == {name}


@pytest.mark.parametrize(("value", "code"), [(1, INVALID), ("<", ILLEGAL)])
def test_a_body_full_of_faults_is_answered(supplier: Supplier, value: Any, code: int) -> None:
    """Lambda sends no more than six megabytes: not every one of them can be told."""
    body = {f"a{at}": value for at in range(60_000)}

    answer = supplier.call(CREATE, body=json.dumps(body, separators=(",", ":")))

    assert faults(answer, code)
    assert len(answer.text) < 1_000_000
