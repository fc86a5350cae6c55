"""Batch proposals: a supplier schedules changes of listings, and when they are taken back.

`sign_in` lets suppliers in, `calls` says who calls. `create`, `change` and `look` are the
endpoints on proposals, `bodies` and `times` what they read, `shown` is how a proposal is
answered, `faults` how a call is refused.
"""

CONTRACT = "proposal"
FEED = "listing"
