"""The sample events, as if they were made now, for the partners of the local stack.

As committed they come from partners whom no gateway knows, at one moment of the past.
Here they keep what they show: a late call stays late, a wrong signature or token wrong.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from local.client import signed_query
from local.places import ROOT

SAMPLE = ROOT / "events" / "sample.json"
CONTRACTS = ("portfolio", "push", "loyalty")

_BASIC = re.compile(r"(?<=Basic )[A-Za-z0-9+/]{8,}={0,2}", re.ASCII)

type Known = Mapping[str, Mapping[str, str]]
"""A partner of each contract: what it is called (`partner`) and its credentials."""


def moved(event: str, *, partners: Known, now_ms: int) -> str:
    """An event as these partners would have caused it, at this moment."""
    sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
    text = _BASIC.sub(lambda found: _encoded(renamed(_decoded(found[0]), partners)), event)
    made: dict[str, Any] = json.loads(renamed(text, partners))
    query = made.get("multiValueQueryStringParameters") or {}
    if "timestamp" in query:
        was_right = query["signature"] == [_signature(sample["portfolio"]["secret"], made)]
        late_ms = sample["now_ms"] - int(query["timestamp"][0])
        query["timestamp"] = [str(now_ms - late_ms)]
        if was_right:
            query["signature"] = [_signature(partners["portfolio"]["secret"], made)]
        made["queryStringParameters"] = {name: values[-1] for name, values in query.items()}
    return json.dumps(made, ensure_ascii=False)


def renamed(text: str, partners: Known) -> str:
    """A text with these partners' names and credentials in place of the samples'."""
    sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
    pairs = [
        (sample[contract][name], given)
        for contract in CONTRACTS
        for name, given in partners[contract].items()
        if name in sample[contract]
    ]
    # Longest first: a credential begins with its partner's name, a token with its client's.
    for before, after in sorted(pairs, key=lambda pair: -len(pair[0])):
        text = text.replace(before, after)
    return text


def has_token(event: str, contract: str) -> bool:
    """Whether an event carries the token of the sample partner of this contract."""
    sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return sample[contract].get("token", "\0") in event


def _decoded(basic: str) -> str:
    return b64decode(basic).decode()


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def _signature(secret: str, event: Mapping[str, Any]) -> str:
    query = event["multiValueQueryStringParameters"].items()
    given = {name: values[0] for name, values in query if name != "signature"}
    body = (event["body"] or "").encode()
    return signed_query(secret, given, body).rpartition("=")[2]
