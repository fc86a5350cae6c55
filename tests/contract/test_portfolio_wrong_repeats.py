"""When a batch with wrong entries is the same batch again, and when it is another."""

import pytest

from tests.contract.portfolio_calls import BATCH, refusal, submit_text, told
from tests.gateway import Gateway, Partner

CONFLICT = refusal(409, "Batch id already used with other content")
ACCEPTED = (
    200,
    {"status": 200, "message": "Success", "data": {"batchId": BATCH, "totalCount": 1}},
)
WRITTEN = {
    "the very same": ("-1", '"95.50"', "80"),
    "a number as text": ('"-1"', '"95.50"', '"80"'),
    "text as a number": ("-1", "95.50", "80"),
    "zeros": ("-1.0", '"095.50"', '"80.00"'),
    "exponents": ("-10e-1", "9.55e1", "8e1"),
}
KINDS = {
    "wrong": '{"userId":"u","holding":[{"symbol":"A",'
    '"totalQty":%s,"costPrice":%s,"tradableQty":%s}]}',
    "nobody's": '{"holding":[{"totalQty":%s,"costPrice":%s,"tradableQty":%s},1.50,null]}',
    "of a repeated user": '{"userId":"u","holding":[{"symbol":"A","totalQty":1,"costPrice":1,'
    '"tradableQty":1},{"symbol":"B","totalQty":%s,"costPrice":%s,"tradableQty":%s}]},'
    '{"userId":"u","holding":[]}',
}


@pytest.mark.parametrize("entries", KINDS.values(), ids=KINDS)
def test_how_a_number_is_written_makes_no_difference_in_a_wrong_entry(
    standing: Gateway, newcomer: Partner, entries: str
) -> None:
    """A client that builds its body anew may write its numbers anew."""
    texts = [f'{{"batchId":"{BATCH}","portfolios":[{entries}]}}' % one for one in WRITTEN.values()]

    answers = [submit_text(standing, newcomer, text) for text in texts]

    assert [answer.status for answer in answers] == [200] * 5


GOOD = '"symbol":"A","totalQty":1,"costPrice":1,"tradableQty":1'
UNKNOWN = [
    f'{{"userId":"u","holding":[{{{GOOD},"b":1,"a":2}},{{{GOOD},"c":3,"a":4}}],"b":5,"a":6}}',
    f'{{"a":6,"b":5,"userId":"u","holding":[{{"a":2,{GOOD},"b":1}},{{"a":4,"c":3,{GOOD}}}]}}',
    f'{{"b":5,"holding":[{{"b":1,"a":2,{GOOD}}},{{{GOOD},"c":3,"a":4}}],"a":6,"userId":"u"}}',
]


def test_the_order_of_unknown_fields_makes_no_difference(
    standing: Gateway, newcomer: Partner
) -> None:
    """They are told by name, wherever they stand."""
    texts = [f'{{"batchId":"{BATCH}","portfolios":[{one}]}}' for one in UNKNOWN]

    answers = [told(submit_text(standing, newcomer, text)) for text in texts]
    standing.drain()

    assert answers == [ACCEPTED] * 3
    (failure,) = standing.status(newcomer, batchId=BATCH).body["data"]["failures"]
    unknown = [one for one in failure["message"].split("; ") if one.endswith("hỗ trợ")]
    assert [one.partition(":")[0] for one in unknown] == [
        "holding[0].a",
        "holding[0].b",
        "holding[1].a",
        "holding[1].c",
        "a",
        "b",
    ]


DIFFERENT = {
    "another number": ("-1", "-1.00000001"),
    "a sign": ('"-95.50"', '"95.50"'),
    "text with an exponent": ('"1e3"', "1000"),
    "text with a blank": ('" 1"', "1"),
    "nothing and null": ('""', "null"),
    "true": ("true", "1"),
    "a list": ("[1]", "1"),
    "too many digits": ('"0.000000001"', '"0.0000000011"'),
    "a huge exponent": ("1e999999", "1e999998"),
}


@pytest.mark.parametrize(("first", "second"), DIFFERENT.values(), ids=DIFFERENT)
def test_other_numbers_in_a_wrong_entry_are_other_content(
    standing: Gateway, newcomer: Partner, first: str, second: str
) -> None:
    """Whatever they were meant to be, they were not the same."""
    texts = [
        f'{{"batchId":"{BATCH}","portfolios":[{{"holding":[{{"totalQty":{one}}}]}}]}}'
        for one in (first, second)
    ]

    answers = [told(submit_text(standing, newcomer, text)) for text in texts]

    assert answers == [ACCEPTED, CONFLICT]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('{"userId":"","holding":[{"symbol":"007"}]}', '{"userId":"","holding":[{"symbol":"7"}]}'),
        ('{"userId":"","holding":[{"symbol":7}]}', '{"userId":"","holding":[{"symbol":"7"}]}'),
        ('{"userId":7,"holding":[]}', '{"userId":7,"holding":[],"totalQty":7}'),
        ('{"userId":"u","totalQty":"7"}', '{"userId":"u","totalQty":7}'),
    ],
)
def test_only_a_quantity_is_a_number_where_it_is_text(
    standing: Gateway, newcomer: Partner, first: str, second: str
) -> None:
    """`007` and `7` are two symbols."""
    texts = [f'{{"batchId":"{BATCH}","portfolios":[{one}]}}' for one in (first, second)]

    answers = [told(submit_text(standing, newcomer, text)) for text in texts]

    assert answers == [ACCEPTED, CONFLICT]
