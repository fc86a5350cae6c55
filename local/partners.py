"""The partners of the local stack, made with the gateway's own code in a process of its own."""

import json
import os
import subprocess
import sys
from typing import Any

from local.places import REGION, ROOT, STACK_FILE
from local.stack import Stack

NAMES = {"portfolio": "demo-broker", "portfolio_other": "other-broker"}
"""Who is in `.local/stack.json`, and what each is called in the gateway."""


def enrol(stack: Stack) -> dict[str, Any]:
    """Make sure that the demo partners are there; their credentials by name."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers" / "batchgate")]),
        "AWS_ENDPOINT_URL": stack.endpoint_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PARTNERS_TABLE": stack.outputs["PartnersTable"],
        "MASTER_SECRET": stack.outputs["MasterSecretArn"],
        "POWERTOOLS_SERVICE_NAME": "local",
    }
    done = subprocess.run(
        [sys.executable, "-m", "local.partners"],
        input=json.dumps(remembered()),
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    enrolled: dict[str, Any] = json.loads(done.stdout)
    return enrolled


def remembered() -> dict[str, Any]:
    """The credentials that an earlier run wrote down."""
    try:
        known: dict[str, Any] = json.loads(STACK_FILE.read_text())["partners"]
    except FileNotFoundError:
        return {}
    return known


def main() -> None:
    """Take remembered credentials from the standard input, print those that work."""
    from batchgate import wiring  # noqa: PLC0415 (only this process has its environment)
    from batchgate.access import enrol, partners  # noqa: PLC0415
    from batchgate.errors import UnknownCaller  # noqa: PLC0415

    known = json.load(sys.stdin)
    for name, partner in NAMES.items():
        try:
            key = known.get(name, {}).get("api_key")
            partners.by_api_key(key, "portfolio", wiring.partners())
        except UnknownCaller:
            known[name] = enrol.portfolio(partner, wiring.partners(), wiring.master())
    json.dump(known, sys.stdout)


if __name__ == "__main__":
    main()
