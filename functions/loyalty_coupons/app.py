"""POST …/rest/couponAdmin: insert, modify and remove coupons."""

from batchgate.contracts.loyalty import endpoint, items

handler = endpoint.administer(items.COUPON)
