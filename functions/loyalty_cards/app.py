"""POST …/rest/cardAdmin: insert, modify and remove loyalty cards."""

from batchgate.contracts.loyalty import endpoint, items

handler = endpoint.administer(items.CARD)
