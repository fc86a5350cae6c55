"""What the tables and logs hold once the other tests ran: whose it is, and nothing secret."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from local.stack import Stack
from tests.stack.broker import Broker, batch
from tests.stack.logs import everything, lines

pytestmark = pytest.mark.stack


def keys(stack: Stack, table: str) -> Iterator[dict[str, Any]]:
    """All rows of a table of the stack."""
    pages = stack.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=stack.outputs[table]):
        yield from page["Items"]


def test_every_row_lies_under_its_partner(
    stack: Stack, brokers: Mapping[str, Broker], acme: Broker
) -> None:
    """A key that did not begin with the partner could be another's."""
    acme.submit(batch("investor-1", "investor-2"))
    acme.ended()
    names = set(brokers)

    batches = list(keys(stack, "BatchesTable"))
    records = [row for row in keys(stack, "RecordsTable") if row["pk"]["S"] != "#numbers"]
    accounts = list(keys(stack, "PartnersTable"))

    assert batches
    assert records
    for row in batches + records:
        partner, feed, _ = row["pk"]["S"].split("#", 2)
        assert (partner in names, feed) == (True, "portfolio")
        assert row.get("owner", {"S": f"{partner}#portfolio"})["S"] == f"{partner}#portfolio"
    assert {row["pk"]["S"] for row in accounts} == names


def test_nothing_secret_and_no_partners_row_is_logged(
    stack: Stack, acme: Broker, secrets: set[str]
) -> None:
    """Logs are read by more people than tables are, and kept in more places."""
    sent = batch("investor-1", "investor-2", costPrice="1234567.125")
    sent["portfolios"][1]["holding"][0]["totalQty"] = "TICK-QUANTITY"
    acme.submit(sent)
    acme.ended(batchId=sent["batchId"])
    acme.post(b'{"portfolios":[{"userId":"investor-1"')
    rows = {"investor", "TICK", "1234567.125", "USERFULLFLOW", "USER0015"}

    logged = list(everything(stack))

    for function in ("PortfolioSubmit", "PortfolioStatus", "Worker"):
        assert lines(stack, function), function
    assert any("slice ended" in line for line in logged)
    for told in rows | secrets:
        assert [line for line in logged if told in line] == []
