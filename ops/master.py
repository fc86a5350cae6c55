"""Add a version to the master secret: `python -m ops.master add <stack>`.

No version is ever removed here: secrets and hashes that were made with one need it.
"""

import json
import sys
from secrets import token_urlsafe
from typing import Any

import boto3

BYTES = 48
"""64 characters, as many as the first version has."""


def add(secrets: Any, secret_id: str) -> str:
    """Add the next version and keep all others; its name."""
    versions = json.loads(secrets.get_secret_value(SecretId=secret_id)["SecretString"])
    number = max(int(name.removeprefix("v")) for name in versions) + 1
    versions[f"v{number}"] = token_urlsafe(BYTES)
    secrets.put_secret_value(SecretId=secret_id, SecretString=json.dumps(versions))
    return f"v{number}"


def main(arguments: list[str]) -> int:
    """Do what is asked for; 1 and how to ask if that is not clear."""
    match arguments:
        case ["add", stack]:
            described = boto3.client("cloudformation").describe_stacks(StackName=stack)
            outputs = {
                one["OutputKey"]: one["OutputValue"] for one in described["Stacks"][0]["Outputs"]
            }
            name = add(boto3.client("secretsmanager"), outputs["MasterSecretArn"])
            print(f"{name} is there. Functions that need it know it at once.")
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
