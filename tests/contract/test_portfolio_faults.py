"""How a user's faults are told: all of them, in their order, in messages that can be answered."""

from typing import Any

import pytest

from tests.contract.portfolio_calls import (
    ANSWER_BYTES,
    BATCH,
    handed_over,
    holding,
    portfolio,
    records,
    refusal,
    submit_text,
    synced,
    told,
)
from tests.gateway import Gateway, Partner

REPEATED = "userId bị trùng trong batch"


def messages(data: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["userId"], row["message"]) for row in data["failures"]]


def test_all_faults_of_a_user_are_told_in_the_order_of_its_holdings(
    standing: Gateway, newcomer: Partner
) -> None:
    """Within a holding symbol, total, price, tradable; whatever order the sender writes them in."""
    first = {"tradableQty": "x", "costPrice": -1, "totalQty": None, "symbol": "", "note": 1}
    wrong = portfolio("1401", first, holding(), holding(costPrice="-2"), {"symbol": "FPT"})

    data = synced(standing, newcomer, {"isin": 1, **wrong})

    assert data["failures"][0]["message"].split("; ") == [
        "holding[0].symbol: symbol không được để trống",
        "holding[0].totalQty: totalQty không được để trống",
        "holding[0].costPrice: costPrice phải >= 0",
        "holding[0].tradableQty: tradableQty phải là số",
        "holding[0].note: note không được hỗ trợ",
        "holding[2].costPrice: costPrice phải >= 0",
        "holding[3].totalQty: totalQty không được để trống",
        "holding[3].costPrice: costPrice không được để trống",
        "holding[3].tradableQty: tradableQty không được để trống",
        "isin: isin không được hỗ trợ",
    ]


@pytest.mark.parametrize("name", ["colour", ".colour", "..", "", "a.b"])
def test_an_unknown_field_is_told_by_its_whole_name(
    standing: Gateway, newcomer: Partner, name: str
) -> None:
    """At either level, also where it begins with a dot."""
    data = synced(standing, newcomer, portfolio("1401", holding(**{name: 1})) | {name: 1})

    assert data["failures"][0]["message"].split("; ") == [
        f"holding[0].{name}: {name} không được hỗ trợ",
        f"{name}: {name} không được hỗ trợ",
    ]


def test_the_published_message_is_told_to_the_letter(standing: Gateway, newcomer: Partner) -> None:
    """The source's own sample: brokers may already match on it."""
    bad = holding(totalQty=-1, costPrice="-95.50", tradableQty=-1)

    data = synced(standing, newcomer, portfolio("USER0015", bad))

    assert data == {
        "batchId": BATCH,
        "totalCount": 1,
        "successCount": 0,
        "failedCount": 1,
        "successes": [],
        "failures": [
            {
                "batchId": BATCH,
                "userId": "USER0015",
                "status": False,
                "message": "holding[0].totalQty: totalQty phải >= 0; "
                "holding[0].costPrice: costPrice phải >= 0; "
                "holding[0].tradableQty: tradableQty phải >= 0",
            }
        ],
        "pendingCount": 0,
    }


def test_an_entry_without_a_user_tells_its_other_faults_too(
    standing: Gateway, newcomer: Partner
) -> None:
    """Only the message's beginning says which entry it is about."""
    entry = {"userId": "", "holding": [holding(totalQty=-1)]}

    data = synced(standing, newcomer, portfolio("1400"), portfolio("1401"), entry)

    assert messages(data) == [
        (
            "",
            (
                "portfolios[2].userId: userId không được để trống; "
                "holding[0].totalQty: totalQty phải >= 0"
            ),
        )
    ]


def test_many_entries_without_a_user_are_a_row_each(standing: Gateway, newcomer: Partner) -> None:
    """Entries without a user are not the same user twice."""
    data = synced(standing, newcomer, None, {"userId": None, "holding": []}, portfolio("1401"), [])

    assert (data["totalCount"], data["successCount"], data["failedCount"]) == (4, 1, 3)
    assert messages(data) == [
        ("", "portfolios[0].userId: danh mục phải là đối tượng"),
        ("", "portfolios[1].userId: userId không được để trống"),
        ("", "portfolios[3].userId: danh mục phải là đối tượng"),
    ]


def test_of_a_user_twice_in_a_batch_the_later_entry_is_applied(
    standing: Gateway, newcomer: Partner
) -> None:
    """The later one is what the broker knew last; both rows are counted."""
    early, late = portfolio("1401", holding(totalQty=1)), portfolio("1401", holding(totalQty=2))

    data = synced(standing, newcomer, early, portfolio("1400"), late)

    assert (data["totalCount"], data["successCount"], data["failedCount"]) == (3, 2, 1)
    assert [row["userId"] for row in data["successes"]] == ["1400", "1401"]
    assert messages(data) == [("1401", REPEATED)]
    assert records(standing, newcomer)["1401"] == [["FPT", "2", "95.5", "80"]]


def test_of_a_user_three_times_in_a_batch_the_last_entry_is_applied(
    standing: Gateway, newcomer: Partner
) -> None:
    """Each earlier one is told, even one that is wrong or the very same as the last."""
    entries = [portfolio("1401"), portfolio("1401", holding(totalQty=-1)), portfolio("1401")]

    data = synced(standing, newcomer, *entries)

    assert (data["totalCount"], data["successCount"], data["failedCount"]) == (3, 1, 2)
    assert messages(data) == [("1401", REPEATED), ("1401", REPEATED)]
    assert records(standing, newcomer) == {"1401": [["FPT", "100", "95.5", "80"]]}


def test_where_the_later_entry_of_a_user_is_wrong_none_is_applied(
    standing: Gateway, newcomer: Partner
) -> None:
    """Falling back to the earlier one would apply what the broker meant to replace."""
    wrong = portfolio("1401", holding(totalQty=-1))

    data = synced(standing, newcomer, portfolio("1401"), wrong)

    assert (data["successCount"], data["failedCount"]) == (0, 2)
    assert messages(data) == [
        ("1401", REPEATED),
        ("1401", "holding[0].totalQty: totalQty phải >= 0"),
    ]
    assert records(standing, newcomer) == {}


def test_users_that_differ_in_case_or_spaces_are_different(
    standing: Gateway, newcomer: Partner
) -> None:
    """Ids are the broker's own; merging two of its users would mix their money."""
    users = ["a", "A", "a ", "á", "a\u0301"]

    data = synced(standing, newcomer, *(portfolio(user) for user in users))

    assert data["successCount"] == 5
    assert records(standing, newcomer).keys() == set(users)


def test_all_faults_are_told_however_many_users_have_them(
    standing: Gateway, newcomer: Partner
) -> None:
    """A field that a broker's export left out everywhere is wrong in each of its rows."""
    bare = {"symbol": "FPT", "totalQty": -1, "costPrice": -1}
    entries = [portfolio(f"{at:04}", *[bare] * 10) for at in range(2_000)]

    data = synced(standing, newcomer, *entries)

    assert data["failedCount"] == 2_000
    assert {row["message"].count("; ") for row in data["failures"]} == {29}
    last = "holding[9].tradableQty: tradableQty không được để trống"
    assert all(row["message"].endswith(last) for row in data["failures"])


def test_all_faults_are_told_after_a_user_with_fewer(standing: Gateway, newcomer: Partner) -> None:
    """What one user's message has used up is not what is left for the next."""
    one, two = portfolio("1", holding(totalQty=-1)), portfolio("2", *[holding(totalQty=-1)] * 2)

    assert messages(synced(standing, newcomer, one, two)) == [
        ("1", "holding[0].totalQty: totalQty phải >= 0"),
        ("2", "holding[0].totalQty: totalQty phải >= 0; holding[1].totalQty: totalQty phải >= 0"),
    ]


def test_all_faults_of_1000_holdings_are_told(standing: Gateway, newcomer: Partner) -> None:
    """The largest portfolio with every field as wrong as it can be still gets every fault."""
    wrong = {"symbol": "x" * 21, "totalQty": 1e-9, "costPrice": 1e-9, "tradableQty": 1e-9}

    (row,) = synced(standing, newcomer, portfolio("1401", *[wrong] * 1_000))["failures"]

    faults = row["message"].split("; ")
    assert len(faults) == 4_000
    assert faults[-1] == (
        "holding[999].tradableQty: tradableQty có quá 20 chữ số hoặc quá 8 chữ số thập phân"
    )


LONG = {
    "a long unknown field": '"' + '\\"' * 2_400_000 + '":1',
    "long unknown fields": ",".join(f'"{at:0>250}":1' for at in range(18_000)),
    "many unknown fields": ",".join(f'"{at:x}":1' for at in range(450_000)),
}


@pytest.mark.parametrize("fields", LONG.values(), ids=LONG)
def test_a_message_is_small_enough_to_be_answered(
    standing: Gateway, newcomer: Partner, fields: str
) -> None:
    """Lambda drops an answer over 6 MB: one such row would hide the status of its batch."""
    good = '{"userId":"1400","holding":[]}'
    text = (
        f'{{"batchId":"{BATCH}","portfolios":[{good},{{"userId":"1401","holding":[],{fields}}}]}}'
    )
    assert submit_text(standing, newcomer, text).status == 200
    standing.drain()

    answer = standing.status(newcomer, batchId=BATCH)

    assert answer.body["data"]["failedCount"] == 1
    assert handed_over(answer) < ANSWER_BYTES
    (row,) = answer.body["data"]["failures"]
    assert row["message"].startswith("userId: ")


def test_a_page_of_long_messages_is_small_enough_to_be_answered(
    standing: Gateway, newcomer: Partner
) -> None:
    """Quotes double on their way through Lambda and again through the gateway's envelope."""
    field = '"' * 190_000
    entries = [{"userId": f"u{at}", "holding": [], field: 1} for at in range(12)]
    assert standing.submit(newcomer, batchId=BATCH, portfolios=entries).status == 200
    standing.drain()

    users: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(20):
        answer = standing.status(newcomer, batchId=BATCH, **cursor)
        assert handed_over(answer) < ANSWER_BYTES
        users += [row["userId"] for row in answer.body["data"]["failures"]]
        if "nextCursor" not in answer.body["data"]:
            break
        cursor = {"cursor": answer.body["data"]["nextCursor"]}

    assert users == [f"u{at}" for at in range(12)]


@pytest.mark.parametrize(
    ("body", "levels"),
    [
        ('{"portfolios":[1],"x":%s}', 1),
        ('{"portfolios":[%s]}', 2),
        ('{"portfolios":[{"userId":"1","holding":[],"x":%s}]}', 3),
        ('{"portfolios":[{"userId":"1","holding":[{"symbol":%s}]}]}', 5),
    ],
)
@pytest.mark.parametrize("inmost", ["", "1"])
def test_a_body_may_nest_32_levels(
    standing: Gateway, newcomer: Partner, body: str, levels: int, inmost: str
) -> None:
    """Counted over all of it, as the guide says, and not from an entry on."""
    lists = 32 - levels
    most, more = (body % ("[" * n + inmost + "]" * n) for n in (lists, lists + 1))

    answers = [told(submit_text(standing, newcomer, text)) for text in (most, more)]

    assert answers[0] == refusal(400, "x: unknown field") or answers[0][0] == 200
    assert answers[1] == refusal(400, "body: nested deeper than 32 levels")
