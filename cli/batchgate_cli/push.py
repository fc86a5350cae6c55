"""`batchgate push`: send a file as a partner, in parts, and go on where it stopped."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from batchgate_cli import files, identity, journal
from batchgate_cli.calls import Again, Failure, Push, Sender
from batchgate_cli.files import Read
from batchgate_cli.gate import Gate
from batchgate_cli.journal import Journal
from batchgate_cli.senders import sender
from batchgate_cli.trouble import FAILED, UNFINISHED, USAGE, Trouble

METHODS = ("POST", "PUT", "DELETE", "PATCH")
ENDPOINTS = ("cardAdmin", "couponAdmin", "customerSegment")
TRIES = 8
"""How often a call is made before the push stops; the pauses between come to a minute or two."""

LONGEST_PAUSE_S = 30.0


class Rate(ProgressColumn):
    """Items a second."""

    def render(self, task: Task) -> Text:
        """As `1,200 items/s`."""
        return Text(f"{task.speed or 0:,.0f} items/s")


@dataclass(slots=True, kw_only=True)
class Run:
    """A push under way."""

    journal: Journal
    sender: Sender
    failures: Path
    advance: Callable[[int], object]
    say: Callable[[str], object]

    def part(self, number: int, part: Sequence[Read]) -> None:
        """Send a part unless it was sent, and note what became of it."""
        noted = self.journal.parts.get(str(number))
        if noted is None:
            sent = self._tried(lambda: self.sender.send(number, part))
            noted = {"batch": sent.batch, "items": len(part), "failed": None}
            self._note(number, noted, sent.failures)
        self.advance(len(part))

    def outcome(self, number: int, part: Sequence[Read]) -> None:
        """Look up what became of a part that had not ended when it was sent."""
        noted = self.journal.parts[str(number)]
        if noted["failed"] is None:
            failures = self._tried(lambda: self.sender.outcome(noted["batch"], part), quiet=True)
            self._note(number, noted, failures)

    def _note(self, number: int, noted: dict[str, Any], failures: Sequence[Failure] | None) -> None:
        if failures:
            # Before the part is noted: a failure may be told twice, but never be missing.
            with self.failures.open("a", encoding="utf-8") as file:
                for one in failures:
                    told = {"part": number, "batch": noted["batch"], **asdict(one)}
                    file.write(json.dumps(told, ensure_ascii=False) + "\n")
        noted["failed"] = None if failures is None else len(failures)
        self.journal.parts[str(number)] = noted
        self.journal.save()

    def _tried[T](self, call: Callable[[], T], *, quiet: bool = False) -> T:
        reason = ""
        for attempt in range(TRIES):
            try:
                return call()
            except Again as again:
                reason = str(again)
                if not quiet:
                    self.say(f"! {reason}: the same again")
                pause = min(LONGEST_PAUSE_S, 0.5 * 2**attempt)
                time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 (jitter, no secret)
        raise Trouble(
            f"Not all was sent: {reason}.",
            "The same command goes on where this one stopped.",
            code=UNFINISHED,
        )


def push(
    gate: Gate,
    file: Annotated[Path, typer.Argument(help="A .csv, .json, .jsonl or .xlsx file.")],
    contract: Annotated[str, typer.Option(help=f"One of {', '.join(identity.NEEDED)}.")],
    partner: Annotated[str, typer.Option(envvar="BATCHGATE_PARTNER", help="As whom.")],
    data_set: Annotated[str, typer.Option(help="Of row push, such as odm/inventory.")] = "",
    method: Annotated[str, typer.Option(help=f"Of row push: {', '.join(METHODS)}.")] = "POST",
    endpoint: Annotated[
        str, typer.Option(help=f"Of loyalty: {', '.join(ENDPOINTS)}.")
    ] = "cardAdmin",
    part: Annotated[int | None, typer.Option(min=1, help="At most so many items a part.")] = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Push a file again that was pushed before.")
    ] = False,
    credentials: Annotated[
        Path | None, typer.Option(help="What `partner create --json` printed.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(envvar="BATCHGATE_BASE_URL", help="Where partners call.")
    ] = None,
) -> int:
    """Push a file as a partner. Exit code 0: all is well, 1: items failed, 3: not all was sent."""
    if contract not in identity.NEEDED:
        raise Trouble(f"Files can't be pushed to {contract}.", "See --contract.", code=USAGE)
    if method not in METHODS or endpoint not in ENDPOINTS:
        raise Trouble("No such method or endpoint.", "See --help.", code=USAGE)
    target = {"push": f"{method} {data_set}", "loyalty": endpoint}.get(contract, "")
    digest = files.fingerprint(file)
    known = identity.credentials(gate, contract, partner, credentials)
    where = identity.base_url(gate, base_url)
    key = "/".join([digest, contract, partner, target, str(part or ""), where])
    kept = journal.opened(file, key, anew=anew)
    total = sum(1 for _ in files.read(file, contract))
    if not total:
        raise Trouble(f"{file.name} has no items.", code=USAGE)
    to = sender(contract, where, known, target, Push(id=kept.id, total=total))
    failures = file.with_name(f"{file.name}.failures.jsonl")
    if not kept.parts:
        failures.unlink(missing_ok=True)
    if kept.done:
        gate.say("This file was pushed before: nothing is sent. --anew pushes it again.")
    stopped = None if kept.done else _send(gate, file, contract, part, kept, to, failures, total)
    _answer(gate, kept, failures, total, stopped)
    if stopped is not None:
        return UNFINISHED
    return FAILED if any(one["failed"] for one in kept.parts.values()) else 0


def _send(
    gate: Gate,
    file: Path,
    contract: str,
    part: int | None,
    kept: Journal,
    to: Sender,
    failures: Path,
    total: int,
) -> Trouble | None:
    """Send what is left; why it stopped, if it did."""
    cut = min(part or to.rows, to.rows)

    def pieces() -> Any:
        found = files.parts(files.read(file, contract), rows=cut, size=to.size)
        return enumerate(found, start=1)

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        console=gate.errors,
        disable=gate.json or not gate.errors.is_terminal,
    )
    with bar:
        task = bar.add_task(file.name, total=total)
        run = Run(
            journal=kept,
            sender=to,
            failures=failures,
            advance=lambda count: bar.advance(task, count),
            say=gate.say,
        )
        try:
            for number, piece in pieces():
                run.part(number, piece)
            bar.update(task, description=f"{file.name}: waiting")
            for number, piece in pieces():
                run.outcome(number, piece)
        except KeyboardInterrupt:
            return Trouble("Stopped.", "The same command goes on where this one stopped.")
        except Trouble as trouble:
            return trouble
    kept.done = True
    kept.save()
    return None


def _answer(gate: Gate, kept: Journal, failures: Path, total: int, stopped: Trouble | None) -> None:
    parts = kept.parts.values()
    sent = sum(one["items"] for one in parts)
    failed = sum(one["failed"] or 0 for one in parts)
    waiting = sum(one["items"] for one in parts if one["failed"] is None)
    told = {
        "items": total,
        "sent": sent,
        "succeeded": sent - failed - waiting,
        "failed": failed,
        "waiting": waiting,
        "batches": list(dict.fromkeys(one["batch"] for one in parts)),
        "failures": str(failures) if failed else None,
        "journal": str(kept.path),
        "stopped": stopped.what if stopped else None,
    }
    shown = [f"{sent} of {total} items sent: {told['succeeded']} succeeded, {failed} failed."]
    if waiting:
        shown.append(f"{waiting} were sent and had not ended.")
    if failed:
        shown.append(f"What failed, and why: {failures}")
    if stopped:
        shown.append(f"{stopped.what} {stopped.help}".strip())
    elif kept.done:
        shown.append(
            f"Sent as {told['batches'][0]}" + (" and others." if len(told["batches"]) > 1 else ".")
        )
    gate.answer(told, *shown)
