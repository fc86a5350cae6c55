"""How tests call the command line."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from typer.testing import CliRunner

from batchgate_cli.app import app
from tests.gateway import Gateway

STACK = "batchgate-test"


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer of a command that was asked for JSON."""
        return json.loads(self.out)


@dataclass(slots=True)
class Cli:
    """The command line of somebody who has the stack's name in the environment."""

    gateway: Gateway
    outputs: Mapping[str, str]
    status: str = "UPDATE_COMPLETE"
    cloud: str = "aws"
    ahead_s: int = 0
    """By how much AWS's clock is behind this machine's."""

    def __call__(self, *arguments: str, stack: str = STACK) -> Done:
        """Run a command."""
        runner = CliRunner(env={"BATCHGATE_STACK": stack, "COLUMNS": "200"})
        done = runner.invoke(app, list(arguments), catch_exceptions=False)
        lines = done.stdout.splitlines(keepends=True)
        # Functions that are called in this process print their metrics.
        own = "".join(line for line in lines if not line.startswith('{"_aws"'))
        return Done(done.exit_code, own, done.stderr)

    def json(self, *arguments: str) -> Any:
        """What a command that works answers in JSON."""
        done = self(*arguments, "--json")
        assert done.code == 0, done.err
        return done.json

    def describe(self, name: str) -> dict[str, Any]:
        """What CloudFormation says of a stack."""
        if name != STACK:
            return {
                "Error": {"Code": "ValidationError", "Message": f"no stack {name}"},
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }
        date = formatdate(time.time() - self.ahead_s, usegmt=True)
        return {
            "Stacks": [
                {
                    "StackName": STACK,
                    "StackStatus": self.status,
                    "Outputs": [
                        {"OutputKey": key, "OutputValue": value}
                        for key, value in self.outputs.items()
                    ],
                    "Parameters": [
                        {"ParameterKey": "BatchDays", "ParameterValue": "90"},
                        {"ParameterKey": "Cloud", "ParameterValue": self.cloud},
                    ],
                }
            ],
            "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {"date": date}},
        }
