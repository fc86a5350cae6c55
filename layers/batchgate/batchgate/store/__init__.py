"""DynamoDB: batches, records, partners. Each access pattern is one method."""

from batchgate.store.batches import Batches
from batchgate.store.lookups import Listed, Lookups, Results
from batchgate.store.partners import Partners
from batchgate.store.records import Records

__all__ = ["Batches", "Listed", "Lookups", "Partners", "Records", "Results"]
