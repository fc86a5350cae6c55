"""What the tables and logs hold once the other tests ran: whose it is, and nothing secret."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from local.stack import Stack
from tests.stack.broker import Broker, batch
from tests.stack.logs import everything, lines
from tests.stack.maker import DATA_SET, Maker, row, sequence

pytestmark = pytest.mark.stack

FEEDS = {
    "portfolio": {"portfolio"},
    "push": {DATA_SET},
    "loyalty": {"card", "coupon", "segment"},
    "proposal": {"listing"},
}
"""What the partners of a contract have batches and records in, in these tests."""


def keys(stack: Stack, table: str) -> Iterator[dict[str, Any]]:
    """All rows of a table of the stack."""
    pages = stack.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=stack.outputs[table]):
        yield from page["Items"]


def test_every_row_lies_under_its_partner(
    stack: Stack, brokers: Mapping[str, Broker], acme: Broker, makers: Mapping[str, Maker]
) -> None:
    """A key that did not begin with the partner could be another's."""
    acme.submit(batch("investor-1", "investor-2"))
    acme.ended()
    makers["sampler"].push("POST", DATA_SET, sequence("KEPT", [row(1)]))
    batches = list(keys(stack, "BatchesTable"))
    records = [row for row in keys(stack, "RecordsTable") if row["pk"]["S"] != "#numbers"]
    accounts = list(keys(stack, "PartnersTable"))

    feeds = {
        one["pk"]["S"]: set[str]().union(*(FEEDS[name] for name in one["contracts"]["SS"]))
        for one in accounts
        if one["sk"]["S"] == "#"
    }

    assert batches
    assert records
    assert {*brokers, *makers} <= set(feeds)
    for one in batches + records:
        partner, feed, _ = one["pk"]["S"].split("#", 2)
        assert feed in feeds[partner]
        assert one.get("owner", {"S": f"{partner}#{feed}"})["S"] == f"{partner}#{feed}"
    assert {one.get("partner", one["pk"])["S"] for one in accounts} == set(feeds)


def test_nothing_secret_lies_readable_in_a_table(
    stack: Stack, brokers: Mapping[str, Broker], makers: Mapping[str, Maker], secrets: set[str]
) -> None:
    """Whoever reads a table, or a backup of it, can call as nobody."""
    maker, user = makers["sampler"], makers["user"]
    assert {maker.bearer[-43:], maker.credentials["client_secret"]} <= secrets
    assert user.credentials["password"] in secrets
    assert {broker.secret for broker in brokers.values()} <= secrets

    for table in ("BatchesTable", "RecordsTable", "PartnersTable"):
        shown = "\n".join(map(repr, keys(stack, table)))
        assert shown
        assert [one for one in secrets if one in shown] == []


def test_nothing_secret_and_no_partners_row_is_logged(
    stack: Stack, acme: Broker, makers: Mapping[str, Maker], secrets: set[str]
) -> None:
    """Logs are read by more people than tables are, and kept in more places."""
    sent = batch("investor-1", "investor-2", costPrice="1234567.125")
    sent["portfolios"][1]["holding"][0]["totalQty"] = "TICK-QUANTITY"
    acme.submit(sent)
    acme.ended(batchId=sent["batchId"])
    acme.post(b'{"portfolios":[{"userId":"investor-1"')
    maker = makers["sampler"]
    maker.ask({"grant_type": "client_credentials", **maker.credentials})
    maker.send("POST", DATA_SET, "{}", authorization=f"Bearer {maker.bearer}x")
    maker.push("POST", DATA_SET, sequence("LOGGED", [row(1), {"PLANT": "SD10W"}]))
    maker.standing("LOGGED")
    rows = {"investor", "TICK", "1234567.125", "USERFULLFLOW", "USER0015", "SD10W"}

    logged = list(everything(stack))

    for function in (
        "PortfolioSubmit",
        "PortfolioStatus",
        "PushToken",
        "PushRows",
        "PushStatus",
        "Worker",
    ):
        assert lines(stack, function), function
    assert any("slice ended" in line for line in logged)
    for told in rows | secrets:
        assert [line for line in logged if told in line] == []
