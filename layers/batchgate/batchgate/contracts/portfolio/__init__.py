"""Portfolio sync: a broker sends its users' holdings in signed calls and looks their fate up.

`calls` is what both endpoints share, `submit` and `status` are one endpoint each. A wrong
envelope refuses the request; a wrong portfolio is a failure of its user, told in
Vietnamese by the status.
"""

FEED = "portfolio"
CONTRACT = "portfolio"
SHARDS = 2
"""Over how many shards a partner's users are spread, for ever: records lie by it."""
