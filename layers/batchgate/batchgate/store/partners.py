"""Partners and their credentials: one partition per partner."""

import time
from typing import Any

from batchgate import aws
from batchgate.model import Account
from batchgate.store.rows import Row, b, query, s

KEEP_S = 10
"""How long a warm function trusts what it read: how soon a disabled partner is shut out."""

KEPT = 1_000
"""How many accounts a warm function remembers."""


class Partners:
    """The accounts of all partners in one table.

    Rows: `#` the account, `k/<key id>` an API key, `s/<serial>` a signing secret.
    """

    def __init__(self, table: str) -> None:
        """Keep accounts in this table."""
        self._table = table
        self._kept: dict[str, tuple[float, Account | None]] = {}

    def account(self, partner: str) -> Account | None:
        """A partner's account, at most `KEEP_S` old; `None` if there is no such partner."""
        until, account = self._kept.get(partner, (0.0, None))
        if until < time.monotonic():
            account = self._read(partner)
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[partner] = (time.monotonic() + KEEP_S, account)
        return account

    def _read(self, partner: str) -> Account | None:
        rows = list(
            query(
                self._table,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
                ExpressionAttributeValues={":pk": s(partner), ":first": s("#"), ":last": s("s/~")},
            )
        )
        if not rows or rows[0]["sk"]["S"] != "#":
            return None
        return Account(
            partner=partner,
            disabled=rows[0].get("disabled", {"BOOL": False})["BOOL"],
            contracts=frozenset(rows[0]["contracts"]["SS"]),
            keys={row["sk"]["S"][2:]: row["hash"]["B"] for row in rows if "hash" in row},
            secrets=[(row["sk"]["S"][2:], row["master"]["S"]) for row in rows if "master" in row],
        )

    def add(self, partner: str, contracts: set[str]) -> None:
        """Make an account, or let an existing one use more contracts."""
        self._update(
            partner,
            "#",
            UpdateExpression="ADD contracts :contracts",
            ExpressionAttributeValues={":contracts": {"SS": sorted(contracts)}},
        )

    def disable(self, partner: str, *, disabled: bool = True) -> None:
        """Shut a partner out of everything, or let it in again."""
        self._update(
            partner,
            "#",
            UpdateExpression="SET disabled = :disabled",
            ExpressionAttributeValues={":disabled": {"BOOL": disabled}},
        )

    def add_key(self, partner: str, key_id: str, digest: bytes) -> None:
        """Keep a live API key's SHA-256."""
        self._put({"pk": s(partner), "sk": s(f"k/{key_id}"), "hash": b(digest)})

    def add_secret(self, partner: str, serial: str, version: str) -> None:
        """Keep that a signing secret is live, and what it is derived from."""
        self._put({"pk": s(partner), "sk": s(f"s/{serial}"), "master": s(version)})

    def _put(self, row: Row) -> None:
        with aws.busy():
            aws.client("dynamodb").put_item(TableName=self._table, Item=row)

    def _update(self, partner: str, key: str, **how: Any) -> None:
        with aws.busy():
            aws.client("dynamodb").update_item(
                TableName=self._table, Key={"pk": s(partner), "sk": s(key)}, **how
            )
