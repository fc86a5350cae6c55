"""Secrets Manager: the one master secret, from which all that must be recomputed is derived."""

import time
from hashlib import sha256
from hmac import digest

import orjson

from batchgate import aws
from batchgate.errors import Busy

KEEP_S = 300
"""How long a warm function goes without asking again, so that a new version is seen."""


class Master:
    """The master secret: a JSON object of versions, `{"v1": "…"}`."""

    def __init__(self, secret_id: str) -> None:
        """Read this secret when it is first needed."""
        self._id = secret_id
        self._versions: dict[str, str] = {}
        self._asked = -float(KEEP_S)

    def derive(self, version: str, purpose: str) -> bytes:
        """The 32 bytes that this version of the master gives for a purpose, always the same.

        A version that was added since the secret was read has it read again.

        Raises:
            KeyError: there is no such version.
            Busy: Secrets Manager is out of reach.
        """
        versions = self._read()
        if version not in versions:
            self._asked = -float(KEEP_S)
            versions = self._read()
        return digest(versions[version].encode(), purpose.encode(), sha256)

    def newest(self) -> str:
        """The version to derive new secrets from."""
        return self.versions()[0]

    def oldest(self) -> str:
        """The version that was there first."""
        return self.versions()[-1]

    def versions(self) -> list[str]:
        """All versions that live, the newest first."""
        return sorted(self._read(), key=_number, reverse=True)

    def _read(self) -> dict[str, str]:
        if time.monotonic() - self._asked > KEEP_S:
            try:
                with aws.busy():
                    answer = aws.client("secretsmanager").get_secret_value(SecretId=self._id)
            except Busy:
                if not self._versions:
                    raise
                return self._versions  # what was true five minutes ago beats an outage
            self._versions = orjson.loads(answer["SecretString"])
            self._asked = time.monotonic()
        return self._versions


def _number(version: str) -> int:
    return int(version.removeprefix("v"))
