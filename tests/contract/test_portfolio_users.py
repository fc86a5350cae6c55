"""The rules for a portfolio's user and shape."""

import json

import pytest

from tests.contract.portfolio_calls import fault, portfolio, records, status_of
from tests.gateway import Gateway, Partner

ONE = '{"portfolios":[%s]}'

BAD_USERS = [
    ("null", "không được để trống"),
    ('""', "không được để trống"),
    (f'"{"u" * 65}"', "dài quá 64 ký tự"),
    (f'"{"ệ" * 65}"', "dài quá 64 ký tự"),
    ('"14\\u000001"', "chứa ký tự điều khiển"),
    ('"1401\\n"', "chứa ký tự điều khiển"),
    ('"\\u001f"', "chứa ký tự điều khiển"),
    ('"\\u007f"', "chứa ký tự điều khiển"),
    ('"\\u0085"', "chứa ký tự điều khiển"),
    ('"\\u009f"', "chứa ký tự điều khiển"),
    ("1401", "phải là chuỗi"),
    ("14.01", "phải là chuỗi"),
    ("true", "phải là chuỗi"),
    ('["1401"]', "phải là chuỗi"),
    ("{}", "phải là chuỗi"),
]


@pytest.mark.parametrize(
    ("value", "text"), BAD_USERS, ids=[ascii(one[:20]).replace("\\", "/") for one, _ in BAD_USERS]
)
def test_an_entry_without_a_usable_user_is_told_by_its_place(
    standing: Gateway, broker: Partner, value: str, text: str
) -> None:
    """Without a user there is nothing else that its sender could find it by."""
    entry = f'{{"userId":{value},"holding":[]}}'
    answer = status_of(standing, broker, ONE % f'{{"userId":"a","holding":[]}},{entry}')

    data = answer.body["data"]
    (row,) = data["failures"]
    assert (data["totalCount"], data["successCount"], data["failedCount"]) == (2, 1, 1)
    assert row == {
        "batchId": data["batchId"],
        "userId": "",
        "status": False,
        "message": f"portfolios[1].userId: userId {text}",
    }


@pytest.mark.parametrize("entry", ["null", "1", '"1401"', "[]", "true", "1.5"])
def test_an_entry_that_is_no_object_is_told_by_its_place(
    standing: Gateway, broker: Partner, entry: str
) -> None:
    """One slip in an export does not cost the other users their sync."""
    message = fault(standing, broker, ONE % entry, user="")

    assert message == "portfolios[0].userId: danh mục phải là đối tượng"


@pytest.mark.parametrize(
    "user", ["1", "u" * 64, "ệ" * 64, "😀" * 64, "Nguyễn Văn A", " ", '"', "a/b#c", "\u2028"]
)
def test_a_user_is_any_text_of_1_to_64_characters(
    standing: Gateway, broker: Partner, user: str
) -> None:
    """What a broker calls its users is its own business; no character of ours is special."""
    text = json.dumps({"portfolios": [portfolio(user)]})

    data = status_of(standing, broker, text).body["data"]

    assert [row["userId"] for row in data["successes"]] == [user]
    assert records(standing, broker)[user] == [["FPT", "100", "95.5", "80"]]


SHAPES = [
    ('{"userId":"1401"}', "holding: holding không được để trống"),
    ('{"userId":"1401","holding":null}', "holding: holding phải là danh sách"),
    ('{"userId":"1401","holding":{}}', "holding: holding phải là danh sách"),
    ('{"userId":"1401","holding":"FPT"}', "holding: holding phải là danh sách"),
    ('{"userId":"1401","holding":[null]}', "holding[0]: holding[0] phải là đối tượng"),
    ('{"userId":"1401","holding":["FPT"]}', "holding[0]: holding[0] phải là đối tượng"),
    ('{"userId":"1401","holding":[[]]}', "holding[0]: holding[0] phải là đối tượng"),
    ('{"userId":"1401","holding":[],"name":1}', "name: name không được hỗ trợ"),
    ('{"userId":"1401","holding":[],"{0}":1}', "{0}: {0} không được hỗ trợ"),
]


@pytest.mark.parametrize(("entry", "message"), SHAPES)
def test_a_portfolio_of_another_shape_is_a_failure_of_its_user(
    standing: Gateway, broker: Partner, entry: str, message: str
) -> None:
    """Unknown fields too are named: a misspelt one would be a position that is lost."""
    assert fault(standing, broker, ONE % entry) == message
