"""What was sent of a file, beside it, so that a push can go on where it stopped."""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any


@dataclass(slots=True, kw_only=True)
class Journal:
    """One push of one file: `key` says of what, to whom and where, `parts` what became of each.

    Batch ids follow from the key and the run, so that a part that is sent again, by
    whatever process, is the same part to the gateway. Another run is another push.
    """

    path: Path
    key: str
    run: int = 1
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    done: bool = False

    @property
    def id(self) -> str:
        """Twenty-four hex digits that this run of this push has, and no other."""
        return blake2b(f"{self.key}/{self.run}".encode(), digest_size=12).hexdigest()

    def save(self) -> None:
        """Write it, so that it is whole whenever this process ends."""
        draft = self.path.with_name(f"{self.path.name}.new")
        told = {"key": self.key, "run": self.run, "done": self.done, "parts": self.parts}
        with draft.open("w", encoding="utf-8") as file:
            json.dump(told, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)


def opened(file: Path, key: str, *, anew: bool) -> Journal:
    """The journal of a file: to go on with, or empty where it is of another push or done."""
    path = file.with_name(f"{file.name}.batchgate.json")
    try:
        kept: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        kept = {}
    if kept.get("key") != key:
        # It may have been pushed before all the same: anew, it must be none of those runs.
        return Journal(path=path, key=key, run=time.time_ns() if anew else 1)
    if anew:
        return Journal(path=path, key=key, run=kept["run"] + 1)
    return Journal(path=path, key=key, run=kept["run"], parts=kept["parts"], done=kept["done"])
