"""`make invoke`, `make logs` and the template's validation: the SAM CLI, never near AWS."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from local import partners, sam, samples
from local.client import LoyaltyClient, PushClient
from local.emulator import running_port
from local.places import REGION, ROOT, STACK_FILE, STACK_NAME, STATE, Trouble, report


def logical_id(folder: str) -> str:
    """A function's name in the template: `give_up` is `GiveUp`."""
    if not (ROOT / "functions" / folder / "app.py").is_file():
        known = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))
        raise Trouble(f"There is no function {folder!r}: choose FUNCTION from {', '.join(known)}.")
    return "".join(word.capitalize() for word in folder.split("_"))


def invoke(function: str, event: str) -> None:
    """Run a deployed function once, with the event in a file, and print its answer.

    Sample events become the demo partners' of this moment: signed anew, with live tokens.
    """
    name = logical_id(function)
    if not Path(ROOT, event).is_file():
        raise Trouble(f"There is no event {event!r}: choose EVENT from events/{function}/*.json.")
    address = endpoint_url()
    sample = Path(ROOT, event).read_text(encoding="utf-8")
    now_ms = time.time_ns() // 1_000_000
    current = samples.moved(sample, partners=demo_partners(sample), now_ms=now_ms)
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
            # What callers reach, which after a rollback is not what was deployed last.
            "--parameter",
            "Qualifier=live",
            endpoint_url=address,
            show=True,
        )


def demo_partners(event: str) -> samples.Known:
    """The demo partner of each contract, with a new token where the event has one."""
    base_url = json.loads(STACK_FILE.read_text())["base_url"]
    known = partners.remembered()
    return {
        contract: known[contract]
        | {"partner": partners.NAMES[contract][1]}
        | (token(base_url, contract, known[contract]) if samples.has_token(event, contract) else {})
        for contract in samples.CONTRACTS
    }


def token(base_url: str, contract: str, credentials: Mapping[str, str]) -> dict[str, str]:
    """A live bearer token of a demo partner."""
    if contract == "push":
        with PushClient(base_url, **credentials) as maker:
            return {"token": maker.token()}
    with LoyaltyClient(base_url, credentials) as retailer:
        return {"token": retailer.token()}


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
