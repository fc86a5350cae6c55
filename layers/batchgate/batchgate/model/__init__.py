"""What the gateway works with: batches, parts, items, slices, records, outcomes, accounts."""

from batchgate.model.accounts import Account
from batchgate.model.batches import BatchId, Clearing, Part, Receipt, Slice, Standing, shard
from batchgate.model.items import Fate, Item, Operation, Outcome, Record, Tally, digest

__all__ = [
    "Account",
    "BatchId",
    "Clearing",
    "Fate",
    "Item",
    "Operation",
    "Outcome",
    "Part",
    "Receipt",
    "Record",
    "Slice",
    "Standing",
    "Tally",
    "digest",
    "shard",
]
