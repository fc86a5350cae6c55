"""Batch proposals: sessions, and changes of listings at their times."""

from typing import Any, Literal, NotRequired, TypedDict

from batchgate.contracts.proposal import calls, change, create, faults, look
from ops.openapi.operations import answer, body, header, operation, path, query
from ops.openapi.schemas import Schema, either, of, ref, saying

TAG = "proposal"
BATCHES = "/api/spa/v1/proposal/batch"
State = Literal["idle", "executing", "finished", "failed", "canceled"]


class BatchProposal(TypedDict):
    """A batch; what has no value is left out."""

    id: int
    supplierId: int
    proposalType: Literal["updateImageV2"]
    batchSource: Literal["excel", "page", "api"]
    instantExecute: NotRequired[Literal[True]]
    details: NotRequired[list[change.Detail]]
    executeTs: str
    executeStatus: State
    executor: NotRequired[str]
    executeDetail: NotRequired[str]
    revertTs: str
    revertStatus: State
    reverter: NotRequired[str]
    revertDetail: NotRequired[str]
    creator: str
    createdTs: str
    modifier: NotRequired[str]
    modifiedTs: NotRequired[str]


class Pagination(TypedDict):
    """How many match, and where the next page begins."""

    nextOffset: NotRequired[int]
    resultsTotal: int


class Page(TypedDict):
    """A page of batches."""

    pagination: Pagination
    proposals: list[BatchProposal]


class Word(TypedDict):
    """The word that goes with a session."""

    wssid: str


class Fault(TypedDict):
    """One thing that is wrong with a request."""

    path: str
    message: str
    invalidValue: NotRequired[Any]


class Error(TypedDict):
    """Why a call is not served."""

    code: int
    message: str
    detail: NotRequired[list[Fault]]


class Refused(TypedDict):
    """A call that is not served."""

    error: Error


def _schemas() -> dict[str, Schema]:
    made = of(TAG, [create.Create, change.Change, BatchProposal, Page, Word, Refused])
    for name in ("executeTs", "revertTs", "createdTs", "modifiedTs"):
        made["proposal.BatchProposal"]["properties"][name] |= {"format": "date-time"}
    return made


SCHEMAS = _schemas()
SECURITY = {
    "session": {"type": "apiKey", "in": "cookie", "name": "_sp"},
    "word": {
        "type": "apiKey",
        "in": "header",
        "name": "X-YahooWSSID-Authorization",
        "description": "The session's `wssid`",
    },
    "signIn": {
        "type": "apiKey",
        "in": "header",
        "name": "api-signature",
        "description": "Hex of HMAC-SHA512 over time, token, salt and body",
    },
}
IN_SESSION: list[dict[str, Any]] = [{"session": [], "word": []}]


def _refused(description: str, *errors: tuple[int, str]) -> dict[str, Any]:
    told = [
        {
            "properties": {
                "error": {"properties": {"code": {"const": code}, "message": {"const": text}}}
            }
        }
        for code, text in errors
    ]
    return answer(description, {"allOf": [ref("proposal.Refused"), either(*told)]})


def _of(status: int) -> list[tuple[int, str]]:
    return [(code, text) for of, code, text in faults.REFUSALS.values() if of == status]


OURS = {
    "400": _refused("Something is wrong, all of one kind", *faults.MESSAGES.items()),
    "401": _refused("Sign in again, or bring the session's word", *_of(401)),
    "403": _refused("Not set up for this contract", *_of(403)),
    "500": _refused("Our fault", faults.FAILED[1:]),
}
NOT_FOUND = {"404": _refused("No such batch of yours", *_of(404))}
ID = path("id", "Which batch", {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"})
FIELDS = query("fields", "`+details` adds the details", {"enum": [calls.DETAILS]})
EXAMPLE = {
    "proposalType": "updateImageV2",
    "batchSource": "excel",
    "executeTs": "2035-10-10T10:00:00+08:00",
    "revertTs": "2035-10-10T05:00:00Z",
}


def _list(name: str, one: str) -> dict[str, Any]:
    pattern = f"^({one})(,({one}))*$"
    return query(name, "Values, with commas between", {"type": "string", "pattern": pattern})


def _interval(name: str) -> dict[str, Any]:
    return query(name, "`start/end`, both ISO-8601 with a zone", {"type": "string"})


LIST = [
    _list("id", calls.WHOLE.pattern),
    _list("listingId", "0|-?[1-9][0-9]{0,9}"),
    *(_list(name, "idle|executing|finished|failed|canceled") for name in look.FILTERS[2:4]),
    _list("batchSource", "|".join(look.SOURCES)),
    *(_interval(name) for name in look.INTERVALS),
    query(
        "sort", "In which order", {"type": "string", "pattern": f"^[+-]?({'|'.join(look.SORTS)})$"}
    ),
    FIELDS,
    query(
        "offset", "How many to leave out", {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
    ),
    query("limit", "How many to answer", {"type": "integer", "minimum": 0, "maximum": look.MOST}),
]
FOLLOW = {
    name: {"operationId": operation_id, "parameters": {"id": "$response.body#/id"}}
    for name, operation_id in {"get": "proposalGet", "change": "proposalChange"}.items()
}
COOKIE = {
    "Set-Cookie": {
        "required": True,
        "schema": {"type": "string", "pattern": "^_sp=[A-Za-z0-9_-]+; "},
    }
}
SIGN_IN = [
    header("api-token", "`Supplier_` and your number", {"type": "string"}, required=True),
    header("api-keyversion", "The key's version", {"type": "string"}, required=True),
    header("api-timestamp", "Now, in Unix seconds", {"type": "string"}, required=True),
]

PATHS = {
    "/api/spa/v1/signIn": {
        "post": operation(
            "proposalSignIn",
            "Begin a session",
            security=[{"signIn": []}],
            parameters=SIGN_IN,
            request=body({"type": "string"}, media_type="text/plain")
            | {"description": 'Base64 of `{"supplierId": N}` encrypted with AES-256-CBC'},
            responses=OURS | {"204": {"description": "A session", "headers": COOKIE}},
        )
    },
    "/api/spa/v1/token": {
        "get": operation(
            "proposalToken",
            "The word that goes with the session",
            security=[{"session": []}],
            responses=OURS | {"200": answer("The word", ref("proposal.Word"))},
        )
    },
    BATCHES: {
        "post": operation(
            "proposalCreate",
            "Create a batch",
            security=IN_SESSION,
            request=body(ref("proposal.Create"), EXAMPLE),
            responses=OURS
            | {"200": answer("The batch", ref("proposal.BatchProposal"), links=FOLLOW)},
        ),
        "get": operation(
            "proposalList",
            "A page of the batches that match",
            security=IN_SESSION,
            parameters=LIST,
            responses=OURS | {"200": answer("A page", ref("proposal.Page"))},
        ),
    },
    f"{BATCHES}/{{id}}": {
        "get": operation(
            "proposalGet",
            "One batch",
            security=IN_SESSION,
            parameters=[ID, FIELDS],
            responses=OURS
            | NOT_FOUND
            | {"200": answer("The batch", ref("proposal.BatchProposal"))},
        ),
        "patch": operation(
            "proposalChange",
            "Change a batch, or cancel what has not begun",
            security=IN_SESSION,
            parameters=[ID],
            request=body(ref("proposal.Change")),
            responses=OURS
            | NOT_FOUND
            | {"200": answer("The batch with its details", saying(ref("proposal.BatchProposal")))},
        ),
    },
}
