"""Manufacturers of the stack under test, what they push, and what is kept of it."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpx

from local.client import ISSUE, SYNC, PushClient
from local.stack import Stack

DATA_SET = "odm/master_data"
SHARDS = 2
SUCCESS = '{"code":"0","msg":"request success"}'
CONSUMED = '{"code":"E00A00","msg":"the sequence data has been successfully consumed"}'


class Maker(PushClient):
    """A manufacturer who can also send what no honest client would.

    What must never show in a log or lie readable in a table is added to `secrets`.
    """

    def __init__(
        self, stack: Stack, name: str, credentials: Mapping[str, str], secrets: set[str]
    ) -> None:
        super().__init__(stack.base_url, **credentials)
        self.name = name
        self.credentials = credentials
        self.bearer = ""
        self._stack = stack
        self._secrets = secrets
        secrets |= {credentials[one] for one in credentials if one in {"client_secret", "password"}}
        if "client_id" in credentials:
            self.bearer = self.token()
            secrets.add(self.bearer.rsplit(".", 1)[1])

    def basic(self, name: str = "username", secret: str = "password") -> str:
        """An `Authorization` header with these of the maker's credentials."""
        pair = f"{self.credentials[name]}:{self.credentials[secret]}"
        encoded = b64encode(pair.encode()).decode()
        self._secrets.add(encoded)
        return f"Basic {encoded}"

    def ask(self, form: Mapping[str, str], authorization: str | None = None) -> httpx.Response:
        """Ask for a token, with exactly this."""
        answer = self._bare("POST", ISSUE, authorization, data=form)
        if answer.is_success:
            self._secrets.add(answer.json()["access_token"].rsplit(".", 1)[1])
        return answer

    def send(
        self,
        method: str,
        path: str,
        body: str = "",
        *,
        authorization: str | None,
    ) -> httpx.Response:
        """Send exactly this, to a path below the data sets."""
        return self._bare(method, f"{SYNC}/{path}", authorization, content=body.encode())

    def write(self, method: str, body: str) -> httpx.Response:
        """Push a sequence as it is written, with the maker's token."""
        return self.send(method, DATA_SET, body, authorization=f"Bearer {self.bearer}")

    def standing(self, batch_id: str) -> dict[str, Any]:
        """What the status tells of a batch of POST, PUT or PATCH, once it was seen to add up."""
        return self._told(self.status(DATA_SET, batch_id))

    def done(self, batch_id: str) -> dict[str, Any]:
        """The same once the batch is completed."""
        return self._told(self.completed(DATA_SET, batch_id))

    def rows(self) -> dict[str, dict[str, Any]]:
        """What is kept of the data set by part number, just as it lies in the table."""
        dynamodb = self._stack.client("dynamodb")
        return {
            row["sk"]["S"].partition("\x1f")[0]: row
            for of in range(SHARDS)
            for page in dynamodb.get_paginator("query").paginate(
                TableName=self._stack.outputs["RecordsTable"],
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"{self.name}#{DATA_SET}#{of}"}},
                ConsistentRead=True,
            )
            for row in page["Items"]
            if "c" in row
        }

    def _told(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()["result"]
        ended = ("inserted", "updated", "unchanged", "failed", "pending")
        assert told["received"] == sum(told[name] for name in ended), answer.text
        return told

    def _bare(
        self, method: str, path: str, authorization: str | None, **given: Any
    ) -> httpx.Response:
        headers = {"Authorization": authorization} if authorization else {}
        # Its own connection: the client's would add its own authorization.
        return httpx.request(
            method,
            self._stack.base_url + path,
            headers=headers,
            timeout=60,
            trust_env=False,
            **given,
        )


def row(part: int, quantity: str = "10") -> dict[str, str]:
    """A good row of the data set."""
    return {"LENOVO_PN": name(part), "PLANT": "H121", "QTY": quantity}


def name(part: int) -> str:
    """A part's number."""
    return f"SD10W{part:05}"


def names(parts: Iterable[int]) -> set[str]:
    """The numbers of parts."""
    return {name(part) for part in parts}


def sequence(
    batch_id: str, rows: Sequence[object], *, of: int | None = None, seq_id: str = "1"
) -> dict[str, Any]:
    """A sequence of a batch `of` so many rows; without, of these rows only."""
    return {
        "batch_id": batch_id,
        "batch_size": str(of or len(rows)),
        "seq_id": seq_id,
        "seq_size": str(len(rows)),
        "data": list(rows),
    }


def sequences(batch_id: str, rows: Sequence[object]) -> dict[str, dict[str, Any]]:
    """A batch in sequences of 500 rows, by their numbers."""
    starts = range(0, len(rows), 500)
    return {
        str(at): sequence(batch_id, rows[start : start + 500], of=len(rows), seq_id=str(at))
        for at, start in enumerate(starts, start=1)
    }
