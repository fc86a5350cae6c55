"""What a sequence says of itself: ids, sizes, the body around them."""

import json
from typing import Any

import pytest

from tests.contract.push_calls import (
    NO_BATCH,
    SUCCESS,
    failed,
    faults,
    row,
    sequence,
    told,
)
from tests.pushing import ROWS, Maker

LONG, REQUIRED, MISMATCH = "value length exceed", "value required", "value type mismatch"
NOT_ALLOWED, UNKNOWN = "value not allowed", "field unknown"
MALFORMED = "data verification failed! body: "


def changed(**changes: Any) -> dict[str, Any]:
    """A right sequence of one row but for these changes; `...` leaves a field out."""
    given = sequence(row()) | changes
    return {name: value for name, value in given.items() if value is not ...}


def untouched(maker: Maker) -> bool:
    """Whether nothing was kept."""
    return told(maker.status()) == NO_BATCH and maker.records() == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"batch_size": 1, "seq_size": 1},
        {"batch_size": "1", "seq_size": "1"},
        {"batch_size": "250000", "seq_size": 1},
        {"batch_size": 999_999_999_999},
        {"batch_size": "0001"},
        {"batch_id": "1234567890123456"},
        {"batch_id": "汉汉汉汉汉1"},
        {"batch_id": "#/%!\u0000 é"},
        {"seq_id": "first"},
        {"seq_id": "汉" * 21},
        {"seq_id": "0/!#"},
        {"appName": "1234567890"},
        {"appName": "汉汉汉1"},
        {"appName": ""},
        {"appName": None},
    ],
)
def test_a_right_envelope_is_taken(maker: Maker, changes: dict[str, Any]) -> None:
    """Sizes are right as numbers and as texts; lengths count bytes; `appName` is optional."""
    given = changed(**changes)

    assert told(maker.push("POST", given)) == SUCCESS

    status = maker.standing(given["batch_id"])
    assert status["batch_id"] == given["batch_id"]
    assert status["batch_size"] == int(given["batch_size"])
    assert status["sequences"] == [given["seq_id"]]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"batch_id": ...}, [(REQUIRED, "batch_id")]),
        ({"batch_id": ""}, [(REQUIRED, "batch_id")]),
        ({"batch_id": None}, [(REQUIRED, "batch_id")]),
        ({"batch_id": 20220623}, [(MISMATCH, "batch_id")]),
        ({"batch_id": ["B1"]}, [(MISMATCH, "batch_id")]),
        ({"batch_id": "12345678901234567"}, [(LONG, "batch_id")]),
        ({"batch_id": "汉汉汉汉汉12"}, [(LONG, "batch_id")]),
        ({"seq_id": ...}, [(REQUIRED, "seq_id")]),
        ({"seq_id": ""}, [(REQUIRED, "seq_id")]),
        ({"seq_id": 1}, [(MISMATCH, "seq_id")]),
        ({"seq_id": "1" * 65}, [(LONG, "seq_id")]),
        ({"batch_size": ...}, [(REQUIRED, "batch_size")]),
        ({"batch_size": ""}, [(REQUIRED, "batch_size")]),
        ({"batch_size": None}, [(REQUIRED, "batch_size")]),
        ({"batch_size": 0}, [(NOT_ALLOWED, "batch_size")]),
        ({"batch_size": "0"}, [(NOT_ALLOWED, "batch_size")]),
        ({"batch_size": "many"}, [(MISMATCH, "batch_size")]),
        ({"batch_size": -1}, [(MISMATCH, "batch_size")]),
        ({"batch_size": 1.5}, [(MISMATCH, "batch_size")]),
        ({"batch_size": "1.0"}, [(MISMATCH, "batch_size")]),
        ({"batch_size": True}, [(MISMATCH, "batch_size")]),
        ({"batch_size": " 1"}, [(MISMATCH, "batch_size")]),
        ({"batch_size": "１"}, [(MISMATCH, "batch_size")]),
        ({"batch_size": [1]}, [(MISMATCH, "batch_size")]),
        ({"batch_size": 10**4_000}, [(MISMATCH, "batch_size")]),
        ({"seq_size": ...}, [(REQUIRED, "seq_size")]),
        ({"seq_size": 0}, [(NOT_ALLOWED, "seq_size")]),
        ({"seq_size": "one"}, [(MISMATCH, "seq_size")]),
        ({"seq_size": {}}, [(MISMATCH, "seq_size")]),
        ({"seq_size": 2, "batch_size": 2}, [("size mismatch", "seq_size")]),
        ({"seq_size": "2", "batch_size": 2}, [("size mismatch", "seq_size")]),
        ({"seq_size": 501, "batch_size": 501}, [("size mismatch", "seq_size")]),
        ({"data": [row(), row()]}, [("size mismatch", "seq_size")]),
        (
            {"data": [row(), row()], "seq_size": 2},
            [("batch size exceed", "batch_size")],
        ),
        ({"data": ...}, [(REQUIRED, "data")]),
        ({"data": None}, [(REQUIRED, "data")]),
        ({"data": {}}, [(MISMATCH, "data")]),
        ({"data": "[]"}, [(MISMATCH, "data")]),
        ({"data": []}, [(NOT_ALLOWED, "seq_size")]),
        ({"appName": "12345678901"}, [(LONG, "appName")]),
        ({"appName": "汉汉汉汉"}, [(LONG, "appName")]),
        ({"appName": 1}, [(MISMATCH, "appName")]),
        ({"app_name": "x"}, [(UNKNOWN, "app_name")]),
        ({"": 1}, [(UNKNOWN, "")]),
    ],
)
def test_a_wrong_envelope_is_told_by_field(
    lasting: Maker, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Nothing of its sequence is applied, and the batch has not begun with it."""
    assert faults(lasting.push("POST", changed(**changes))) == expected
    assert untouched(lasting)


def test_all_faults_of_an_envelope_are_told_with_its_four_fields(lasting: Maker) -> None:
    """As they were received; the rows are left out, for they were not looked at."""
    wrong = {"seq_size": "x", "batch_id": "1" * 17, "batch_size": "2", "zz": 1, "data": [{}]}

    answer = lasting.push("POST", wrong)

    row = {"batch_id": "1" * 17, "batch_size": "2", "seq_size": "x"}
    expected = failed(
        row,
        [(LONG, "batch_id"), (REQUIRED, "seq_id"), (MISMATCH, "seq_size"), (UNKNOWN, "zz")],
    )
    message = "data verification failed!"
    assert told(answer) == (200, {"code": "E00V00", "msg": message, "result": [expected]})
    assert list(answer.body["result"][0]["row"]) == ["batch_id", "batch_size", "seq_size"]


def test_five_hundred_rows_are_taken_and_one_more_is_not(maker: Maker) -> None:
    """The published limit of a call."""
    rows = [row(f"P{at}") for at in range(501)]

    assert faults(maker.push("POST", sequence(*rows))) == [(NOT_ALLOWED, "seq_size")]
    assert untouched(maker)
    assert told(maker.push("POST", sequence(*rows[:500]))) == SUCCESS
    assert maker.standing()["inserted"] == 500


def test_a_size_with_an_exponent_is_no_whole_number(lasting: Maker) -> None:
    """As in a row: `1e0` is not how a number of rows is written."""
    body = json.dumps(changed()).replace('"batch_size": 1', '"batch_size": 1e0')

    assert faults(lasting.push("POST", body)) == [(MISMATCH, "batch_size")]


@pytest.mark.parametrize(
    "fields",
    [
        {"batch_id": None, "batch_size": True, "seq_id": "", "seq_size": -1},
        {"batch_id": "b" * 101, "batch_size": 2**53 - 1, "seq_id": 1, "seq_size": "x" * 101},
        {"batch_id": 1 - 2**53},
        {"batch_id": -0.5, "batch_size": 10.5},
    ],
)
def test_a_wrong_envelope_comes_back_as_it_was_received(
    lasting: Maker, fields: dict[str, Any]
) -> None:
    """Its four fields, of those that came: a sender finds the call by them."""
    given = {"data": [row()]} | fields

    (only,) = lasting.push("POST", given).body["result"]

    assert only["row"] == fields
    assert [type(one) for one in only["row"].values()] == [type(one) for one in fields.values()]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        ("9007199254740992", "9007199254740992"),
        ("-9007199254740992", "-9007199254740992"),
        ("1.50", "1.50"),
        ("1e3", "1E+3"),
        ("1" * 101, "1" * 100),
    ],
)
def test_a_number_that_json_readers_would_change_comes_back_as_text(
    lasting: Maker, size: str, text: str
) -> None:
    """A double holds whole numbers below 2 to the 53rd, and no zero at the end."""
    body = json.dumps(changed(seq_id=1)).replace('"batch_size": 1', f'"batch_size": {size}')

    (only,) = lasting.push("POST", body).body["result"]

    assert only["row"]["batch_size"] == text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("[1.5]", "[1.5]"),
        ('{"b": true, "a": [null, "\u00e9"]}', '{"b":true,"a":[null,"é"]}'),
        ('["%s"]' % ("x" * 101), '["' + "x" * 98),
        ("[]", "[]"),
    ],
)
def test_what_is_no_single_value_comes_back_as_the_json_that_was_sent(
    lasting: Maker, given: str, text: str
) -> None:
    """In the sender's language, not in ours; a hundred characters of it."""
    body = json.dumps(changed()).replace('"batch_id": "B1"', f'"batch_id": {given}')

    (only,) = lasting.push("POST", body).body["result"]

    assert only["row"]["batch_id"] == text


@pytest.mark.parametrize("sizes", [{"size": 3}, {"size": "3", "seq_size": "1"}])
def test_all_sequences_together_may_not_exceed_their_batch(
    maker: Maker, sizes: dict[str, Any]
) -> None:
    """What does not fit is refused whole; what fits is taken still."""
    first = sequence(row("P1"), row("P2"), size=3)
    assert told(maker.push("POST", first)) == SUCCESS

    over = maker.push("POST", sequence(row("P3"), row("P4"), seq="2", size=3))
    assert faults(over) == [("batch size exceed", "batch_size")]
    assert over.body["result"][0]["row"] == {
        "batch_id": "B1",
        "batch_size": 3,
        "seq_id": "2",
        "seq_size": 2,
    }
    assert told(maker.push("POST", sequence(row("P3"), seq="3", **sizes))) == SUCCESS
    full = maker.push("POST", sequence(row("P4"), seq="4", size=3))
    assert faults(full) == [("batch size exceed", "batch_size")]
    assert sorted(maker.records()) == ["P1|H121", "P2|H121", "P3|H121"]
    assert maker.standing()["sequences"] == ["1", "3"]


RIGHT = json.dumps(sequence(row()))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "1",
        "batch_id=B1",
        RIGHT + RIGHT,
        RIGHT[:-1],
        "\ufeff" + RIGHT,
        RIGHT.replace('"1000"', "NaN"),
        RIGHT.replace('"1000"', "-Infinity"),
        RIGHT.replace('"1000"', "01"),
        RIGHT.replace('"1000"', "1" * 4_301),
        RIGHT.replace('"1000"', "1e99999999999999999999"),
        RIGHT.replace('"1000"', "'1000'"),
        RIGHT.replace('"1000"', '"a\tb"'),
        RIGHT.replace('"1000"', '"\\ud800"'),
        RIGHT.replace('"1000"', "[" * 100 + "]" * 100),
        RIGHT.replace('"1000"', '{"a":' * 100 + "1" + "}" * 100),
        RIGHT.replace('"1000"', "[" * 100_000 + "]" * 100_000),
        RIGHT.replace('"QTY"', '"PLANT"'),
        RIGHT.replace('"seq_id"', '"batch_id"'),
        RIGHT.replace('"QTY"', '"' + "k" * 5_000 + '": 1, "' + "k" * 5_000 + '"'),
    ],
    ids=len,
)
def test_a_body_that_is_no_object_of_json_is_malformed(lasting: Maker, body: str) -> None:
    """400 in the contract's shape, without a result; what is too deep to be meant as well."""
    answer = lasting.push("POST", body)

    assert answer.status == 400
    assert list(answer.body) == ["code", "msg"]
    assert answer.body["code"] == "E00V00"
    assert answer.body["msg"].startswith(MALFORMED)
    assert len(answer.body["msg"]) < 300
    assert untouched(lasting)


def test_a_body_that_is_no_text_is_malformed(lasting: Maker) -> None:
    """Bytes that are not UTF-8 come base64-encoded from API Gateway."""
    answer = lasting.call(ROWS, "POST", body=RIGHT.encode().replace(b"P1", b"\xff\xfe"))

    assert (answer.status, answer.body["code"]) == (400, "E00V00")
    assert untouched(lasting)


def test_a_megabyte_is_taken_and_one_byte_more_is_not(maker: Maker) -> None:
    """1,048,576 bytes, whatever they say."""
    over = maker.push("POST", RIGHT.ljust(1_048_577))
    assert told(over) == (
        413,
        {"code": "E00V00", "msg": "data verification failed! body: at most 1048576 bytes"},
    )
    assert untouched(maker)

    assert told(maker.push("POST", RIGHT.ljust(1_048_576))) == SUCCESS


TOO_DEEP = {"code": "E00V00", "msg": f"{MALFORMED}nested deeper than 32 levels"}


def nested(levels: int) -> Any:
    """Lists in each other."""
    return json.loads("[" * levels + "]" * levels)


@pytest.mark.parametrize(
    ("field", "expected"), [("extra", (UNKNOWN, "extra")), ("batch_id", (MISMATCH, "batch_id"))]
)
def test_an_envelope_has_32_levels_and_no_more(
    lasting: Maker, field: str, expected: tuple[str, str]
) -> None:
    """The body is the first, and what is in lists and objects only."""
    for deep in (nested(31), json.loads("[" * 31 + "1" + "]" * 31)):
        assert faults(lasting.push("POST", changed(**{field: deep}))) == [expected]
    for deep in (nested(32), json.loads("[" * 32 + "1" + "]" * 32), nested(60), nested(100)):
        assert told(lasting.push("POST", changed(**{field: deep}))) == (400, TOO_DEEP)
    assert untouched(lasting)


def test_a_row_has_what_is_left_of_32_levels(maker: Maker) -> None:
    """It is the third, its fields the fourth; that of a row which is no object as well."""
    for deep in (row(QTY=nested(29)), row(NO=nested(29)), nested(30)):
        assert maker.push("POST", changed(data=[deep])).body["result"][0]["row"] == deep
    for deep in (row(QTY=nested(30)), row(NO=nested(30)), nested(31)):
        assert told(maker.push("POST", changed(data=[deep], batch_id="B2"))) == (400, TOO_DEEP)
    assert told(maker.status("B2")) == NO_BATCH


def test_a_body_that_is_too_deep_is_told_before_its_envelope(lasting: Maker) -> None:
    """It is the same whatever else is wrong with it, and wherever it is too deep."""
    assert told(lasting.push("POST", changed(seq_id=1, data=[row(QTY=nested(30))]))) == (
        400,
        TOO_DEEP,
    )
