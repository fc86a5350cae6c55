"""The master secret is rotated by adding to it."""

import json

import boto3
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
