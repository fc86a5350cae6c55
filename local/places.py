"""Where things lie in a work tree."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".local"
"""What a running local stack leaves behind; git-ignored."""
STACK_FILE = STATE / "stack.json"
"""How to call the local stack, for tests, clients and tools."""

SAM_TOOLS = ROOT / ".venv-sam" / "bin"
EMULATOR_TOOLS = ROOT / ".venv-emulator" / "bin"

REGION = "us-east-1"
STACK_NAME = "batchgate"
STAGE = "uat"


class Trouble(Exception):
    """What a person has to put right, in one line that says how."""


def report(trouble: Trouble) -> int:
    """Print what has to be put right; the exit code for it."""
    sys.stderr.write(f"{trouble}\n")
    return 1
