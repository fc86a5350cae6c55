"""`make invoke`, `make logs` and the template's validation: the SAM CLI, never near AWS."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from local import partners, sam, samples
from local.emulator import running_port
from local.places import REGION, ROOT, STACK_NAME, STATE, Trouble, report


def logical_id(folder: str) -> str:
    """A function's name in the template: `give_up` is `GiveUp`."""
    if not (ROOT / "functions" / folder / "app.py").is_file():
        known = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))
        raise Trouble(f"There is no function {folder!r}: choose FUNCTION from {', '.join(known)}.")
    return "".join(word.capitalize() for word in folder.split("_"))


def invoke(function: str, event: str) -> None:
    """Run a deployed function once, with the event in a file, and print its answer.

    Sample events are signed anew, as the demo broker's of this moment.
    """
    name = logical_id(function)
    if not Path(ROOT, event).is_file():
        raise Trouble(f"There is no event {event!r}: choose EVENT from events/{function}/*.json.")
    _, partner = partners.NAMES["portfolio"]
    current = samples.moved(
        Path(ROOT, event).read_text(encoding="utf-8"),
        partner=partner,
        credentials=partners.remembered()["portfolio"],
        now_ms=time.time_ns() // 1_000_000,
    )
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(current)
        file.flush()
        sam.run(
            "remote",
            "invoke",
            name,
            "--stack-name",
            STACK_NAME,
            "--event-file",
            file.name,
            endpoint_url=endpoint_url(),
            show=True,
        )


def logs(function: str) -> None:
    """Print a function's logs of the last ten minutes, or of all of them."""
    names = [] if function == "all" else ["--name", logical_id(function)]
    sam.run("logs", "--stack-name", STACK_NAME, *names, endpoint_url=endpoint_url(), show=True)


def endpoint_url() -> str:
    """The running local stack's."""
    port = running_port(STATE)
    if port is None:
        raise Trouble("The local stack does not run: start it with `make up`.")
    return f"http://127.0.0.1:{port}"


def main(arguments: list[str]) -> int:
    """`invoke <function> <event file>`, `logs <function or all>` or `validate`."""
    try:
        match arguments:
            case ["invoke", function, event]:
                invoke(function, event)
            case ["logs", function]:
                logs(function)
            case ["validate"]:
                sam.run("validate", "--lint", "--region", REGION, show=True)
            case _:
                raise Trouble("usage: invoke <function> <event> | logs <function> | validate")
    except Trouble as trouble:
        return report(trouble)
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
