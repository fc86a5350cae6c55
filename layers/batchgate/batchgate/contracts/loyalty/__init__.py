"""Loyalty administration: a retailer maintains cards, coupons and customers' segments.

`items` reads single items, `calls` whole requests, `answers` tells what became of each
item, and `endpoint` wires the three endpoints.
"""

CONTRACT = "loyalty"
SHARDS = 2
"""Over how many shards a partner's cards are spread, for ever: records lie by it."""
