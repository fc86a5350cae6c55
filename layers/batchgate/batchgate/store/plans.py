"""Plans: a row for each in its feed's partition, and one for what it does to which keys.

The feed's partition is that of a batch without a name. `h/<number>` is a plan, `d/<number>`
its turns. All plans of a partner are one query; only those with something to do are in the
index `open`, as batches are.
"""

import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import orjson
from botocore.exceptions import ClientError

from batchgate import aws
from batchgate.engine.phases import PATIENCE_US
from batchgate.errors import DataLost
from batchgate.model import BatchId, Phase, PhaseName, PhaseState, Plan, PlanId, Turn
from batchgate.store import layout
from batchgate.store.rows import Row, b, n, number, query, s, transact

HEAD, TURNS = "h/", "d/"
WAITING = "plans"
"""The partition of the index `open` in which plans with something to do are found."""


class Plans:
    """The plans of all partners in the batches' table."""

    def __init__(self, table: str, days: int, clock: Callable[[], int]) -> None:
        """Keep plans in this table for so many days after they are through."""
        self._table = table
        self._days = days
        self._clock = clock

    def put(self, plan: Plan, turns: Sequence[Turn] | None = None) -> bool:
        """Keep a version of a plan, with new turns if given, if it follows the one that is kept.

        Raises:
            Busy: DynamoDB refused for load; nothing was kept.
        """
        actions = [{"Put": self._head(plan)}]
        if turns is not None:
            packed = zlib.compress(orjson.dumps([[t.key, t.execute, t.revert] for t in turns]))
            row = {"v": n(plan.turned), "c": b(packed), "expires": n(self._expires(plan))}
            actions.append({"Put": {"Item": _key(plan.id, TURNS) | row}})
        # A transaction even for one row: it is told from its own repetition by the SDK,
        # where a plain write would find its condition broken by itself.
        return transact(self._table, *actions) is None

    def _head(self, plan: Plan) -> Row:
        row = _key(plan.id, HEAD) | {
            "v": n(plan.version),
            "c": b(_packed(plan)),
            "expires": n(self._expires(plan)),
        }
        if plan.next_s:
            due_us = max(plan.next_s * 1_000_000, self._clock()) + PATIENCE_US
            row |= {"open": s(WAITING), "due": n(due_us)}
        if plan.version == 1:
            return {"Item": row, "ConditionExpression": "attribute_not_exists(pk)"}
        return {
            "Item": row,
            "ConditionExpression": "v = :before",
            "ExpressionAttributeValues": {":before": n(plan.version - 1)},
        }

    def _expires(self, plan: Plan) -> int:
        through_s = max(plan.execute.at_s, plan.revert.at_s, self._clock() // 1_000_000)
        return through_s + self._days * 86_400

    def get(self, of: PlanId) -> Plan | None:
        """A plan as it is now, read consistently; `None` if there is no such plan."""
        row = self._get(of, HEAD)
        return _plan(row) if row else None

    def with_turns(self, plan: Plan) -> tuple[Plan, Sequence[Turn]]:
        """A plan and what it does to which keys, as both are now if it was changed meanwhile.

        Raises:
            DataLost: its turns are not there.
        """
        while plan.turned:
            row = self._get(plan.id, TURNS)
            if row and number(row, "v") == plan.turned:
                return plan, _turns(row)
            now = self.get(plan.id)
            if now is None or now.turned == plan.turned:
                raise DataLost("a plan's turns are missing")
            plan = now
        return plan, ()

    def listed(self, partner: str, feed: str) -> Sequence[Plan]:
        """All plans of a partner's feed, by their numbers; read consistently."""
        return [_plan(row) for row in self._query(partner, feed, HEAD)]

    def touching(self, partner: str, feed: str, keys: Collection[int]) -> set[int]:
        """The numbers of a partner's plans that do something to any of these keys."""
        return {
            _number(row)
            for row in self._query(partner, feed, TURNS)
            if any(turn.key in keys for turn in _turns(row))
        }

    def overdue(self, now_us: int) -> Iterator[PlanId]:
        """Plans that should have acted by now."""
        rows = query(
            self._table,
            IndexName="open",
            KeyConditionExpression="#open = :waiting AND due <= :now",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues={":waiting": s(WAITING), ":now": n(now_us)},
        )
        return map(_id, rows)

    def look_again(self, of: PlanId, now_us: int, due_us: int) -> None:
        """Have `overdue` name a plan again from then on, if it still names it now."""
        try:
            with aws.busy():
                aws.client("dynamodb").update_item(
                    TableName=self._table,
                    Key=_key(of, HEAD),
                    UpdateExpression="SET due = :due",
                    ConditionExpression="due <= :now",
                    ExpressionAttributeValues={":due": n(due_us), ":now": n(now_us)},
                )
        except ClientError as error:
            if aws.code(error) != "ConditionalCheckFailedException":
                raise

    def _get(self, of: PlanId, kind: str) -> Row | None:
        with aws.busy():
            row: Row | None = (
                aws.client("dynamodb")
                .get_item(TableName=self._table, Key=_key(of, kind), ConsistentRead=True)
                .get("Item")
            )
        return row if row and self._alive(row) else None

    def _query(self, partner: str, feed: str, kind: str) -> Iterator[Row]:
        rows = query(
            self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :kind)",
            ExpressionAttributeValues={
                ":pk": s(layout.partition(BatchId(partner, feed, ""))),
                ":kind": s(kind),
            },
            ConsistentRead=True,
        )
        return (row for row in rows if self._alive(row))

    def _alive(self, row: Row) -> bool:
        return number(row, "expires") > self._clock() // 1_000_000


def _key(of: PlanId, kind: str) -> Row:
    pk = layout.partition(BatchId(of.partner, of.feed, ""))
    return {"pk": s(pk), "sk": s(f"{kind}{of.number:018}")}


def _id(row: Row) -> PlanId:
    feed = layout.batch_of(row["pk"]["S"])
    return PlanId(feed.partner, feed.feed, _number(row))


def _number(row: Row) -> int:
    return int(row["sk"]["S"].rpartition("/")[2])


def _packed(plan: Plan) -> bytes:
    phases = {str(name): asdict(plan.phase(name)) for name in PhaseName}
    return orjson.dumps({**phases, "turned": plan.turned, "about": plan.about})


def _plan(row: Row) -> Plan:
    kept: dict[str, Any] = orjson.loads(row["c"]["B"])
    execute, revert = (_phase(kept[name]) for name in PhaseName)
    return Plan(
        id=_id(row),
        version=number(row, "v"),
        turned=kept["turned"],
        execute=execute,
        revert=revert,
        about=kept["about"],
    )


def _phase(kept: dict[str, Any]) -> Phase:
    failed = [(key, fate) for key, fate in kept["failed"]]
    return Phase(**kept | {"state": PhaseState(kept["state"]), "failed": failed})


def _turns(row: Row) -> Sequence[Turn]:
    return [Turn(*one) for one in orjson.loads(zlib.decompress(row["c"]["B"]))]
