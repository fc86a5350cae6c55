"""DynamoDB: batches, records, partners. Each access pattern is one method."""

from batchgate.store.lookups import Accepted, Listed, Lookups, Results
from batchgate.store.partners import Partners
from batchgate.store.plans import Plans
from batchgate.store.records import Records
from batchgate.store.register import Register
from batchgate.store.replays import Batches
from batchgate.store.survey import Survey

__all__ = [
    "Accepted",
    "Batches",
    "Listed",
    "Lookups",
    "Partners",
    "Plans",
    "Records",
    "Register",
    "Results",
    "Survey",
]
