"""Run the SAM CLI of this project: build, validate, deploy, call."""

import os
import subprocess
import tempfile
from pathlib import Path

from local.places import REGION, ROOT, SAM_TOOLS, Trouble

FOLDER = ROOT / ".aws-sam"


def run(*arguments: str, endpoint_url: str | None = None, show: bool = False) -> str:
    """Run `sam` in the project's root; what it printed, or `Trouble` with the end of it.

    Args:
        arguments: as on the command line.
        endpoint_url: the emulator's; without it no call to AWS is made.
        show: let it print as it goes, and return "".
    """
    command = [str(SAM_TOOLS / "sam"), *arguments]
    if show:
        subprocess.run(command, cwd=ROOT, env=environment(endpoint_url), check=True)
        return ""
    # A file, not a pipe: what the build starts may hold a pipe open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment(endpoint_url),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
        output.seek(0)
        text = output.read().decode(errors="replace")
    if done.returncode:
        raise Trouble(f"sam {arguments[0]} failed:\n{text[-4000:]}")
    return text


def environment(endpoint_url: str | None) -> dict[str, str]:
    """The environment without a person's AWS settings: nothing may reach an account."""
    kept = {
        name: value
        for name, value in os.environ.items()
        # The layer's `make` is not part of the one that may have called us.
        if not name.startswith("AWS_") and name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    }
    return kept | {
        # Where SAM and the layer's Makefile find this project's python3.13.
        "PATH": f"{SAM_TOOLS}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "SAM_CLI_TELEMETRY": "0",
        # Seconds between two looks at a deployment; the default suits AWS, not this.
        "SAM_CLI_POLL_DELAY": "0.5",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint_url or "http://127.0.0.1:1",
        # Wheels of this machine: the emulator runs functions as its own processes.
        "BATCHGATE_ARCH": "host",
    }


def build(architecture: str) -> Path:
    """Build functions and layer for this machine; the folder with what was built.

    What did not change is taken from the cache. It is kept apart from the folder
    that `sam build` uses for the cloud, which has another architecture.
    """
    built = FOLDER / "local"
    run(
        "build",
        "--cached",
        "--parallel",
        "--build-dir",
        str(built),
        "--cache-dir",
        str(FOLDER / "local-cache"),
        "--parameter-overrides",
        f"Architecture={architecture}",
    )
    return built
