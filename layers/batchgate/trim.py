"""Trim a folder of installed packages to what the functions use of them.

botocore ships the models of 400 services and reads those of the clients it makes at
every cold start. We call fourteen operations of five services: the models are cut to
these and to the shapes they reach. Behaviour is untouched: no code is changed.

    python3.13 trim.py <folder that pip installed to>
"""

import gzip
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OPERATIONS = {
    "dynamodb": {
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    },
    "events": {"PutEvents"},
    "scheduler": {"CreateSchedule", "DeleteSchedule"},
    "secretsmanager": {"GetSecretValue"},
    "sqs": {"ChangeMessageVisibility", "SendMessageBatch"},
}
DATA_FILES = {"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"}
PROSE = {"documentation", "documentationUrl", "examples"}


def trim(packages: Path) -> None:
    """Trim the packages in a folder, in place."""
    data = packages / "botocore" / "data"
    for entry in data.iterdir():
        if entry.is_dir() and entry.name not in OPERATIONS:
            shutil.rmtree(entry)
        elif entry.is_file() and entry.name not in DATA_FILES:
            entry.unlink()
    for service, operations in OPERATIONS.items():
        trim_service(data / service, operations)
    trim_endpoints(data / "endpoints.json")
    # The names and dates of installed packages: nothing reads them at run time.
    for metadata in packages.glob("*.dist-info"):
        shutil.rmtree(metadata)
    shutil.rmtree(packages / "bin", ignore_errors=True)


def trim_service(folder: Path, operations: set[str]) -> None:
    """Keep the newest version of a service: its endpoint rules and our operations."""
    *old, newest = sorted(folder.iterdir())
    for version in old:
        shutil.rmtree(version)
    for file in newest.iterdir():
        if file.name == "service-2.json.gz":
            write(newest / "service-2.json", trim_model(read(file), operations))
            file.unlink()
        elif file.name == "endpoint-rule-set-1.json.gz":
            write(newest / "endpoint-rule-set-1.json", without_prose(read(file)))
            file.unlink()
        elif file.name != "service-2.sdk-extras.json":
            file.unlink()


def trim_model(model: dict[str, Any], operations: set[str]) -> dict[str, Any]:
    """A service's model with these operations and the shapes that they reach."""
    kept = {name: spec for name, spec in model["operations"].items() if name in operations}
    if missing := operations - kept.keys():
        raise SystemExit(f"no such operation: {', '.join(sorted(missing))}")
    shapes: dict[str, Any] = {}
    wanted = list(shape_names(kept))
    while wanted:
        name = wanted.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            wanted.extend(shape_names(shapes[name]))
    trimmed: dict[str, Any] = without_prose({**model, "operations": kept, "shapes": shapes})
    return trimmed


def shape_names(node: Any) -> Iterator[str]:
    """Names of all shapes that a part of a model refers to."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "shape" and isinstance(value, str):
                yield value
            else:
                yield from shape_names(value)
    elif isinstance(node, list):
        for value in node:
            yield from shape_names(value)


def without_prose(node: Any) -> Any:
    """A part of a model without its documentation strings."""
    if isinstance(node, dict):
        return {
            key: without_prose(value)
            for key, value in node.items()
            # A member may itself be called `documentation`: then it is a dict.
            if not (key in PROSE and isinstance(value, str | list))
        }
    if isinstance(node, list):
        return [without_prose(value) for value in node]
    return node


def trim_endpoints(file: Path) -> None:
    """Keep every partition and region, with our services only."""
    endpoints = read(file)
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: spec for name, spec in partition["services"].items() if name in OPERATIONS
        }
    write(file, endpoints)


def read(file: Path) -> Any:
    """A JSON file's content, unpacked if need be."""
    content = file.read_bytes()
    return json.loads(gzip.decompress(content) if file.suffix == ".gz" else content)


def write(file: Path, content: Any) -> None:
    """Write JSON without a blank: it is parsed at every cold start."""
    file.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
