"""`make invoke`, `make logs` and the template's validation: the SAM CLI, never near AWS."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from http.cookies import SimpleCookie
from pathlib import Path

import httpx

from local import partners, sam, samples
from local.client import LoyaltyClient, PushClient
from local.emulator import running_port
from local.places import REGION, ROOT, STACK_FILE, STACK_NAME, STATE, Trouble, report
from local.supplier import signed_sign_in


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
    """The demo partner of each contract, let in anew where the event shows that it is."""
    base_url = json.loads(STACK_FILE.read_text())["base_url"]
    known = partners.remembered()
    made: dict[str, dict[str, str]] = {}
    for contract in samples.CONTRACTS:
        made[contract] = known[contract] | {"partner": partners.NAMES[contract][1]}
        if samples.is_let_in(event, contract):
            made[contract] |= let_in(base_url, contract, known[contract])
    return made


def let_in(base_url: str, contract: str, credentials: Mapping[str, str]) -> dict[str, str]:
    """What a demo partner makes calls with from now on: a bearer token, or a session."""
    match contract:
        case "push":
            with PushClient(base_url, **credentials) as maker:
                return {"token": maker.token()}
        case "loyalty":
            with LoyaltyClient(base_url, credentials) as retailer:
                return {"token": retailer.token()}
        case _:
            return session(base_url, credentials)


def session(base_url: str, credentials: Mapping[str, str]) -> dict[str, str]:
    """A live session of a supplier, and the word that goes with it."""
    headers, body = signed_sign_in(credentials, now_s=time.time_ns() // 1_000_000_000)
    with httpx.Client(base_url=f"{base_url}/api/spa/v1", timeout=60, trust_env=False) as http:
        answer = http.post("/signIn", headers=headers, content=body).raise_for_status()
        # By hand: the cookie is for HTTPS, and the local stack speaks HTTP.
        cookie = SimpleCookie(answer.headers["Set-Cookie"])["_sp"].value
        told = http.get("/token", headers={"Cookie": f"_sp={cookie}"}).raise_for_status()
    return {"cookie": cookie, "wssid": told.json()["wssid"]}


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
