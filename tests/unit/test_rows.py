"""Rows of a restored table come back, and nothing that is newer goes."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops import rows
from tests.cloudformation import table


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb")
        for name in ("restored", "live"):
            client.create_table(TableName=name, **table("RecordsTable"))
        yield client


def put(client: Any, name: str, partition: str, key: str, content: str) -> None:
    row = {"pk": {"S": partition}, "sk": {"S": key}, "content": {"S": content}}
    client.put_item(TableName=name, Item=row)


def live(client: Any) -> dict[tuple[str, str], str]:
    return {
        (row["pk"]["S"], row["sk"]["S"]): row["content"]["S"]
        for row in client.scan(TableName="live")["Items"]
    }


@pytest.fixture
def damaged(dynamodb: Any) -> Any:
    """One row was lost, one spoiled, one is as it was and one came later."""
    for key in ("kept", "lost", "spoiled"):
        put(dynamodb, "restored", "acme#portfolio#0", key, "good")
    put(dynamodb, "restored", "rival#portfolio#0", "lost", "good")
    put(dynamodb, "live", "acme#portfolio#0", "kept", "good")
    put(dynamodb, "live", "acme#portfolio#0", "spoiled", "bad")
    put(dynamodb, "live", "acme#portfolio#0", "later", "new")
    return dynamodb


def test_a_comparison_tells_what_differs_and_writes_nothing(damaged: Any) -> None:
    """One looks before one writes into a production table."""
    before = live(damaged)

    assert rows.bring("compare", "restored", "live", "acme#") == {
        "same": 1,
        "missing": 1,
        "different": 1,
    }
    assert live(damaged) == before


def test_what_is_missing_is_added_and_the_rest_stays(damaged: Any) -> None:
    """A row that was changed since is the newer one."""
    rows.bring("add", "restored", "live", "acme#portfolio#")

    assert live(damaged) == {
        ("acme#portfolio#0", "kept"): "good",
        ("acme#portfolio#0", "lost"): "good",
        ("acme#portfolio#0", "spoiled"): "bad",
        ("acme#portfolio#0", "later"): "new",
    }


def test_what_was_spoiled_is_replaced_when_that_is_asked_for(damaged: Any) -> None:
    """And only there: another partner's rows and later ones are not touched."""
    rows.bring("replace", "restored", "live", "acme#portfolio#")

    assert live(damaged) == {
        ("acme#portfolio#0", "kept"): "good",
        ("acme#portfolio#0", "lost"): "good",
        ("acme#portfolio#0", "spoiled"): "good",
        ("acme#portfolio#0", "later"): "new",
    }


def test_more_rows_than_one_call_may_name_are_all_looked_at(dynamodb: Any) -> None:
    """DynamoDB gives a hundred rows a call."""
    for at in range(250):
        put(dynamodb, "restored", "acme#portfolio#0", f"{at:03}", "good")

    rows.bring("add", "restored", "live", "")

    assert rows.bring("compare", "restored", "live", "") == {"same": 250}


def test_a_set_is_the_same_in_any_order(dynamodb: Any) -> None:
    """A partner's companies have no order, and DynamoDB gives them in any."""
    for name, companies in (("restored", ["a", "b"]), ("live", ["b", "a"])):
        row = {"pk": {"S": "acme"}, "sk": {"S": "#"}, "companies": {"SS": companies}}
        dynamodb.put_item(TableName=name, Item=row)

    assert rows.bring("compare", "restored", "live", "acme") == {"same": 1}


def test_who_asks_for_something_else_is_told_how_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written by a slip of the hand."""
    assert rows.main(["restore", "restored", "live", ""]) == 1
    assert "python -m ops.rows compare" in capsys.readouterr().err
