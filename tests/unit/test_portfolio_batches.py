"""Batches of portfolios as they are read, where working them would take a test too long."""

from collections.abc import Sequence
from typing import Any

import orjson

from batchgate.contracts.portfolio import submit
from batchgate.http import Request
from batchgate.model import Account, Item

BATCH = "8c8974a0-e516-4a6c-92b3-000000000001"
BROKER = Account(partner="acme", disabled=False, contracts=frozenset({"portfolio"}), keys={})


def read(body: dict[str, Any]) -> Sequence[Item]:
    request = Request(headers={}, query=(), body=orjson.dumps(body), correlation_id="an id")
    return submit.read(request, BROKER).items


def test_faults_are_told_up_to_400_000_of_a_call_and_counted_from_there() -> None:
    """Junk must not become an answer that nobody can be sent."""
    users = [{"userId": f"{at}", "holding": [{}] * 1_000} for at in range(101)]
    body = {"batchId": BATCH, "portfolios": users}

    items = read(body)

    assert [one.fault.count("; ") for one in items] == [3_999] * 100 + [0]
    assert items[100].fault == "userId: 4000 lỗi, không liệt kê hết"


def test_a_users_message_may_have_500_000_characters() -> None:
    """One more, and its faults are counted."""
    field = "X" * 249_990
    users = [
        {"userId": "1", "holding": [], field: 1},
        {"userId": "2", "holding": [], f"{field}X": 1},
    ]

    told, counted = (one.fault for one in read({"batchId": BATCH, "portfolios": users}))

    assert told == f"{field}: {field} không được hỗ trợ"
    assert len(told) == 500_000
    assert counted == "userId: 1 lỗi, không liệt kê hết"
