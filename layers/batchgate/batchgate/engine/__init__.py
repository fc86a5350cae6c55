"""The rules: accept, work, close, status. No HTTP, no AWS, no environment."""

from batchgate.engine.lifecycle import Clock, accept, settle, sweep
from batchgate.engine.work import Desk, give_up

__all__ = ["Clock", "Desk", "accept", "give_up", "settle", "sweep"]
