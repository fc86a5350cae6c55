"""Portfolio sync: signed calls."""

from typing import Any, NotRequired, TypedDict

from batchgate.access import signature
from batchgate.contracts.portfolio import status, submit
from ops.openapi.operations import answer, body, operation, query
from ops.openapi.schemas import Schema, either, of, ref, saying

TAG = "portfolio"
BATCH = "/api/personalize/v1/partner/sync/portfolio/batch"


class Receipt(TypedDict):
    """What was accepted."""

    batchId: str
    totalCount: int


class Row(TypedDict):
    """How one user's sync ended."""

    batchId: str
    userId: str
    portfolioId: NotRequired[int]
    status: bool
    message: str


class Status(TypedDict):
    """The counters of all that was asked for, and one page of its rows."""

    batchId: str | None
    totalCount: int
    successCount: int
    failedCount: int
    successes: list[Row]
    failures: list[Row]
    pendingCount: int
    nextCursor: NotRequired[str]


class Accepted(TypedDict):
    """A batch that is stored."""

    status: int
    message: str
    data: Receipt


class Told(TypedDict):
    """A status."""

    status: int
    message: str
    data: Status


class Clock(TypedDict):
    """Our clock, in ms."""

    serverTime: int


class Late(TypedDict):
    """A call from outside its window."""

    status: int
    message: str
    data: Clock


class Refused(TypedDict):
    """A call that is not served."""

    status: int
    message: str
    data: None


def _schemas() -> dict[str, Schema]:
    made = of(TAG, [submit.Envelope, submit.Portfolio, Accepted, Told, Late, Refused])
    made["portfolio.Envelope"]["properties"]["portfolios"] |= {
        "items": ref("portfolio.Portfolio"),
        "maxItems": submit.PORTFOLIOS,
    }
    made["portfolio.Portfolio"]["properties"]["holding"]["maxItems"] = submit.HOLDINGS
    return made


SCHEMAS = _schemas()
SECURITY = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "signature": {
        "type": "apiKey",
        "in": "query",
        "name": "signature",
        "description": "Hex of HMAC-SHA256 over the other parameters, sorted, and the body's bytes",
    },
}
SIGNED: list[dict[str, Any]] = [{"apiKey": [], "signature": []}]
WINDOW = [
    query(
        "timestamp",
        "Now, in ms since 1970",
        {"type": "string", "pattern": "^[0-9]{1,16}$"},
        required=True,
    ),
    query(
        "recvWindow",
        f"How old the call may be, in ms; without it {signature.WINDOW_MS}",
        {"type": "integer", "minimum": 1, "maximum": signature.LONGEST_WINDOW_MS},
    ),
]


def _refused(status: int, description: str, *messages: str) -> dict[str, Any]:
    said: dict[str, Any] = {"message": list(messages)} if messages else {}
    return answer(description, saying(ref("portfolio.Refused"), status=status, **said))


UNAUTHORIZED = answer(
    "The key, the time or the signature is not right",
    either(
        saying(
            ref("portfolio.Refused"),
            status=401,
            message=["Invalid API key", "Invalid signature"],
        ),
        saying(ref("portfolio.Late"), status=401, message="Timestamp outside of recvWindow"),
    ),
)
OURS = {
    "401": UNAUTHORIZED,
    "500": _refused(500, "Our fault: send the same again", "Internal server error"),
    "503": _refused(503, "Busy", "Temporarily unavailable, please send the same again"),
}
EXAMPLE = {
    "batchId": "8c8974a0-e516-4a6c-92b3-7d2db780b18b",
    "portfolios": [
        {
            "userId": "1401",
            "holding": [
                {"symbol": "FPT", "totalQty": 100, "costPrice": "95.50", "tradableQty": 80}
            ],
        }
    ],
}

PATHS = {
    BATCH: {
        "post": operation(
            "portfolioSubmit",
            "Submit the portfolios of many users",
            security=SIGNED,
            parameters=WINDOW,
            request=body(ref("portfolio.Envelope"), EXAMPLE),
            responses=OURS
            | {
                "200": answer(
                    "Stored; its status tells what became of it",
                    saying(ref("portfolio.Accepted"), status=200, message="Success"),
                    links={
                        "status": {
                            "operationId": "portfolioStatus",
                            "parameters": {"batchId": "$response.body#/data/batchId"},
                        }
                    },
                ),
                "400": _refused(400, "A parameter or the body is wrong"),
                "409": _refused(
                    409,
                    "The batch id is used",
                    "Batch id already used with other content",
                    "Batch id already used, and no longer kept",
                ),
                "413": _refused(413, "Over a limit, which the message names"),
            },
        )
    },
    f"{BATCH}/status": {
        "get": operation(
            "portfolioStatus",
            "What became of a batch, or of all that are kept",
            security=SIGNED,
            parameters=[
                *WINDOW,
                query(
                    "batchId",
                    "Which batch; without it all",
                    {"type": "string", "pattern": submit.UUID_FORM},
                ),
                query(
                    "limit",
                    f"Rows a page; without it {status.ROWS}",
                    {"type": "integer", "minimum": 1, "maximum": status.ROWS},
                ),
                query("cursor", "The last answer's `nextCursor`", {"type": "string"}),
            ],
            responses=OURS
            | {
                "200": answer(
                    "The counters and a page of rows",
                    saying(ref("portfolio.Told"), status=200, message="Success"),
                ),
                "400": _refused(400, "A parameter is wrong"),
                "404": _refused(404, "No such batch of yours", "Batch not found"),
            },
        )
    },
}
