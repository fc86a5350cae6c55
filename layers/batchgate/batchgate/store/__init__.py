"""DynamoDB: batches, records, partners. Each access pattern is one method."""

from batchgate.store.clearing import Batches
from batchgate.store.lookups import Accepted, Listed, Lookups, Results
from batchgate.store.partners import Partners
from batchgate.store.plans import Plans
from batchgate.store.records import Records

__all__ = ["Accepted", "Batches", "Listed", "Lookups", "Partners", "Plans", "Records", "Results"]
