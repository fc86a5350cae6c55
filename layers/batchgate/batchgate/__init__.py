"""Batchgate: a gateway for partner batches. One engine, one way of a batch, many dialects.

Rooms, each importing only those below it (a linter enforces it):
`contracts`, `http`, `wiring`, `access`, then `store`, `queue`, `events` and `secrets`
above `aws`, then `engine`, `model` and `errors`, and `telemetry` at the bottom.
"""
