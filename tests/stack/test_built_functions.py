"""What `sam build` makes is whole: it needs nothing that the build does not bring."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cloudformation import functions

pytestmark = pytest.mark.stack

UNCHECKED_HASH = 1


@pytest.mark.parametrize("name", functions())
def test_a_function_imports_with_its_artifact_and_the_layer_only(built: Path, name: str) -> None:
    """The emulator's workers see its own packages, so a missing one shows only here."""
    paths = [str(built / name), str(built / "BatchgateLayer" / "python")]
    code = f"import sys; sys.path[:0] = {paths!r}; import app; assert callable(app.handler)"

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", code],
        env={"AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert done.returncode == 0


def test_every_module_of_the_layer_has_bytecode_that_is_used(built: Path) -> None:
    """Archives carry dates of 1980: bytecode checked by date would be made anew each time."""
    sources = list((built / "BatchgateLayer" / "python").rglob("*.py"))
    tag = sys.implementation.cache_tag

    assert len(sources) > 500
    for source in sources:
        compiled = source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc"
        assert int.from_bytes(compiled.read_bytes()[4:8], "little") == UNCHECKED_HASH, source


def test_the_layer_holds_the_package_and_no_models_that_nobody_calls(built: Path) -> None:
    """Service models are read at every cold start."""
    packages = built / "BatchgateLayer" / "python"
    services = {path.name for path in (packages / "botocore" / "data").iterdir() if path.is_dir()}

    assert services == {"dynamodb", "events", "scheduler", "secretsmanager", "sqs"}
    assert (packages / "batchgate" / "__init__.py").is_file()
    assert not (packages / "boto3").exists()
