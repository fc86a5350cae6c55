"""What goes wrong between the functions and AWS: a proxy that fails calls, and killed workers."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any, Self

import httpx

from local.emulator import HOST, Emulator, free_port
from local.places import Trouble
from local.stack import Stack, deploy

SERVICES = ("dynamodb", "sqs", "secretsmanager", "scheduler")
FAULTS = ("throttle", "error", "delay", "lost", "reset")
"""Refused for load, failed, two seconds late, done but never answered, cut before it is done."""

THROTTLES = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "sqs": "RequestThrottled",
    "secretsmanager": "ThrottlingException",
    "scheduler": "ThrottlingException",
}
ERRORS = {
    "dynamodb": "InternalServerError",
    "sqs": "InternalError",
    "secretsmanager": "InternalServiceError",
    "scheduler": "InternalServerException",
}
START_SECONDS = 30.0


def rule(service: str, fault: str, probability: float) -> dict[str, Any]:
    """What the proxy does to a service's calls, as it wants to be told."""
    does: dict[str, dict[str, Any]] = {
        "throttle": {"error": {"code": THROTTLES[service]}},
        "error": {"error": {"code": ERRORS[service], "status": 500}},
        "delay": {"latency": 2_000},
        "lost": {"response": {"abort_bytes": 0}},
        "reset": {"reset": True},
    }
    return {"service": service, "probability": probability, **does[fault]}


class Proxy:
    """A proxy before an emulator, which does as it is told; without rules it changes nothing."""

    def __init__(self, upstream: str, port: int) -> None:
        self.url = f"http://{HOST}:{port}"
        self._command = [sys.executable, "-m", "microburst", "--upstream", upstream]
        self._command += ["--host", HOST, "--port", str(port)]
        self._http = httpx.Client(base_url=f"{self.url}/_microburst", trust_env=False)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise Trouble("The proxy that makes calls fail does not start.")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def do(self, *rules: Mapping[str, Any]) -> None:
        """From here on do this, and nothing else."""
        self._http.post("/rules", json=list(rules)).raise_for_status()

    def seen(self) -> tuple[Counter[str], int]:
        """How many calls of each service were disturbed, and how many calls there were."""
        told = self._http.get("/stats").raise_for_status().json()
        disturbed = Counter({one["service"]: one["faulted"] for one in told["by_service"]})
        return disturbed, int(told["requests"]["total"])

    def _answers(self) -> bool:
        try:
            return self._http.get("/health").is_success
        except httpx.TransportError:
            return False


@dataclass(frozen=True, slots=True)
class Unreliable:
    """A deployed stack whose functions reach AWS through a proxy."""

    stack: Stack
    proxy: Proxy
    emulator: Emulator


@contextmanager
def unreliable(folder: Path) -> Iterator[Unreliable]:
    """A stack of its own, on an emulator with this folder; reliable until the proxy is told.

    Roles are not enforced there: the emulator takes a call that was signed for the proxy's
    address for a forged one.
    """
    proxy_port, port = free_port(), free_port()
    through = f"http://{HOST}:{proxy_port}"
    emulator = Emulator(folder, port, functions_call=through)
    with emulator, Proxy(emulator.endpoint_url, proxy_port) as proxy:
        yield Unreliable(deploy(emulator), proxy, emulator)


def workers(emulator: Emulator) -> Sequence[tuple[int, str]]:
    """The processes of an emulator that run functions: each one's id and its function."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            command = (entry / "cmdline").read_bytes().decode()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it is gone
        _, ours, rest = command.partition("ministack-lambda-")
        if int(parent) == emulator.pid and ours:
            found.append((int(entry.name), rest.split("/")[0].split("-")[1]))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Kills:
    """How often a function is killed, drawn from a seed; `only` one, if it is named.

    Else every tenth is the worker, if it is there: of all functions it is the one that
    nobody waits for.
    """

    every_s: float
    only: str = ""
    seed: int = 7


def kill_one(emulator: Emulator, chance: Random, only: str = "") -> str:
    """Kill one of an emulator's functions where it is; which one, "" if none was there."""
    there = [one for one in workers(emulator) if only in ("", one[1])]
    if not there:
        return ""
    pid, name = chance.choice(there)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return ""
    return name


@contextmanager
def killing(emulator: Emulator, kills: Kills) -> Iterator[Counter[str]]:
    """Kill a function now and then; how many of each were killed so far."""
    killed: Counter[str] = Counter()
    over, chance = Event(), Random(kills.seed)
    turns = cycle((kills.only,) if kills.only else ("Worker", *[""] * 9))

    def kill() -> None:
        while not over.wait(chance.uniform(0.5, 1.5) * kills.every_s):
            if name := kill_one(emulator, chance, next(turns)):
                killed[name] += 1

    killer = Thread(target=kill, daemon=True)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()
