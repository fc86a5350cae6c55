"""The master secret is rotated by adding to it."""

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from batchgate.secrets import Master
from ops import master


def test_a_version_is_added_and_all_before_it_stay() -> None:
    """What was derived from the first one is still checked with it."""
    with mock_aws():
        secrets = boto3.client("secretsmanager")
        secrets.create_secret(Name="master", SecretString=json.dumps({"v1": "first"}))
        before = Master("master").derive("v1", "signing/acme/1")

        assert master.add(secrets, "master") == "v2"
        assert master.add(secrets, "master") == "v3"

        text = secrets.get_secret_value(SecretId="master")["SecretString"]
        assert list(json.loads(text)) == ["v1", "v2", "v3"]
        assert len(json.loads(text)["v3"]) == 64
        rotated = Master("master")
        assert (rotated.oldest(), rotated.newest()) == ("v1", "v3")
        assert rotated.derive("v1", "signing/acme/1") == before
        assert rotated.derive("v3", "signing/acme/1") != before


def test_of_two_who_add_at_once_one_does_and_the_other_is_told() -> None:
    """The later text would lack the earlier's version, and what was made with that is lost."""
    with mock_aws():
        mine, theirs = boto3.client("secretsmanager"), boto3.client("secretsmanager")
        mine.create_secret(Name="master", SecretString=json.dumps({"v1": "first"}))
        added: list[str] = []

        def meanwhile(**_: Any) -> None:
            added.append(master.add(theirs, "master"))

        mine.meta.events.register_first("before-call.secretsmanager.PutSecretValue", meanwhile)
        with pytest.raises(master.Overtaken):
            master.add(mine, "master")

        held = theirs.get_secret_value(SecretId="master")["SecretString"]
        mine.meta.events.unregister("before-call.secretsmanager.PutSecretValue", meanwhile)
        assert added == ["v2"]
        assert master.add(mine, "master") == "v3"
        after = json.loads(theirs.get_secret_value(SecretId="master")["SecretString"])
        assert {name: after[name] for name in ("v1", "v2")} == json.loads(held)
