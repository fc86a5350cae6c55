"""Sequences of a batch: in any order, more than once, at once, and later than anybody waits."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from local.listener import Listener
from local.stack import Stack
from tests.cloudformation import ROOT
from tests.stack.broker import until
from tests.stack.maker import CONSUMED, DATA_SET, SUCCESS, Maker, name, row, sequence, sequences
from tests.stack.worker import worker_off

pytestmark = pytest.mark.stack

AT_ONCE = 20
OTHERS = 50


def test_the_published_sample_is_applied_once_and_then_known(makers: Mapping[str, Maker]) -> None:
    """The one call that the source gives, to the letter, on the path that it gives."""
    maker = makers["sampler"]
    sample = json.loads((ROOT / "tests" / "data" / "push_sample.json").read_text(encoding="utf-8"))
    data_set = sample["path"].removeprefix("/v1.0/scc/data/sync/")

    first = maker.push(sample["method"], data_set, sample["request"])
    again = maker.push(sample["method"], data_set, sample["request"])

    assert (first.status_code, first.text) == (200, SUCCESS)
    assert first.json() == sample["answer"]
    assert (again.status_code, again.text) == (200, CONSUMED)
    told = maker.standing("LCFC202206230001")
    assert (told["state"], told["batch_size"], told["received"]) == ("receiving", 250_000, 2)
    assert (told["inserted"], told["unchanged"], told["failed"]) == (1, 1, 0)


def test_three_sequences_in_any_order_each_twice_count_once(
    stack: Stack, makers: Mapping[str, Maker], listener: Listener
) -> None:
    """A sender repeats what it thinks is lost, and sends side by side: the batch adds up."""
    maker = makers["shuffler"]
    batch = sequences("SHUFFLED", [row(part) for part in range(1_400)])
    stages = [
        (["3"], [SUCCESS], "receiving", ["1", "2"], 400),
        (["3", "1"], [CONSUMED, SUCCESS], "receiving", ["2"], 900),
        (["2", "1"], [SUCCESS, CONSUMED], "completed", [], 1_400),
        (["2"], [CONSUMED], "completed", [], 1_400),
    ]

    with ThreadPoolExecutor(2) as both:
        for sent, answers, state, missing, received in stages:
            given = both.map(lambda one: maker.push("POST", DATA_SET, batch[one]).text, sent)

            assert list(given) == answers
            told = maker.done("SHUFFLED") if state == "completed" else maker.standing("SHUFFLED")
            assert (told["state"], told["missing"]) == (state, missing)
            assert (told["received"], told["inserted"]) == (received, received)

    heard = until(lambda: listener.of("SHUFFLED"))
    stack.client("lambda").invoke(FunctionName=stack.outputs["Sweep"], Payload=b"{}")
    maker.push("POST", DATA_SET, sequence("AFTER", [row(0)]))
    until(lambda: listener.of("AFTER"))

    assert heard == [
        {
            "partner": "shuffler",
            "feed": "odm/master_data",
            "batch": "SHUFFLED",
            "method": "POST",
            "rows": 1_400,
            "inserted": 1_400,
            "updated": 0,
            "unchanged": 0,
            "removed": 0,
            "failed": 0,
        }
    ]
    assert listener.of("SHUFFLED") == heard
    assert len(maker.rows()) == 1_400


def test_twenty_copies_of_a_sequence_at_once_are_applied_once(makers: Mapping[str, Maker]) -> None:
    """Only one of them is told that it was the one; the others, that it is done."""
    maker = makers["repeater"]
    sent = sequence("COPIES", [row(part) for part in range(20)], of=21)
    start = Barrier(AT_ONCE)

    def call(_: int) -> str:
        start.wait()
        return maker.push("POST", DATA_SET, sent).text

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        answers = sorted(crowd.map(call, range(AT_ONCE)))

    assert answers == [SUCCESS] + [CONSUMED] * 19
    told = maker.standing("COPIES")
    assert (told["received"], told["inserted"], told["unchanged"]) == (20, 20, 0)
    assert (told["sequences"], told["state"]) == (["1"], "receiving")


def test_calls_for_one_key_take_effect_in_their_order(makers: Mapping[str, Maker]) -> None:
    """Added, changed, deleted: it is gone, whatever else is pushed meanwhile."""
    maker = makers["orderly"]

    def other(at: int) -> str:
        sent = sequence(f"OTHER-{at}", [row(1_000 + at)])
        return maker.push("POST", DATA_SET, sent).text

    with ThreadPoolExecutor(8) as crowd:
        others = crowd.map(other, range(OTHERS))
        for time_ in range(3):
            answers = [
                maker.push(method, DATA_SET, sequence(f"{method}-{time_}", [sent])).text
                for method, sent in (
                    ("POST", row(1)),
                    ("PUT", row(1, "20")),
                    ("DELETE", {"LENOVO_PN": name(1), "PLANT": "H121"}),
                )
            ]

            assert answers == [SUCCESS] * 3
            assert maker.done(f"POST-{time_}")["inserted"] == 1
            assert maker.done(f"PUT-{time_}")["updated"] == 1
            assert name(1) not in maker.rows()
        assert list(others) == [SUCCESS] * OTHERS

    assert sorted(maker.rows()) == [name(1_000 + at) for at in range(OTHERS)]


def test_past_the_deadline_a_sequence_is_kept_and_answered_when_sent_again(
    stack: Stack, makers: Mapping[str, Maker]
) -> None:
    """The sender gets an answer while API Gateway still listens, and loses nothing."""
    maker = makers["patient"]
    bad = {"LENOVO_PN": name(2), "PLANT": "H121", "QTY": "much"}
    good = sequence("GOOD", [row(part) for part in range(10, 20)])
    mixed = sequence("MIXED", [row(1), bad])

    def push(sent: Mapping[str, object]) -> tuple[int, str]:
        answer = maker.push("POST", DATA_SET, sent)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(2) as both:
        with worker_off(stack):
            assert list(both.map(push, (good, mixed))) == [
                (500, '{"code":"-1","msg":"System error"}'),
                (500, '{"code":"-1","msg":"System error"}'),
            ]
            told = maker.standing("GOOD")
            assert (told["state"], told["received"], told["pending"]) == ("processing", 10, 10)
            assert maker.rows() == {}
        answers = list(both.map(push, (good, mixed)))

    assert answers == [
        (200, CONSUMED),
        (
            200,
            (
                '{"code":"E00V00","msg":"data verification failed!","result":[{"row":'
                '{"LENOVO_PN":"SD10W00002","PLANT":"H121","QTY":"much"},'
                '"verify":[{"type":"value type mismatch","fields":"QTY"}]}]}'
            ),
        ),
    ]
    told = maker.done("GOOD")
    assert (told["received"], told["inserted"], told["unchanged"]) == (10, 10, 0)
    told = maker.done("MIXED")
    assert (told["received"], told["inserted"], told["failed"]) == (2, 1, 1)
    assert len(maker.rows()) == 11
