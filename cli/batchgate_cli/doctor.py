"""`batchgate doctor`: what is wrong with a stack, and which page helps."""

from dataclasses import asdict

from batchgate_cli import findings, health, settings
from batchgate_cli.findings import BAD, Check, Finding
from batchgate_cli.gate import Gate, table
from batchgate_cli.trouble import FAILED

CHECKS: tuple[Check, ...] = (
    settings.stack_state,
    health.alarms,
    health.dead_letters,
    health.queue,
    health.open_batches,
    health.schedules,
    settings.queue_settings,
    settings.table_settings,
    settings.versions,
    settings.master_secret,
    settings.clock_skew,
)

MARKS = {
    findings.OK: "✓",
    findings.WARNING: "!",
    findings.BAD: "✗",
    findings.UNKNOWN: "?",
}


def doctor(gate: Gate) -> int:
    """Look a stack over, and say what is wrong and which page helps. Exit code 1 if any is bad."""
    stack = gate.stack
    found = [one for check in CHECKS for one in findings.examined(check, stack)]
    bad = sum(1 for one in found if one.state == BAD)
    told = {"stack": stack.name, "bad": bad, "findings": [asdict(one) for one in found]}
    gate.answer(told, table(("", "check", "", "see"), map(_row, found)), _closing(found))
    return FAILED if bad else 0


def _row(one: Finding) -> tuple[str, str, str, str]:
    return MARKS[one.state], one.check, one.detail, one.page


def _closing(found: list[Finding]) -> str:
    counts = {state: sum(1 for one in found if one.state == state) for state in MARKS}
    if counts[findings.BAD]:
        return f"{counts[findings.BAD]} wrong, {counts[findings.OK]} well."
    unknown = counts[findings.UNKNOWN]
    limits = f" of what could be looked at ({unknown} could not)" if unknown else ""
    return f"Nothing is wrong{limits}."
