"""Proof of what the gateway promises: long, measured, repeatable. `make proof` runs it."""
