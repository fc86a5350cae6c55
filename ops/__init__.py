"""What an operator does to a deployed stack: `docs/operations.md` says when.

With the account's credentials in the environment; nothing here is part of the gateway.
"""
