"""What a sequence with bad rows is answered, to the letter, and how it is put right."""

from collections.abc import Mapping

import pytest

from tests.stack.maker import CONSUMED, DATA_SET, SUCCESS, Maker, names, row, sequence

pytestmark = pytest.mark.stack

VERIFY = '{"code":"E00V00","msg":"data verification failed!","result":['
WRITE = '{"code":"E00W00","msg":"write exception","result":['


def written(method: str, seq_id: str, *rows: str) -> str:
    """A sequence of the batch named after its method, with rows just as they are written."""
    return (
        f'{{"batch_id":"{method}","batch_size":100,"seq_id":"{seq_id}",'
        f'"seq_size":{len(rows)},"data":[{", ".join(rows)}]}}'
    )


def test_a_row_that_fails_is_echoed_exactly_as_it_came(makers: Mapping[str, Maker]) -> None:
    """The order of its fields, white space, escapes and the text of numbers are the sender's."""
    maker = makers["corrector"]
    odd = (
        '{ "QTY" : 1.50e1 ,"PLANT":"H12\\u0031X", "NOTE":["\\/",{"b":-0.0,"a":1E400}],\t'
        '"LENOVO_PN":"联想 \\u8054" }'
    )
    exact = '{"QTY":12345678901234567890.000,"LENOVO_PN":"SD10W00900","PLANT":"H121"}'
    good = '{"QTY":1.50e1,"PLANT":"H\\u003121","LENOVO_PN":"SD10W00901"}'

    answer = maker.write("POST", written("POST", "echo", odd, good, exact))

    assert answer.status_code == 200
    assert answer.text == (
        VERIFY + '{"row":' + odd + ',"verify":[{"type":"value length exceed","fields":"PLANT"},'
        '{"type":"field unknown","fields":"NOTE"}]},'
        '{"row":' + exact + ',"verify":[{"type":"value length exceed","fields":"QTY"}]}]}'
    )
    told = maker.status(DATA_SET, "POST", limit="1")
    assert f'"failures":[{{"seq_id":"echo","row":{odd},"verify":[' in told.text


def test_faults_of_writing_are_answered_in_their_own_shape(makers: Mapping[str, Maker]) -> None:
    """What exists with other content can't be added; what is not there can't be changed."""
    maker = makers["corrector"]
    assert maker.push("POST", DATA_SET, sequence("THERE", [row(1), row(2)])).text == SUCCESS
    other = '{"PLANT":"H121","LENOVO_PN":"SD10W00001","QTY":7}'
    same = '{"PLANT":"H121","LENOVO_PN":"SD10W00002","QTY":10.0}'
    missing = '{"PLANT":"H121","LENOVO_PN":"SD10W00099","QTY":"7"}'

    added = maker.write("POST", written("POST", "1", other, same))
    changed = maker.write("PUT", written("PUT", "1", missing, same))

    assert added.text == WRITE + '{"row":' + other + (
        ',"verify":[{"type":"unique constraint violation","fields":"LENOVO_PN,PLANT"}]}]}'
    )
    assert changed.text == WRITE + '{"row":' + missing + (
        ',"verify":[{"type":"record not found","fields":"LENOVO_PN,PLANT"}]}]}'
    )


def test_both_kinds_of_faults_are_nested_and_corrected_under_the_same_number(
    makers: Mapping[str, Maker],
) -> None:
    """The sender mends its rows and sends the sequence again: each row counts once."""
    maker = makers["corrector"]
    assert maker.push("POST", DATA_SET, sequence("HERE", [row(300)])).text == SUCCESS
    good, bad, met = row(301), row(302, "-"), row(300, "11")

    def push(*rows: object) -> str:
        return maker.push("POST", DATA_SET, sequence("MENDED", rows)).text

    first = push(met, good, bad)
    mended = push(row(300), good, row(302))
    again = push(row(300), good, row(302))
    other = push(row(300), good, row(302, "12"))

    assert first == (
        '{"code":"E00M00","msg":"multiple exceptions","result":['
        + VERIFY
        + '{"row":{"LENOVO_PN":"SD10W00302","PLANT":"H121","QTY":"-"},'
        + '"verify":[{"type":"value type mismatch","fields":"QTY"}]}]},'
        + WRITE
        + '{"row":{"LENOVO_PN":"SD10W00300","PLANT":"H121","QTY":"11"},'
        + '"verify":[{"type":"unique constraint violation","fields":"LENOVO_PN,PLANT"}]}]}]}'
    )
    assert [mended, again] == [SUCCESS, CONSUMED]
    assert other == CONSUMED.removesuffix('"}') + (
        '; the content of this call differs and was not applied"}'
    )
    told = maker.done("MENDED")
    assert (told["received"], told["inserted"], told["unchanged"]) == (3, 1, 2)
    assert (told["failed"], told["failures"]) == (0, [])
    kept = {part: maker.rows()[part]["c"]["B"] for part in names([300, 301, 302])}
    assert set(kept.values()) == {
        b'{"LENOVO_PN":"SD10W00300","PLANT":"H121","QTY":"10"}',
        b'{"LENOVO_PN":"SD10W00301","PLANT":"H121","QTY":"10"}',
        b'{"LENOVO_PN":"SD10W00302","PLANT":"H121","QTY":"10"}',
    }


def test_a_sequence_that_keeps_failing_is_refused_at_its_tenth_attempt(
    makers: Mapping[str, Maker],
) -> None:
    """From then on nothing is worked any more, not even what is right."""
    maker = makers["corrector"]
    attempts = [sequence("FAILING", [row(400, f"no {at}")]) for at in range(11)]

    codes = [maker.push("POST", DATA_SET, one).json()["code"] for one in attempts]
    late = maker.push("POST", DATA_SET, sequence("FAILING", [row(400)]))

    assert codes == ["E00V00"] * 9 + ["E00P00"] * 2
    assert late.text == '{"code":"E00P00","msg":"retry to reach upper limit"}'
    assert names([400]).isdisjoint(maker.rows())
    assert maker.done("FAILING")["failed"] == 1
