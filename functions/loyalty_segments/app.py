"""POST …/rest/customerSegment: insert, modify and remove customers' segment memberships."""

from batchgate.contracts.loyalty import endpoint, items

handler = endpoint.administer(items.SEGMENT)
