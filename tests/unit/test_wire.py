"""Reading JSON strictly, as all dialects share it."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchgate.contracts import wire
from batchgate.errors import Malformed, TooLarge

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**40), 10**40), st.text()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(), VALUES)


def read(body: bytes) -> dict[str, Any]:
    return wire.json_object(body, limit=1_000)


@given(OBJECTS, st.booleans())
def test_every_json_object_is_read_as_python_reads_it(value: dict[str, Any], ascii_: bool) -> None:
    """Escaped or not: strict means that wrong JSON is refused, never that right JSON is."""
    body = json.dumps(value, ensure_ascii=ascii_).encode()

    assert wire.json_object(body, limit=len(body)) == value


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_an_object_or_malformed(body: bytes) -> None:
    """No other error ever leaves the reader."""
    try:
        assert isinstance(read(body), dict)
    except Malformed as malformed:
        (fault,) = malformed.faults
        assert fault.startswith("body: ")
        assert len(fault) < 300


@given(OBJECTS, st.data())
def test_an_object_that_is_cut_is_malformed(value: dict[str, Any], data: st.DataObject) -> None:
    """A connection that broke must not become a smaller batch."""
    body = json.dumps(value).encode()
    at = data.draw(st.integers(0, len(body) - 1))

    with pytest.raises(Malformed):
        wire.json_object(body[:at], limit=len(body))


@given(st.text(), st.dictionaries(st.text(), st.integers()), st.integers(0, 5))
def test_a_key_twice_is_malformed_at_any_level(
    key: str, others: dict[str, int], level: int
) -> None:
    """One reader takes the first, another the last: the signature would cover both."""
    pairs = [*others.items(), (key, 1), (key, 1)]
    twice = "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in pairs) + "}"
    body = '{"x":[' * level + twice + "]}" * level

    with pytest.raises(Malformed, match="duplicate key"):
        wire.json_object(body.encode(), limit=len(body.encode()))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("12345678901234567890123", 12345678901234567890123),
        ("0.1", Decimal("0.1")),
        ("95.50", Decimal("95.50")),
        ("1e3", Decimal(1000)),
        ("1E-99999999999", Decimal("1E-99999999999")),
    ],
)
def test_numbers_lose_nothing(text: str, value: object) -> None:
    """A float would have lost the digits before anybody could look at them."""
    got = read(f'{{"n":{text}}}'.encode())["n"]

    assert got == value
    assert type(got) is type(value)


def test_the_limit_is_in_bytes_and_inclusive() -> None:
    """`ệ` is one character and three bytes."""
    body = '{"n":"ệ"}'.encode()

    assert wire.json_object(body, limit=11) == {"n": "ệ"}
    with pytest.raises(TooLarge):
        wire.json_object(body, limit=10)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_depth_is_refused_from_33_levels_on(opening: str, closing: str) -> None:
    """Both kinds of nesting count, and nothing on the way runs out of stack."""
    wire.check_depth(json.loads(opening * 32 + "1" + closing * 32))
    wire.check_depth(json.loads(opening * 30 + "1" + closing * 30), around=2)
    for levels, around in ((33, 0), (100, 0), (900, 0), (31, 2)):
        with pytest.raises(Malformed, match="nested deeper than 32 levels"):
            wire.check_depth(json.loads(opening * levels + "1" + closing * levels), around=around)


def test_objects_and_lists_are_levels_and_what_is_in_them_is_none() -> None:
    """An empty list is one, too."""
    for value in ("1", "[]", "[[],1]", '{"a":{}}'):
        wire.check_depth(json.loads("[" * 30 + value + "]" * 30))
    for value in ("[[[]]]", '[1,{"a":[1]}]'):
        with pytest.raises(Malformed):
            wire.check_depth(json.loads("[" * 30 + value + "]" * 30))


@given(OBJECTS, st.integers(1, 40))
def test_what_can_not_be_told_as_it_came_is_told_as_its_text(
    value: dict[str, Any], longest: int
) -> None:
    """The text is the JSON that was sent, but for blanks; a long one is its beginning."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    assert wire.shown(value, longest=len(text)) == text
    assert wire.shown(value, longest=longest) == text[:longest]


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_is_told_as_a_number_only_where_every_reader_keeps_it(number: Decimal) -> None:
    """A double may be another number, or lose the zeros at its end."""
    shown = wire.shown(number, longest=10_000)

    assert str(shown) == str(number)
    assert isinstance(shown, float | str)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("[]", "must be a JSON object"),
        ('{"n":1e99999999999999999999}', "not valid JSON: number out of range"),
        ("{", "not valid JSON: EOF while parsing an object at line 1 column 1"),
        ('{"n":NaN}', "not valid JSON: expected value at line 1 column 6"),
    ],
)
def test_a_body_that_is_not_read_is_told_why(body: str, reason: str) -> None:
    """In words that name its place, and none of our tools."""
    with pytest.raises(Malformed) as malformed:
        read(body.encode())

    assert malformed.value.faults == (f"body: {reason}",)


def test_a_long_reason_is_cut() -> None:
    """A key that comes twice would be told in full."""
    key = "k" * 400

    with pytest.raises(Malformed) as malformed:
        read(f'{{"{key}":1,"{key}":2}}'.encode())

    (fault,) = malformed.value.faults
    assert fault.startswith('body: not valid JSON: Detected duplicate key "kkk')
    assert len(fault) == len("body: not valid JSON: ") + 200


def test_a_body_that_is_too_long_is_told_how_long_it_may_be() -> None:
    """In bytes, as it is sent."""
    with pytest.raises(TooLarge) as refused:
        wire.json_object(b"{ }", limit=2)

    assert refused.value.limit == "body: at most 2 bytes"


def test_a_value_is_told_as_text_with_its_names_in_order() -> None:
    """Whatever order they came in."""
    value = {"b": [Decimal("1.50"), None, True], "a": {"é": "\n"}}

    assert wire.comparable(value) == '{"a":{"é":"\\n"},"b":[1.5,null,true]}'.encode()


EQUAL = [
    ("0", ["0", "-0", "0.0", "-0.0", "0e999", "0E-99999999999"]),
    ("1000", ["1000", "1e3", "1E+3", "1000.0", "1000.000", "0.1e4"]),
    ("-1000", ["-1000", "-1e3"]),
    ("45.5", ["45.5", "45.50", "4.55e1"]),
    ("1E-7", ["1e-7", "0.0000001", "0.00000010"]),
    ("99999999999999999999", ["9" * 20, "9" * 20 + ".0"]),
    ("1E+20", ["1" + "0" * 20, "1e20", "1" + "0" * 20 + ".0", "1000e17"]),
    ("1.5E+30", ["15" + "0" * 29, "1.5e30"]),
    ("1" * 30, ["1" * 30, "1" * 30 + ".0", "1" * 30 + "0e-1"]),
    ("1" * 30 + ".5", ["1" * 30 + ".5", "1" * 30 + ".50"]),
    ("1E+999999", ["1e999999", "1E+999999", "10e999998"]),
    ("-1E-999999", ["-1e-999999", "-10e-1000000"]),
    ("1E+999999999999999999", ["1e999999999999999999", "10e999999999999999998"]),
    ("1E-1999999999999999997", ["1e-1999999999999999997"]),
]


@pytest.mark.parametrize(("text", "spellings"), EQUAL, ids=[text[:25] for text, _ in EQUAL])
def test_equal_numbers_are_told_alike(text: str, spellings: list[str]) -> None:
    """As JSON, in full where that is short: an exponent may be as large as its sender likes."""
    numbers = [read(f'{{"n":{spelling}}}'.encode())["n"] for spelling in spellings]

    assert [wire.number_text(number) for number in numbers] == [text] * len(spellings)
    assert Decimal(json.loads(text, parse_float=str, parse_int=str)) == numbers[0]


def test_numbers_that_differ_are_told_apart() -> None:
    """By a digit, however far behind, by their sign or by their exponent."""
    spellings = ["1", "-1", "10", "1.1", f"1.{'0' * 400}1", f"1{'0' * 400}", f"1{'0' * 399}1"]
    spellings += ["1e401", "1e-401", "9007199254740992", "9007199254740993"]

    numbers = [read(f'{{"n":{spelling}}}'.encode())["n"] for spelling in spellings]

    assert len({wire.number_text(number) for number in numbers}) == len(spellings)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("{}", "{}"),
        ("[]", "[]"),
        ('{"b":[1,{}],"a":[]}', '{"a":[],"b":[1,{}]}'),
        (' { "é" : [ 1e3 , true,false ] , "a\\u0022":null}', '{"a\\"":null,"é":[1000,true,false]}'),
        ('["1e3","\\u000a\\u0041\\/",0.50,-0]', '["1e3","\\nA/",0.5,0]'),
    ],
)
def test_equal_values_are_the_same_bytes(value: str, written: str) -> None:
    """However they were written: refused content is compared by them. Text is no number."""
    body = f'{{"v":{value}}}'.encode()

    assert wire.comparable(read(body)["v"]) == written.encode()


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        (("details", 0, "listingId"), "details[0].listingId"),
        (("holding", 999), "holding[999]"),
        ((".colour",), ".colour"),
        (("a", "b", "c"), "a.b.c"),
    ],
)
def test_a_place_is_told_as_its_sender_would_write_it(steps: Any, path: str) -> None:
    """With the whole name of a field, whatever it is."""
    assert wire.path_of(steps) == path


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ('{"data":[]}', []),
        ('{"data":[1.50,-0]}', ["1.50", "-0"]),
        (
            ' {\t"a" : {"data": [0]} ,\r\n"data" : [ {"x" : [ 1 ,2]} , "]" ,\n null ] , "z": 1}',
            ['{"x" : [ 1 ,2]}', '"]"', "null"],
        ),
        ('{"a":[0],"data":[1,2]}', ["1", "2"]),
        ('{"\\u0064ata":["\\u0041"],"z":[0]}', ['"\\u0041"']),
    ],
)
def test_elements_come_as_they_were_written(text: str, elements: list[str]) -> None:
    """A sender finds a wrong row by comparing texts."""
    assert wire.raw_elements(text, "data") == elements


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, None),
        (True, True),
        ("é" * 300, "é" * 300),
        (2**53 - 1, 2**53 - 1),
        (-(2**53), "-9007199254740992"),
        (2**53, "9007199254740992"),
        (Decimal("10.5"), 10.5),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+400"), "1E+400"),
        ([], "[]"),
        ({"b": "é", "a": [None, True, Decimal("1.5"), {}]}, '{"b":"é","a":[null,true,1.5,{}]}'),
        (["abcdefghijk"] * 4, '["abcdefghijk","abcdefghijk","abcdefghij'),
    ],
)
def test_a_value_is_told_as_it_came_or_as_its_json(value: object, told: object) -> None:
    """A reader whose numbers are doubles must not read another one."""
    shown = wire.shown(value, longest=40)

    assert shown == told
    assert type(shown) is type(told)
