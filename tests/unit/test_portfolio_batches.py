"""Batches of portfolios as they are read, where working them would take a test too long."""

import orjson

from batchgate.contracts.portfolio import submit
from batchgate.http import Request
from batchgate.model import Account

BROKER = Account(partner="acme", disabled=False, contracts=frozenset({"portfolio"}), keys={})


def test_faults_are_told_up_to_400_000_of_a_call_and_counted_from_there() -> None:
    """Junk must not become an answer that nobody can be sent."""
    users = [{"userId": f"{at}", "holding": [{}] * 1_000} for at in range(101)]
    body = {"batchId": "8c8974a0-e516-4a6c-92b3-000000000001", "portfolios": users}
    request = Request(headers={}, query=(), body=orjson.dumps(body), correlation_id="an id")

    items = submit.read(request, BROKER).items

    assert [one.fault.count("; ") for one in items] == [3_999] * 100 + [0]
    assert items[100].fault == "userId: 4000 lỗi, không liệt kê hết"
