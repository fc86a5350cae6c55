"""What a signature covers, and whose it may be."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from batchgate.access.signature import sign, signed_text
from tests.contract.portfolio_calls import NOW, call, refusal, signed, told
from tests.gateway import STATUS, SUBMIT, Gateway, Partner

BODY = '{"portfolios":[{"userId":"Nguyễn","holding":[]}]}'.encode()
QUERY = [("recvWindow", "5000"), ("timestamp", NOW)]

pytestmark = pytest.mark.usefixtures("traceless")
many = settings(deadline=None, max_examples=300)


def test_a_signature_in_upper_case_hex_is_accepted(standing: Gateway, broker: Partner) -> None:
    """Many languages write hex in capitals."""
    *query, (name, made) = signed(broker, QUERY)

    assert call(standing, broker, STATUS, [*query, (name, made.upper())]).status == 200


def test_parameters_may_come_in_any_order(standing: Gateway, broker: Partner) -> None:
    """Neither a client's library nor a proxy promises to keep the order of a query."""
    query = signed(broker, QUERY)

    assert call(standing, broker, STATUS, query[::-1]).status == 200


def test_a_body_that_is_not_utf_8_is_signed_by_its_bytes(
    standing: Gateway, broker: Partner
) -> None:
    """Such a call is authentic and malformed: its sender is told the second."""
    answer = call(standing, broker, SUBMIT, signed(broker, QUERY, b"\xff\xfe"), b"\xff\xfe")

    assert answer.status == 400
    assert answer.body["message"].startswith("body: not valid JSON")


@pytest.mark.parametrize(
    "made",
    ["0" * 64, "0" * 63, "0" * 65, "z" * 64, "ký", "\ud800", "0x" + "0" * 64, "=", "0" * 100_000],
)
def test_what_is_no_signature_of_the_call_is_refused(
    standing: Gateway, broker: Partner, made: str
) -> None:
    """Whatever stands there, it is a wrong signature and not a fault of ours."""
    answer = call(standing, broker, SUBMIT, [*QUERY, ("signature", made)], BODY)

    assert told(answer) == refusal(401, "Invalid signature")


@pytest.mark.parametrize("cut", [slice(0, 63), slice(1, 64), slice(0, 32)])
def test_a_piece_of_a_signature_does_not_do(standing: Gateway, broker: Partner, cut: slice) -> None:
    """A comparison of only the common length would be guessed digit by digit."""
    *query, (name, made) = signed(broker, QUERY)

    answer = call(standing, broker, STATUS, [*query, (name, made[cut])])

    assert told(answer) == refusal(401, "Invalid signature")


@pytest.mark.parametrize(
    "text",
    [
        f"recvWindow=5000&timestamp={NOW}".encode(),
        BODY,
        f"recvWindow=5000&timestamp={NOW}&".encode() + BODY,
        f"recvWindow=5000&timestamp={NOW}\n".encode() + BODY,
        f"timestamp={NOW}&recvWindow=5000".encode() + BODY,
        f"timestamp={NOW}".encode() + BODY,
    ],
    ids=["no body", "no query", "& between", "line between", "not sorted", "not all parameters"],
)
def test_a_signature_of_another_text_is_refused(
    standing: Gateway, broker: Partner, text: bytes
) -> None:
    """What the signature leaves out, somebody on the way could change."""
    query = [*QUERY, ("signature", sign(broker.secret, text))]

    answer = call(standing, broker, SUBMIT, query, BODY)

    assert told(answer) == refusal(401, "Invalid signature")


def test_a_signature_is_for_one_question_only(standing: Gateway, broker: Partner) -> None:
    """A status call that was overheard must not become another one."""
    *_, made = signed(broker, [*QUERY, ("limit", "1")])

    for query in ([*QUERY, ("limit", "2"), made], [*QUERY, made]):
        assert told(call(standing, broker, STATUS, query)) == refusal(401, "Invalid signature")


@many
@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_any_one_changed_byte_of_a_body_is_refused(
    standing: Gateway, broker: Partner, at: int, change: int
) -> None:
    """What arrives is what the partner signed, or nothing."""
    changed = BODY[:at] + bytes([BODY[at] ^ change]) + BODY[at + 1 :]

    answer = call(standing, broker, SUBMIT, signed(broker, QUERY, BODY), changed)

    assert told(answer) == refusal(401, "Invalid signature")


@many
@given(st.integers(0), st.characters(min_codepoint=0x20, max_codepoint=0x7E))
def test_any_one_changed_byte_of_a_query_is_refused(
    standing: Gateway, broker: Partner, place: int, letter: str
) -> None:
    """Names, values, signature and what parts them: none can be changed on the way."""
    sent = "&".join(f"{name}={value}" for name, value in signed(broker, QUERY, BODY))
    at = place % len(sent)
    changed = sent[:at] + letter + sent[at + 1 :]
    assume(changed != sent)
    assume(at < sent.index("signature=") or changed.lower() != sent.lower())  # hex has no case

    answer = call(standing, broker, SUBMIT, parse_qsl(changed, keep_blank_values=True), BODY)

    assert answer.status in {400, 401}


def test_the_signed_text_is_percent_encoded_as_rfc_3986_says() -> None:
    """Languages disagree about space, `~`, `*` and `+`; the contract says which it is."""
    text = signed_text([("b", "a b+c~d*e/f%g&h=i"), ("a é", "ü-._")], b"{}")

    assert text == b"a%20%C3%A9=%C3%BC-._&b=a%20b%2Bc~d%2Ae%2Ff%25g%26h%3Di{}"


def test_the_signed_text_is_sorted_by_encoded_name() -> None:
    """`é` sorts before `z` when encoded and after it when not."""
    text = signed_text([("z", "1"), ("é", "2"), ("Z", "3"), ("a", "4")], b"")

    assert text == b"%C3%A9=2&Z=3&a=4&z=1"
