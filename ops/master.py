"""Add a version to the master secret: `python -m ops.master add <stack>`.

No version is ever removed here: secrets and hashes that were made with one need it. Of two
operators who add at once one does, and the other is told.
"""

import json
import sys
from secrets import token_urlsafe
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import boto3

BYTES = 48
"""64 characters, as many as the first version has."""


class Overtaken(Exception):
    """Somebody else added a version meanwhile; theirs is there and this one is not."""


def add(secrets: Any, secret_id: str) -> str:
    """Add the next version and keep all others; its name.

    Raises:
        Overtaken: nothing was changed.
    """
    held = secrets.get_secret_value(SecretId=secret_id)
    versions = json.loads(held["SecretString"])
    number = max(int(name.removeprefix("v")) for name in versions) + 1
    versions[f"v{number}"] = token_urlsafe(BYTES)
    try:
        secrets.put_secret_value(
            SecretId=secret_id,
            SecretString=json.dumps(versions),
            # The new text's name follows from that of the text it was made of, and a name
            # can't be given to two texts.
            ClientRequestToken=str(uuid5(NAMESPACE_OID, held["VersionId"])),
        )
    except secrets.exceptions.ResourceExistsException:
        raise Overtaken(secret_id) from None
    return f"v{number}"


def main(arguments: list[str]) -> int:
    """Do what is asked for; 1 and why if somebody else did, or how to ask if that is not clear."""
    match arguments:
        case ["add", stack]:
            described = boto3.client("cloudformation").describe_stacks(StackName=stack)
            outputs = {
                one["OutputKey"]: one["OutputValue"] for one in described["Stacks"][0]["Outputs"]
            }
            try:
                name = add(boto3.client("secretsmanager"), outputs["MasterSecretArn"])
            except Overtaken:
                print("Somebody else has just added one. Nothing was changed.", file=sys.stderr)
                return 1
            print(f"{name} is there. Functions that need it know it at once.")
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
