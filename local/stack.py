"""Build the template and deploy it to an emulator; what was deployed."""

import hashlib
import json
import os
import platform
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local import sam
from local.emulator import Emulator
from local.places import REGION, ROOT, STACK_NAME, STAGE
from local.progress import step

SOURCES = ("template.yaml", "samconfig.toml", "functions", "layers", "requirements/sam.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A deployed stack: where to call it, and its outputs by name."""

    base_url: str
    endpoint_url: str
    stack_name: str
    outputs: Mapping[str, str]

    def client(self, service: str) -> Any:
        """A boto3 client of the account that the stack lives in."""
        return client(service, self.endpoint_url)


def client(service: str, endpoint_url: str) -> Any:
    """A boto3 client that can only reach an emulator."""
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - what the emulator calls its root user
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}, read_timeout=60),
    )


def deploy(emulator: Emulator, *, parameters: Mapping[str, str] | None = None) -> Stack:
    """Build and deploy the template, unless the emulator holds this very state already."""
    wanted = fingerprint(parameters or {})
    remembered = emulator.directory / "deployed"
    if remembered.exists() and remembered.read_text() == wanted:
        stack = find(emulator)
        if stack is not None:
            return stack
    remembered.unlink(missing_ok=True)
    with step("Build functions and layer"):
        built = sam.build(architecture())
    with step("Deploy the stack"):
        _deploy(emulator, built, parameters or {})
    stack = find(emulator)
    if stack is None:
        raise RuntimeError(f"{STACK_NAME} was deployed and is not there")
    remembered.write_text(wanted)
    return stack


def find(emulator: Emulator) -> Stack | None:
    """The stack that an emulator holds; `None` if there is none, or none that is whole."""
    cloudformation = client("cloudformation", emulator.endpoint_url)
    try:
        described = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    except ClientError:
        return None
    if described["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        return None
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described["Outputs"]}
    return Stack(
        # Not <id>.execute-api.localhost: many clients do not resolve that.
        base_url=f"{emulator.endpoint_url}/_aws/execute-api/{outputs['ApiId']}/{STAGE}",
        endpoint_url=emulator.endpoint_url,
        stack_name=STACK_NAME,
        outputs=outputs,
    )


def architecture() -> str:
    """This machine's, as Lambda calls it."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def _deploy(emulator: Emulator, built: Path, parameters: Mapping[str, str]) -> None:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())
    # Parameters on the command line replace those of the file, all of them.
    given = settings["local"]["deploy"]["parameters"]["parameter_overrides"]
    chosen = dict(pair.split("=", 1) for pair in given)
    chosen |= {"Stage": STAGE, "Architecture": architecture(), **parameters}
    sam.run(
        "deploy",
        "--config-file",
        str(ROOT / "samconfig.toml"),
        "--config-env",
        "local",
        "--template-file",
        str(built / "template.yaml"),
        "--stack-name",
        STACK_NAME,
        "--parameter-overrides",
        *(f"{name}={value}" for name, value in chosen.items()),
        endpoint_url=emulator.endpoint_url,
    )


def fingerprint(parameters: Mapping[str, str]) -> str:
    """A digest of everything that makes a deployed stack what it is."""
    digest = hashlib.sha256(json.dumps(dict(parameters), sort_keys=True).encode())
    for file in _sources():
        digest.update(f"\0{file.relative_to(ROOT)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for name in SOURCES:
        start = ROOT / name
        if start.is_file():
            yield start
            continue
        for folder, folders, files in os.walk(start):
            folders[:] = sorted(name for name in folders if not name.endswith("cache__"))
            yield from (Path(folder, file) for file in sorted(files))
