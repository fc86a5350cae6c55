"""The partners' table as whoever runs the gateway sees it: all partners, and old credentials."""

from collections.abc import Iterator

from batchgate.model import Account
from batchgate.store.partners import Partners
from batchgate.store.rows import s, scan, transact


class Register(Partners):
    """The accounts of all partners, to be looked through and put in order."""

    def names(self) -> Iterator[str]:
        """The names of all partners. It reads the whole table."""
        rows = scan(
            self._table,
            FilterExpression="sk = :account",
            ExpressionAttributeValues={":account": s("#")},
            ProjectionExpression="pk",
        )
        for row in rows:
            yield row["pk"]["S"]

    def now(self, partner: str) -> Account | None:
        """A partner's account as it is; `None` if there is no such partner."""
        return self._read(partner)

    def retire(self, partner: str, key: str, other: str) -> bool:
        """Delete a credential or signing secret while another one lives; whether both were there.

        Both are named by kind and id, such as `k/1a2b` and `s/3c4d`.
        """
        gone = {
            "Key": {"pk": s(partner), "sk": s(key)},
            "ConditionExpression": "attribute_exists(pk)",
        }
        stays = {
            "Key": {"pk": s(partner), "sk": s(other)},
            "ConditionExpression": "attribute_exists(pk)",
        }
        return transact(self._table, {"Delete": gone}, {"ConditionCheck": stays}) is None
