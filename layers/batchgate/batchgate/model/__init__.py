"""What the gateway works with: batches, their parts and items, records, plans, accounts."""

from batchgate.model.accounts import Account
from batchgate.model.batches import BatchId, Clearing, Part, Receipt, Slice, Standing, shard
from batchgate.model.items import Fate, Item, Operation, Outcome, Record, Tally, digest
from batchgate.model.plans import Due, Phase, PhaseName, PhaseState, Plan, PlanId, Turn

__all__ = [
    "Account",
    "BatchId",
    "Clearing",
    "Due",
    "Fate",
    "Item",
    "Operation",
    "Outcome",
    "Part",
    "Phase",
    "PhaseName",
    "PhaseState",
    "Plan",
    "PlanId",
    "Receipt",
    "Record",
    "Slice",
    "Standing",
    "Tally",
    "Turn",
    "digest",
    "shard",
]
