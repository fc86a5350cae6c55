"""DynamoDB: batches, records, partners. Each access pattern is one method."""

from batchgate.store.lookups import Accepted, Listed, Lookups, Results
from batchgate.store.partners import Partners
from batchgate.store.records import Records
from batchgate.store.replays import Batches

__all__ = ["Accepted", "Batches", "Listed", "Lookups", "Partners", "Records", "Results"]
