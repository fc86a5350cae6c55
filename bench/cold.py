"""What a cold start computes: the CPU of a fresh process until a function is ready to serve."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

from local.places import ROOT

ROUNDS = 9

BASE = """
import boto3
boto3.client("dynamodb"), boto3.client("sqs")
"""

WIRED = {
    "PortfolioSubmit": ("partners", "batches", "queue", "master"),
    "PortfolioStatus": ("partners", "lookups", "master"),
    "PushToken": ("partners",),
    "PushRows": ("partners", "batches", "queue"),
    "PushStatus": ("partners", "lookups", "master"),
    "LoyaltyToken": ("partners",),
    "LoyaltyCards": ("partners", "batches", "queue", "master"),
    "LoyaltyCoupons": ("partners", "batches", "queue", "master"),
    "LoyaltySegments": ("partners", "batches", "queue", "master"),
    "ProposalSignIn": ("partners", "master"),
    "ProposalToken": ("partners", "master"),
    "ProposalCreate": ("partners", "plans", "records", "schedules", "master"),
    "ProposalList": ("partners", "plans", "master"),
    "ProposalGet": ("partners", "plans", "master"),
    "ProposalChange": ("partners", "plans", "batches", "queue", "schedules", "master"),
    "Worker": ("batches", "plans", "records", "events"),
    "Sweep": ("batches", "plans", "queue", "events"),
    "GiveUp": ("batches", "plans", "events"),
}
"""What each function builds before it can serve."""

CLIENTS = {
    "partners": "dynamodb",
    "lookups": "dynamodb",
    "batches": "dynamodb",
    "records": "dynamodb",
    "plans": "dynamodb",
    "queue": "sqs",
    "schedules": "scheduler",
    "events": "events",
    "master": "secretsmanager",
}


def ready(function: str) -> str:
    """What a fresh process of this function runs until it can serve its first call."""
    wired = WIRED[function]
    services = sorted({CLIENTS[name] for name in wired})
    return "\n".join(
        [
            "import app",
            "from batchgate import aws, wiring",
            *(f"wiring.{name}()" for name in wired),
            *(f"aws.client({service!r})" for service in services),
        ]
    )


def measure(built: Path) -> dict[str, float]:
    """Each function's CPU relative to boto3 with two clients; interpreter subtracted, medians."""
    layer = built / "BatchgateLayer" / "python"
    site = next((ROOT / ".venv" / "lib").glob("python3.*/site-packages"))
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", site / "botocore", site / "boto3"], check=False
    )
    samples: dict[str, list[float]] = {name: [] for name in ("", "BASE", *WIRED)}
    for _ in range(ROUNDS):  # in turns, as the machine's speed changes
        samples[""].append(_cpu("", [site]))
        samples["BASE"].append(_cpu(BASE, [site]))
        for function in WIRED:
            samples[function].append(_cpu(ready(function), [layer, built / function]))
    bare = statistics.median(samples.pop(""))
    base = statistics.median(samples.pop("BASE")) - bare
    return {name: (statistics.median(times) - bare) / base for name, times in samples.items()}


def _cpu(code: str, path: list[Path]) -> float:
    """Seconds of CPU of a process that runs this code with this path and nothing else."""
    setup = f"import sys; sys.path[:0] = {[str(one) for one in path]!r}\n"
    before = os.times()
    subprocess.run([sys.executable, "-I", "-S", "-c", setup + code], env=_environment(), check=True)
    after = os.times()
    return (
        after.children_user + after.children_system - before.children_user - before.children_system
    )


def _environment() -> dict[str, str]:
    names = ("BATCHES_TABLE", "RECORDS_TABLE", "PARTNERS_TABLE", "QUEUE_URL", "EVENT_BUS")
    schedules = ("QUEUE_ARN", "SCHEDULE_GROUP", "SCHEDULE_ROLE")
    return dict.fromkeys((*names, *schedules, "MASTER_SECRET"), "x") | {
        "BATCH_DAYS": "90",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "POWERTOOLS_SERVICE_NAME": "x",
        "POWERTOOLS_METRICS_NAMESPACE": "x",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
    }
