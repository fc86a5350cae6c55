"""Who may call the portfolio contract: keys, parameters, the window, and their order."""

from collections.abc import Callable

import pytest

from tests.contract.portfolio_calls import NOW, call, refusal, signed, told
from tests.gateway import STATUS, SUBMIT, Gateway, Partner

BODY = b'{"portfolios":[{"userId":"1401","holding":[]}]}'
BOTH = pytest.mark.parametrize("function", [SUBMIT, STATUS])

pytestmark = pytest.mark.usefixtures("traceless")

type Headers = dict[str, list[str]]

KEYS: dict[str, Callable[[str], Headers]] = {
    "missing": lambda _: {},
    "under another name": lambda key: {"Authorization": [key]},
    "without a value": lambda _: {"X-Api-Key": []},
    "empty": lambda _: {"X-Api-Key": [""]},
    "sent twice": lambda key: {"X-Api-Key": [key, key]},
    "sent twice in two cases": lambda key: {"X-Api-Key": [key], "x-api-key": [key]},
    "two in one": lambda key: {"X-Api-Key": [f"{key}, {key}"]},
    "with a space after": lambda key: {"X-Api-Key": [f"{key} "]},
    "with a line break after": lambda key: {"X-Api-Key": [f"{key}\n"]},
    "in capitals": lambda key: {"X-Api-Key": [key.upper()]},
    "cut": lambda key: {"X-Api-Key": [key[:-1]]},
    "one character more": lambda key: {"X-Api-Key": [f"{key}A"]},
    "last character changed": lambda key: {"X-Api-Key": [key[:-1] + "AB"[key[-1] == "A"]]},
    "of no partner": lambda key: {"X-Api-Key": [key.replace("broker", "nobody")]},
    "with another number": lambda key: {"X-Api-Key": ["broker.0." + key.split(".")[2]]},
    "very long": lambda _: {"X-Api-Key": ["a" * 100_000]},
    "long in the right form": lambda key: {"X-Api-Key": [key + "A" * 100_000]},
    "not ASCII": lambda _: {"X-Api-Key": ["khóa-của-tôi"]},
    "lone surrogate": lambda _: {"X-Api-Key": ["\ud800"]},
}


@BOTH
@pytest.mark.parametrize("headers", KEYS.values(), ids=KEYS)
def test_a_key_that_is_not_exactly_a_live_one_is_refused(
    standing: Gateway, broker: Partner, headers: Callable[[str], Headers], function: str
) -> None:
    """Whatever is wrong with a key, its sender learns only that it is no key."""
    query = signed(broker, [("timestamp", NOW)], BODY)

    answer = standing.call(function, query=query, headers=headers(broker.api_key), body=BODY)

    assert told(answer) == refusal(401, "Invalid API key")


def test_the_name_of_the_key_header_has_no_case(standing: Gateway, broker: Partner) -> None:
    """HTTP/2 clients and proxies send header names in lower case."""
    query = signed(broker, [("timestamp", NOW)])

    answer = standing.call(STATUS, query=query, headers={"x-api-key": [broker.api_key]})

    assert answer.status == 200


def test_another_partners_key_does_not_fit_the_signature(
    standing: Gateway, broker: Partner, rival: Partner
) -> None:
    """Key and secret belong together: nobody acts for somebody else with half of each."""
    query = signed(broker, [("timestamp", NOW)], BODY)

    answer = call(standing, rival, SUBMIT, query, BODY)

    assert told(answer) == refusal(401, "Invalid signature")


@BOTH
@pytest.mark.parametrize("name", ["timestamp", "signature"])
@pytest.mark.parametrize("value", [None, ""], ids=["left out", "empty"])
def test_what_is_required_is_named_when_it_is_missing(
    standing: Gateway, broker: Partner, function: str, name: str, value: str | None
) -> None:
    """A partner's first calls fail here; the name says what to add."""
    kept = [pair for pair in signed(broker, [("timestamp", NOW)]) if pair[0] != name]
    query = kept if value is None else [*kept, (name, value)]

    answer = call(standing, broker, function, query)

    assert told(answer) == refusal(400, f"Missing parameter: {name}")


@BOTH
def test_a_call_without_any_query_misses_the_timestamp(
    standing: Gateway, broker: Partner, function: str
) -> None:
    """API Gateway tells an absent query as null, not as an empty object."""
    assert told(call(standing, broker, function, [])) == refusal(
        400, "Missing parameter: timestamp"
    )


NOT_WHOLE = ["abc", "-1", "1.5", "1e3", "0x10", "+5", " 5", "5 ", "5\n", "５", "٥", "1_0", "\ud800"]


@BOTH
@pytest.mark.parametrize("value", [*NOT_WHOLE, "12345678901234567", "9" * 5_000])
def test_a_timestamp_is_a_whole_number_of_ms(
    standing: Gateway, broker: Partner, function: str, value: str
) -> None:
    """Python reads more spellings of a number than the contract allows."""
    answer = call(standing, broker, function, signed(broker, [("timestamp", value)]))

    assert told(answer) == refusal(400, "Invalid parameter: timestamp")


@BOTH
@pytest.mark.parametrize("value", [*NOT_WHOLE, "", "0", "60001", "9" * 5_000])
def test_a_window_is_a_whole_number_from_1_to_60000(
    standing: Gateway, broker: Partner, function: str, value: str
) -> None:
    """A wider window would let a stolen call be replayed for longer."""
    query = signed(broker, [("recvWindow", value), ("timestamp", NOW)])

    answer = call(standing, broker, function, query)

    assert told(answer) == refusal(400, "Invalid parameter: recvWindow")


EDGES = [
    (None, "1759999995000", "1759999994999"),
    (None, "1760000000999", "1760000001000"),
    ("5000", "1759999995000", "1759999994999"),
    ("1", "1759999999999", "1759999999998"),
    ("1", "1760000000999", "1760000001000"),
    ("60000", "1759999940000", "1759999939999"),
    ("60000", "1760000000999", "1760000001000"),
]


@pytest.mark.parametrize(("window", "inside", "outside"), EDGES)
def test_a_window_is_kept_to_the_ms(
    standing: Gateway, broker: Partner, window: str | None, inside: str, outside: str
) -> None:
    """A partner whose clock is off is told our time, and how it can tell that it is."""
    asked = [("recvWindow", window)] if window else []
    data = {"serverTime": 1760000000000}

    good = call(standing, broker, STATUS, signed(broker, [*asked, ("timestamp", inside)]))
    bad = call(standing, broker, STATUS, signed(broker, [*asked, ("timestamp", outside)]))

    assert good.status == 200
    assert told(bad) == refusal(401, "Timestamp outside of recvWindow", data)


@pytest.mark.parametrize("timestamp", ["0", "1759999994999", "1760000001000", "9999999999999999"])
def test_a_submit_from_outside_the_window_is_refused(
    standing: Gateway, broker: Partner, timestamp: str
) -> None:
    """An overheard submit is worth nothing a few seconds later."""
    query = signed(broker, [("timestamp", timestamp)], BODY)

    answer = call(standing, broker, SUBMIT, query, BODY)

    data = {"serverTime": 1760000000000}
    assert told(answer) == refusal(401, "Timestamp outside of recvWindow", data)


@BOTH
@pytest.mark.parametrize("name", ["colour", "RecvWindow", "timestamp ", "", "userId", "__proto__"])
def test_an_unknown_parameter_is_refused_by_name(
    standing: Gateway, broker: Partner, function: str, name: str
) -> None:
    """A misspelt parameter that is ignored is found out too late."""
    query = signed(broker, [("timestamp", NOW), (name, "1")])

    answer = call(standing, broker, function, query)

    assert told(answer) == refusal(400, f"Unknown parameter: {name}")


@BOTH
def test_a_parameter_whose_name_is_no_text_is_refused(
    standing: Gateway, broker: Partner, function: str
) -> None:
    """Half a surrogate pair can't be written as UTF-8, so it can't be named in an answer."""
    answer = call(standing, broker, function, [("timestamp", NOW), ("limit\ud800", "1")])

    assert told(answer) == refusal(400, "Unknown parameter: limit?")


@pytest.mark.parametrize("name", ["batchId", "limit", "cursor"])
def test_a_submit_takes_no_parameters_of_the_status(
    standing: Gateway, broker: Partner, name: str
) -> None:
    """A `batchId` in the query instead of the body would be silently replaced by one of ours."""
    query = signed(broker, [(name, "1"), ("timestamp", NOW)], BODY)

    answer = call(standing, broker, SUBMIT, query, BODY)

    assert told(answer) == refusal(400, f"Unknown parameter: {name}")


@pytest.mark.parametrize("name", ["timestamp", "signature", "recvWindow", "batchId", "cursor"])
@pytest.mark.parametrize("second", ["5000", "1"], ids=["the same again", "another"])
def test_a_repeated_parameter_is_refused_by_name(
    standing: Gateway, broker: Partner, name: str, second: str
) -> None:
    """Two readers of such a query may believe different halves of it."""
    query = [pair for pair in signed(broker, [("timestamp", NOW)]) if pair[0] != name]

    answer = call(standing, broker, STATUS, [(name, "5000"), *query, (name, second)])

    assert told(answer) == refusal(400, f"Repeated parameter: {name}")


def test_checks_come_in_the_order_of_the_contracts_table(
    standing: Gateway, broker: Partner
) -> None:
    """Each repair of a wholly wrong call uncovers the next fault, never an earlier one."""
    nobody = Partner("nobody", "nobody.k1.0123456789abcdefghij", "")
    wrong = [("recvWindow", "0"), ("signature", "no"), ("limit", "x"), ("timestamp", "1")]
    late = [("recvWindow", "1"), *wrong[1:]]
    unsigned = [*late[:3], ("timestamp", NOW)]
    ready = signed(broker, [("limit", "x"), ("timestamp", NOW)])
    data = {"serverTime": 1760000000000}

    answers = [
        told(call(standing, nobody, STATUS, wrong)),
        told(call(standing, broker, STATUS, wrong)),
        told(call(standing, broker, STATUS, late)),
        told(call(standing, broker, STATUS, unsigned)),
        told(call(standing, broker, STATUS, ready)),
    ]

    assert answers == [
        refusal(401, "Invalid API key"),
        refusal(400, "Invalid parameter: recvWindow"),
        refusal(401, "Timestamp outside of recvWindow", data),
        refusal(401, "Invalid signature"),
        refusal(400, "Invalid parameter: limit"),
    ]
