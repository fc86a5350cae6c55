"""`make up`: the whole stack on this machine, and a file that says how to call it."""

import json
import os
import sys
import time

from local import partners, stack
from local.emulator import DEFAULT_PORT, Emulator, require_free, running_port
from local.places import REGION, STACK_FILE, STATE, Trouble, report
from local.progress import say, step
from local.stack import Stack


def up() -> Stack:
    """Start the emulator and bring the stack to the state of this work tree."""
    emulator = Emulator(STATE, wanted_port())
    running = running_port(STATE)
    if running is not None and running != emulator.port:
        require_free(emulator.port)
        with step(f"Stop the emulator at port {running}"):
            Emulator(STATE, running).stop()
    if running != emulator.port:
        with step(f"Start the emulator at port {emulator.port}"):
            emulator.start()
    deployed = stack.deploy(emulator)
    write_stack_file(deployed, partners.enrol(deployed))
    return deployed


def wanted_port() -> int:
    """`GATEWAY_PORT`, or where the emulator runs already, or the usual one."""
    chosen = os.environ.get("GATEWAY_PORT", "")
    if not chosen:
        return running_port(STATE) or DEFAULT_PORT
    if not chosen.isdecimal() or not 1024 <= int(chosen) <= 65535:
        raise Trouble(f"GATEWAY_PORT={chosen} is not a port: choose one from 1024 to 65535.")
    return int(chosen)


def write_stack_file(deployed: Stack, partners: object) -> None:
    """Write how to call the stack, with its partners' secrets: for its owner's eyes only."""
    known = {
        "base_url": deployed.base_url,
        "aws": {
            "endpoint_url": deployed.endpoint_url,
            "region": REGION,
            "stack_name": deployed.stack_name,
        },
        "partners": partners,
    }
    draft = STACK_FILE.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(known, file, indent=2)
        file.write("\n")
    draft.replace(STACK_FILE)


def guide(deployed: Stack) -> str:
    """How to go on with a running stack."""
    return f"""
The stack runs.
  call it   {deployed.base_url}
  keys      .local/stack.json
  its logs  make logs [FUNCTION=worker]
  invoke    make invoke FUNCTION=portfolio_status EVENT=events/portfolio_status/<name>.json
  stop it   make down"""


def main() -> int:
    """Bring the stack up and say how to use it."""
    began = time.monotonic()
    try:
        deployed = up()
    except Trouble as trouble:
        return report(trouble)
    say(guide(deployed))
    say(f"\nReady after {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
