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
from local.supplier import signed_sign_in

SAMPLE = ROOT / "events" / "sample.json"
CONTRACTS = ("portfolio", "push", "loyalty", "proposal")
LIVE = ("token", "cookie")
"""What a partner has from the gateway, and for a while only."""

_BASIC = re.compile(r"(?<=Basic )[A-Za-z0-9+/]{8,}={0,2}", re.ASCII)

type Known = Mapping[str, Mapping[str, str]]
"""A partner of each contract: what it is called (`partner`) and its credentials."""


def moved(event: str, *, partners: Known, now_ms: int) -> str:
    """An event as these partners would have caused it, at this moment."""
    sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
    made: dict[str, Any] = json.loads(event)
    if "api-timestamp" in (made.get("multiValueHeaders") or {}):
        _sign_in_again(made, sample, partners["proposal"], now_ms)
    text = json.dumps(made, ensure_ascii=False)
    text = _BASIC.sub(lambda found: _encoded(renamed(_decoded(found[0]), partners)), text)
    made = json.loads(renamed(text, partners))
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
        if name in sample[contract] and name != "key_version"  # a digit, which is everywhere
    ]
    # Longest first: a credential begins with its partner's name, a token with its client's.
    for before, after in sorted(pairs, key=lambda pair: -len(pair[0])):
        text = text.replace(before, after)
    return text


def is_let_in(event: str, contract: str) -> bool:
    """Whether an event carries the token or the cookie of this contract's sample partner."""
    known = json.loads(SAMPLE.read_text(encoding="utf-8"))[contract]
    return any(known[name] in event for name in LIVE if name in known)


def _sign_in_again(
    event: dict[str, Any], sample: Mapping[str, Any], partner: Mapping[str, str], now_ms: int
) -> None:
    """Make each part of a sign-in that was right the partner's at this moment, and only those."""
    given = {name: values[0] for name, values in event["multiValueHeaders"].items()}
    at, now_s = given["api-timestamp"], now_ms // 1_000
    late_s = sample["now_ms"] // 1_000 - int(at) if at.isdecimal() else 0
    was, body_was = signed_sign_in(sample["proposal"], now_s=sample["now_ms"] // 1_000 - late_s)
    headers, body = signed_sign_in(partner, now_s=now_s - late_s)
    for name, value in headers.items():
        if given.get(name) == was[name]:
            event["headers"][name] = value
            event["multiValueHeaders"][name] = [value]
    if event["body"] == body_was.decode():
        event["body"] = body.decode()


def _decoded(basic: str) -> str:
    return b64decode(basic).decode()


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def _signature(secret: str, event: Mapping[str, Any]) -> str:
    query = event["multiValueQueryStringParameters"].items()
    given = {name: values[0] for name, values in query if name != "signature"}
    body = (event["body"] or "").encode()
    return signed_query(secret, given, body).rpartition("=")[2]
