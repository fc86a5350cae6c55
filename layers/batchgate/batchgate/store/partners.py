"""Partners and their credentials: one partition per partner."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from batchgate import aws
from batchgate.model import Account
from batchgate.store.rows import Row, b, get_all, n, number, query, s, transact

KEEP_S = 10
"""How long a warm function trusts what it read: how soon a disabled partner is shut out."""

KEPT = 1_000
"""How many accounts a warm function remembers."""


class Partners:
    """The accounts of all partners in one table.

    Rows: `#` the account, `b/…`, `c/…`, `k/…` and `p/…` credentials, `i/<version>` a
    sign-in key, `s/<serial>` a signing secret, `t/<SHA-256>` a bearer token. A supplier's
    number has a partition of its own, `supplier/<number>`, that names its partner.
    """

    def __init__(self, table: str) -> None:
        """Keep accounts in this table."""
        self._table = table
        self._kept: dict[str, tuple[float, Any]] = {}

    def account(self, partner: str) -> Account | None:
        """A partner's account, at most `KEEP_S` old; `None` if there is no such partner."""
        return self._remember(partner, self._read, partner)

    def supplier(self, number: int) -> Account | None:
        """The account of the partner with this supplier's number; `None` if there is none.

        Whether it is known or not takes the same reads.
        """
        owner = self._remember(f"owner/{number}", self._owner, number)
        return self.account(owner or f"supplier/{number}")

    def _owner(self, number: int) -> str | None:
        return next((row["partner"]["S"] for row in get_all(self._table, [_owned(number)])), None)

    def _remember[**P, T](
        self, name: str, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        until, kept = self._kept.get(name, (0.0, None))
        if until < time.monotonic():
            kept = read(*args, **kwargs)
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[name] = (time.monotonic() + KEEP_S, kept)
        return cast("T", kept)

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
        return _account(partner, rows)

    def bearer(self, partner: str, client: str, digest: str) -> tuple[Account, int] | None:
        """Whose token this is, at most `KEEP_S` old, and when it expires (UTC, s). One read.

        `None` if there is no such token, or its client is no longer.
        """
        return self._remember(
            f"{partner}/{client}/{digest}", self._read_bearer, partner, client, digest
        )

    def _read_bearer(self, partner: str, client: str, digest: str) -> tuple[Account, int] | None:
        keys = ("#", f"c/{client}", f"t/{digest}")
        rows = {
            row["sk"]["S"]: row
            for row in get_all(
                self._table,
                [{"pk": s(partner), "sk": s(key)} for key in keys],
                ConsistentRead=True,  # a token is used the moment it is given
            )
        }
        if any(key not in rows for key in keys):
            return None
        return _account(partner, list(rows.values())), number(rows[keys[2]], "expires")

    def add(self, partner: str, contracts: set[str], methods: Iterable[str] = ()) -> None:
        """Make an account, or let an existing one use more contracts and methods."""
        sets = {"contracts": sorted(contracts), "methods": sorted(methods)}
        given = {name: values for name, values in sets.items() if values}
        self._update(
            partner,
            "#",
            UpdateExpression="ADD " + ", ".join(f"{name} :{name}" for name in given),
            ExpressionAttributeValues={
                f":{name}": {"SS": values} for name, values in given.items()
            },
        )

    def add_company(self, partner: str, company: str) -> None:
        """Let a partner act for a company."""
        self._update(
            partner,
            "#",
            UpdateExpression="ADD companies :companies",
            ExpressionAttributeValues={":companies": {"SS": [company]}},
        )

    def add_supplier(self, partner: str, supplier: int, contract: str) -> bool:
        """Let a partner use a contract, known there by a supplier's number.

        `False` if the number is another partner's, or the partner has another number.
        """
        named = {
            "Key": {"pk": s(partner), "sk": s("#")},
            "UpdateExpression": "SET supplier = :supplier ADD contracts :contracts",
            "ConditionExpression": "attribute_not_exists(supplier) OR supplier = :supplier",
            "ExpressionAttributeValues": {
                ":supplier": n(supplier),
                ":contracts": {"SS": [contract]},
            },
        }
        owned = {
            "Item": _owned(supplier) | {"partner": s(partner)},
            "ConditionExpression": "attribute_not_exists(pk) OR partner = :partner",
            "ExpressionAttributeValues": {":partner": s(partner)},
        }
        return transact(self._table, {"Update": named}, {"Put": owned}) is None

    def add_sign_in(self, partner: str, version: str) -> str:
        """Keep that the next sign-in key is live, and what it is derived from; its version."""
        with aws.busy():
            answer = aws.client("dynamodb").update_item(
                TableName=self._table,
                Key={"pk": s(partner), "sk": s("#")},
                UpdateExpression="ADD sign_ins :one",
                ExpressionAttributeValues={":one": n(1)},
                ReturnValues="UPDATED_NEW",
            )
        made = str(number(answer["Attributes"], "sign_ins"))
        self._put({"pk": s(partner), "sk": s(f"i/{made}"), "master": s(version)})
        return made

    def limit(self, partner: str, feeds: Iterable[str]) -> None:
        """Let a partner use only these feeds of a contract that has several."""
        self._update(
            partner,
            "#",
            UpdateExpression="SET feeds = :feeds",
            ExpressionAttributeValues={":feeds": {"SS": sorted(feeds)}},
        )

    def disable(self, partner: str, *, disabled: bool = True) -> None:
        """Shut a partner out of everything, or let it in again."""
        self._update(
            partner,
            "#",
            UpdateExpression="SET disabled = :disabled",
            ExpressionAttributeValues={":disabled": {"BOOL": disabled}},
        )

    def add_key(self, partner: str, key: str, digest: bytes) -> None:
        """Keep a live credential's SHA-256; `key` is its kind and id, such as `k/1a2b`."""
        self._put({"pk": s(partner), "sk": s(key), "hash": b(digest)})

    def add_token(self, partner: str, digest: str, expires: int) -> None:
        """Keep a bearer token's SHA-256 until it expires (UTC, s)."""
        self._put({"pk": s(partner), "sk": s(f"t/{digest}"), "expires": n(expires)})

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


def _account(partner: str, rows: Sequence[Row]) -> Account:
    (head,) = (row for row in rows if row["sk"]["S"] == "#")
    return Account(
        partner=partner,
        disabled=head.get("disabled", {"BOOL": False})["BOOL"],
        contracts=frozenset(head["contracts"]["SS"]),
        methods=frozenset(head.get("methods", {"SS": []})["SS"]),
        feeds=frozenset(head.get("feeds", {"SS": []})["SS"]),
        companies=frozenset(head.get("companies", {"SS": []})["SS"]),
        keys={row["sk"]["S"]: row["hash"]["B"] for row in rows if "hash" in row},
        secrets=list(_derived(rows, "s/").items()),
        supplier=number(head, "supplier"),
        sign_in=_derived(rows, "i/"),
    )


def _derived(rows: Sequence[Row], kind: str) -> dict[str, str]:
    """The names of what is derived, and the versions of the master secret for each."""
    named = ((row["sk"]["S"], row) for row in rows if "master" in row)
    return {
        key.removeprefix(kind): row["master"]["S"] for key, row in named if key.startswith(kind)
    }


def _owned(supplier: int) -> Row:
    return {"pk": s(f"supplier/{supplier}"), "sk": s("owner")}
