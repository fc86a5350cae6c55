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


def test_a_comparison_tells_what_differs_and_writes_nothing(
    damaged: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """One looks before one writes into a production table."""
    before = live(damaged)

    assert rows.main(["compare", "restored", "live", "acme#"]) == 0

    assert capsys.readouterr().out == (
        "partitions acme#…, restored against live: 1 the same, 1 missing, 1 different\n"
    )
    assert live(damaged) == before


def test_what_is_missing_is_added_and_the_rest_stays(
    damaged: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row that was changed since is the newer one."""
    assert rows.main(["add", "restored", "live", "acme#portfolio#", "--yes"]) == 0

    assert capsys.readouterr().out.endswith("Rows written into live: 1 of 1.\n")
    assert live(damaged) == {
        ("acme#portfolio#0", "kept"): "good",
        ("acme#portfolio#0", "lost"): "good",
        ("acme#portfolio#0", "spoiled"): "bad",
        ("acme#portfolio#0", "later"): "new",
    }


def test_what_was_spoiled_is_replaced_when_that_is_asked_for(damaged: Any) -> None:
    """And only there: another partner's rows and later ones are not touched."""
    assert rows.main(["replace", "restored", "live", "acme#portfolio#", "--yes"]) == 0

    assert live(damaged) == {
        ("acme#portfolio#0", "kept"): "good",
        ("acme#portfolio#0", "lost"): "good",
        ("acme#portfolio#0", "spoiled"): "good",
        ("acme#portfolio#0", "later"): "new",
    }


@pytest.mark.parametrize(("verb", "due"), [("add", 1), ("replace", 2)])
def test_without_yes_it_says_what_it_would_write_and_writes_nothing(
    damaged: Any, capsys: pytest.CaptureFixture[str], verb: str, due: int
) -> None:
    """At three in the morning the first try is the one with the wrong table."""
    before = live(damaged)

    assert rows.main([verb, "restored", "live", "acme#portfolio#"]) == 3

    assert capsys.readouterr().out == (
        "partitions acme#portfolio#…, restored against live: 1 the same, 1 missing, 1 different\n"
        f"Rows to write into live: {due}. Nothing was written: say --yes.\n"
        "What was removed since would live again: docs/operations.md tells when.\n"
    )
    assert live(damaged) == before


def test_what_was_removed_since_comes_back_once_nothing_is_left_of_it(dynamodb: Any) -> None:
    """A tombstone is kept for 15 days, and a table can be restored to 35 days ago."""
    put(dynamodb, "restored", "acme#portfolio#0", "removed", "good")
    put(dynamodb, "live", "acme#portfolio#0", "removed", "tombstone")

    rows.main(["add", "restored", "live", "acme#", "--yes"])
    assert live(dynamodb) == {("acme#portfolio#0", "removed"): "tombstone"}

    key = {"pk": {"S": "acme#portfolio#0"}, "sk": {"S": "removed"}}
    dynamodb.delete_item(TableName="live", Key=key)
    rows.main(["add", "restored", "live", "acme#", "--yes"])
    assert live(dynamodb) == {("acme#portfolio#0", "removed"): "good"}


def test_where_nothing_is_missing_nothing_is_left_to_confirm(dynamodb: Any) -> None:
    """A script goes on where the answer is that all is there."""
    put(dynamodb, "restored", "acme#portfolio#0", "kept", "good")
    put(dynamodb, "live", "acme#portfolio#0", "kept", "good")

    assert rows.main(["replace", "restored", "live", "acme#"]) == 0


def test_more_rows_than_one_call_may_name_are_all_looked_at(
    dynamodb: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """DynamoDB gives a hundred rows a call."""
    for at in range(250):
        put(dynamodb, "restored", "acme#portfolio#0", f"{at:03}", "good")

    rows.main(["add", "restored", "live", "", "--all", "--yes"])
    rows.main(["compare", "restored", "live", "", "--all"])

    assert "all partitions, restored against live: 250 the same" in capsys.readouterr().out


def test_a_set_is_the_same_in_any_order(dynamodb: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A partner's companies have no order, and DynamoDB gives them in any."""
    for name, companies in (("restored", ["a", "b"]), ("live", ["b", "a"])):
        row = {"pk": {"S": "acme"}, "sk": {"S": "#"}, "companies": {"SS": companies}}
        dynamodb.put_item(TableName=name, Item=row)

    rows.main(["compare", "restored", "live", "acme", "--exactly"])

    assert ": 1 the same, 0 missing" in capsys.readouterr().out


def test_one_partner_is_restored_without_those_whose_names_begin_so(dynamodb: Any) -> None:
    """Their credentials were revoked since: back in the table they would live again."""
    for partner in ("acme", "acme-parts"):
        put(dynamodb, "restored", partner, "#", "account")

    rows.main(["add", "restored", "live", "acme", "--exactly", "--yes"])

    assert live(dynamodb) == {("acme", "#"): "account"}


@pytest.fixture
def copies(dynamodb: Any) -> Any:
    """A copy that DynamoDB made of the live table, and a table of some other kind."""
    dynamodb.restore_table_to_point_in_time(SourceTableName="live", TargetTableName="copy")
    dynamodb.create_table(
        TableName="foreign",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["live", "live", "acme#"], "live and live are the same table"),
        (["restored", "gone", "acme#"], "there is no table gone"),
        (["gone", "live", "acme#"], "there is no table gone"),
        (["restored", "foreign", "acme#"], "foreign has the key id, not pk, sk"),
        (["live", "copy", "acme#"], "copy is the copy: the restored table comes first"),
        (["copy", "restored", "acme#"], "table/live, not of restored"),
        (["restored", "live", "acme"], "acme may begin other names, too"),
        (["restored", "live", ""], 'by "" and --all together'),
        (["restored", "live", "acme#", "--all"], 'by "" and --all together'),
    ],
)
def test_a_slip_is_refused_before_a_row_is_read(
    copies: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    """None of these is ever what somebody wants, and --yes must not make it so."""
    put(copies, "restored", "acme#portfolio#0", "lost", "good")

    with pytest.raises(SystemExit) as stopped:
        rows.main(["replace", *arguments, "--yes"])

    assert stopped.value.code == 2
    assert told in capsys.readouterr().err
    assert live(copies) == {}


def test_a_table_that_was_restored_from_the_live_one_is_taken(copies: Any) -> None:
    """It is what the guide makes."""
    put(copies, "copy", "acme#portfolio#0", "lost", "good")

    assert rows.main(["add", "copy", "live", "acme#", "--yes"]) == 0
    assert live(copies) == {("acme#portfolio#0", "lost"): "good"}


def test_who_asks_for_something_else_is_told_how_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written by a slip of the hand."""
    with pytest.raises(SystemExit) as stopped:
        rows.main(["restore", "restored", "live", ""])

    assert stopped.value.code == 2
    assert "usage: python -m ops.rows" in capsys.readouterr().err
