"""Portfolios to send, and calls that are signed by hand so that they can be wrong."""

import json
from collections.abc import Sequence
from typing import Any

from batchgate.access import signature
from tests.gateway import SUBMIT, Answer, Gateway, Partner

NOW = "1760000000000"
"""The tests' clock stands here, in ms."""

BATCH = "8c8974a0-e516-4a6c-92b3-7d2db780b18b"

ANSWER_BYTES = 6_291_556
"""What Lambda takes as an answer; its caller gets 502 for anything larger."""

type Query = list[tuple[str, str]]


def holding(**changes: Any) -> dict[str, Any]:
    """A good holding but for these changes."""
    return {"symbol": "FPT", "totalQty": 100, "costPrice": "95.50", "tradableQty": 80} | changes


def portfolio(user: Any = "1401", *holdings: Any) -> dict[str, Any]:
    """A portfolio with these holdings, or with one that is good."""
    return {"userId": user, "holding": list(holdings) or [holding()]}


def signed(partner: Partner, query: Sequence[tuple[str, str]], body: bytes = b"") -> Query:
    """This query with the partner's signature."""
    made = signature.sign(partner.secret, signature.signed_text(query, body))
    return [*query, ("signature", made)]


def call(
    gateway: Gateway,
    partner: Partner,
    function: str,
    query: Sequence[tuple[str, str]],
    body: bytes = b"",
) -> Answer:
    """Call with exactly this query and the partner's key."""
    return gateway.call(function, query=query, headers={"X-Api-Key": [partner.api_key]}, body=body)


def submit_text(gateway: Gateway, partner: Partner, text: str) -> Answer:
    """Submit a body as it is written here."""
    return gateway.signed(partner, SUBMIT, text.encode())


def synced(gateway: Gateway, partner: Partner, *portfolios: Any, batch: str = BATCH) -> Any:
    """The status of these portfolios once they are worked."""
    assert gateway.submit(partner, batchId=batch, portfolios=portfolios).status == 200
    gateway.drain()
    return gateway.status(partner, batchId=batch).body["data"]


def told(answer: Answer) -> tuple[int, Any]:
    """An answer's status and body."""
    return answer.status, answer.body


def refusal(status: int, message: str, data: Any = None) -> tuple[int, Any]:
    """What a refused call is told."""
    return status, {"status": status, "message": message, "data": data}


def handed_over(answer: Answer) -> int:
    """The bytes of an answer as Lambda hands it to API Gateway: JSON within JSON."""
    body = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
    return len(json.dumps({"statusCode": answer.status, "body": body}, ensure_ascii=False).encode())


def records(gateway: Gateway, partner: Partner) -> dict[str, Any]:
    """A partner's portfolios as they are stored: holdings by user."""
    return {
        row["sk"]["S"]: json.loads(row["c"]["B"])
        for row in gateway.rows("RecordsTable")
        if row["pk"]["S"].startswith(f"{partner.name}#")
    }


def status_of(gateway: Gateway, partner: Partner, text: str) -> Answer:
    """The status of a batch that is written like this, once it is worked."""
    accepted = submit_text(gateway, partner, text)
    assert accepted.status == 200
    gateway.drain()
    return gateway.status(partner, batchId=accepted.body["data"]["batchId"])


def fault(gateway: Gateway, partner: Partner, text: str, user: str = "1401") -> str:
    """The message of the one user of this batch, who must have failed."""
    data = status_of(gateway, partner, text).body["data"]
    assert (data["totalCount"], data["failedCount"], data["successes"]) == (1, 1, [])
    (row,) = data["failures"]
    assert (row["userId"], row["status"]) == (user, False)
    return str(row["message"])
