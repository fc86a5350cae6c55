"""Rows that failed are answered exactly as they were received."""

import json
from itertools import islice, product
from string import ascii_letters, digits
from typing import Any

import pytest

from tests.contract.portfolio_calls import ANSWER_BYTES, handed_over
from tests.contract.push_calls import row, sequence, sequence_text
from tests.pushing import Maker

UNKNOWN = '[{"type":"field unknown","fields":"x"}]'
MISMATCH = '[{"type":"value type mismatch","fields":"QTY"}]'
NO_ROW = '[{"type":"value type mismatch","fields":""}]'
KEYS = '"LENOVO_PN":"P1","PLANT":"H1"'


def refused(raw: str, verify: str) -> str:
    """The whole answer to a sequence with this one wrong row."""
    return (
        '{"code":"E00V00","msg":"data verification failed!",'
        f'"result":[{{"row":{raw},"verify":{verify}}}]}}'
    )


@pytest.mark.parametrize(
    ("raw", "verify"),
    [
        ('{"x":0,"QTY":1,"PLANT":"H1","LENOVO_PN":"P1"}', UNKNOWN),
        (f'{{"QTY":1.50,{KEYS},"x":1.50}}', UNKNOWN),
        (f'{{"QTY":1E2,{KEYS},"x":1e+2}}', UNKNOWN),
        (f'{{"QTY":-0,{KEYS},"x":-0.0}}', UNKNOWN),
        (f'{{"QTY":0.000,{KEYS},"x":12345678901234567890123.00100}}', UNKNOWN),
        (f'{{"QTY":"1.50",{KEYS},"x":1e400}}', UNKNOWN),
        (f'{{{KEYS},"QTY":"\\u6c49\\u0041\\/\\ud83d\\ude00"}}', MISMATCH),
        (f'{{{KEYS},"QTY":"汉\\n\\t\\"\\\\"}}', MISMATCH),
        (
            f'{{{KEYS},"QTY":"","\\u0078":1}}',
            '[{"type":"value required","fields":"QTY"},' + UNKNOWN[1:],
        ),
        (f'{{{KEYS},"QTY":{{"a":{{"b":[1.0,{{"c":null}},[]]}}}}}}', MISMATCH),
        (f'{{{KEYS},"QTY":[ 1 , "]}}" ] }}', MISMATCH),
        (f'{{ {KEYS} ,  "QTY" : true }}', MISMATCH),
        ("1.50", NO_ROW),
        ("-0", NO_ROW),
        ('"a \\u0072ow"', NO_ROW),
        ("null", NO_ROW),
        ("true", NO_ROW),
        ("[]", NO_ROW),
        ('[{"LENOVO_PN":"P1"},[ ]]', NO_ROW),
    ],
)
def test_a_wrong_row_comes_back_as_it_was_written(maker: Maker, raw: str, verify: str) -> None:
    """Order of keys, texts of numbers, escapes, junk: a sender finds it by comparing texts."""
    answer = maker.push("POST", sequence_text([raw]))

    assert answer.status == 200
    assert answer.text == refused(raw, verify)
    assert f'"failures":[{{"seq_id":"1","row":{raw},"verify":{verify}}}]' in maker.status().text


def test_a_row_without_any_field_comes_back_empty(maker: Maker) -> None:
    """All required fields are told."""
    answer = maker.push("POST", sequence_text(["{}"]))

    assert answer.text == refused(
        "{}",
        '[{"type":"value required","fields":"LENOVO_PN"},'
        '{"type":"value required","fields":"PLANT"},'
        '{"type":"value required","fields":"QTY"}]',
    )


def test_a_row_that_met_another_comes_back_as_it_was_written(maker: Maker) -> None:
    """Faults found when writing echo rows like those found before."""
    maker.push("POST", sequence(row("P1", PLANT="H1", QTY=1)))
    raw = f'{{"QTY" : 2.50,{KEYS}}}'

    answer = maker.push("POST", sequence_text([raw], batch="B2"))

    assert answer.text == (
        f'{{"code":"E00W00","msg":"write exception","result":[{{"row":{raw},'
        '"verify":[{"type":"unique constraint violation","fields":"LENOVO_PN,PLANT"}]}]}'
    )


def test_rows_come_back_in_their_order_without_the_good_ones_between(maker: Maker) -> None:
    """However their keys are spread over shards."""
    rows = [
        row(f"P{at}", QTY="x" if at % 3 else 1, at=at) if at % 3 else row(f"P{at}")
        for at in range(30)
    ]

    answer = maker.push("POST", sequence(*rows))

    assert [one["row"].get("at") for one in answer.body["result"]] == [
        at for at in range(30) if at % 3
    ]


def test_line_breaks_between_tokens_do_no_harm(maker: Maker) -> None:
    """A sender may format its JSON; the row is the same row."""
    wrong = row(QTY="x")
    body = json.dumps(sequence(wrong, row("P2")), indent=2).replace("\n", "\r\n")

    answer = maker.push("POST", body)

    # A line break takes two bytes in an answer on its way to its sender, a space takes one.
    raw = '{        "LENOVO_PN": "P1",        "PLANT": "H121",        "QTY": "x"      }'
    assert f'"row":{raw},' in answer.text
    assert f'"row":{raw},' in maker.status().text
    assert [one["row"] for one in answer.body["result"]] == [wrong]
    assert [one["row"] for one in maker.standing()["failures"]] == [wrong]
    assert maker.standing()["inserted"] == 1


@pytest.mark.parametrize("rows", [1, 500])
def test_however_much_is_wrong_the_answer_can_be_sent(maker: Maker, rows: int) -> None:
    """A megabyte of unknown fields must not become an answer that Lambda does not take."""
    names = product(ascii_letters + digits, repeat=3)
    fields = [f'"{"".join(name)}":0' for name in islice(names, 130_000)]
    each = len(fields) // rows
    junk = [f"{{{','.join(fields[at * each : (at + 1) * each])}}}" for at in range(rows)]

    answer = maker.push("POST", sequence_text(junk))

    assert (answer.status, answer.body["code"]) == (200, "E00V00")
    assert len(answer.body["result"]) == rows
    assert handed_over(answer) <= ANSWER_BYTES
    status = maker.status()
    assert status.body["result"]["failures"] != []
    assert handed_over(status) <= ANSWER_BYTES


def test_unknown_fields_are_all_named_up_to_a_sane_number(maker: Maker) -> None:
    """Forty too many are a mapping gone wrong, to be mended at once."""
    extra: dict[str, Any] = {f"f{at}": at for at in range(40)}

    answer = maker.push("POST", sequence(row() | extra))

    (only,) = answer.body["result"]
    assert [one["fields"] for one in only["verify"]] == list(extra)
