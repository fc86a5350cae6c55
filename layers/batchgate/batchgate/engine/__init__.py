"""The rules: accept, work, close, status. No HTTP, no AWS, no environment."""

from batchgate.engine.audit import audit
from batchgate.engine.exchange import Verdict, exchange
from batchgate.engine.lifecycle import accept, settle, sweep
from batchgate.engine.ports import Clock
from batchgate.engine.replace import CLEAR_US, clear
from batchgate.engine.work import Desk, give_up

__all__ = [
    "CLEAR_US",
    "Clock",
    "Desk",
    "Verdict",
    "accept",
    "audit",
    "clear",
    "exchange",
    "give_up",
    "settle",
    "sweep",
]
