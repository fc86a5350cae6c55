"""The rules: accept, work, close, status. No HTTP, no AWS, no environment."""

from batchgate.engine.audit import audit
from batchgate.engine.exchange import Verdict, exchange
from batchgate.engine.lifecycle import accept, settle, sweep
from batchgate.engine.phases import begin, carry, fire, wait, wake_overdue
from batchgate.engine.plans import Edit, arrange, change
from batchgate.engine.ports import Clock
from batchgate.engine.replace import CLEAR_US, leave
from batchgate.engine.tries import TRIES
from batchgate.engine.work import Desk, give_up

__all__ = [
    "CLEAR_US",
    "TRIES",
    "Clock",
    "Desk",
    "Edit",
    "Verdict",
    "accept",
    "arrange",
    "audit",
    "begin",
    "carry",
    "change",
    "exchange",
    "fire",
    "give_up",
    "leave",
    "settle",
    "sweep",
    "wait",
    "wake_overdue",
]
