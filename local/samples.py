"""The sample events, as if they were made now, for a partner of the local stack.

As committed they are signed by a partner whom no gateway knows, at one moment of the
past. Here they keep what they show: a late call stays late, a wrong signature wrong.
"""

import json
from collections.abc import Mapping
from typing import Any

from local.client import signed_query
from local.places import ROOT

SAMPLE = ROOT / "events" / "sample.json"


def moved(event: str, *, partner: str, credentials: Mapping[str, str], now_ms: int) -> str:
    """An event as this partner would have caused it, at this moment."""
    sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
    text = event.replace(sample["api_key"], credentials["api_key"])
    made: dict[str, Any] = json.loads(text.replace(sample["partner"], partner))
    query = made.get("multiValueQueryStringParameters") or {}
    if "timestamp" in query:
        was_right = query["signature"] == [_signature(sample["secret"], made)]
        late_ms = sample["now_ms"] - int(query["timestamp"][0])
        query["timestamp"] = [str(now_ms - late_ms)]
        if was_right:
            query["signature"] = [_signature(credentials["secret"], made)]
        made["queryStringParameters"] = {name: values[-1] for name, values in query.items()}
    return json.dumps(made, ensure_ascii=False)


def _signature(secret: str, event: Mapping[str, Any]) -> str:
    query = event["multiValueQueryStringParameters"].items()
    given = {name: values[0] for name, values in query if name != "signature"}
    body = (event["body"] or "").encode()
    return signed_query(secret, given, body).rpartition("=")[2]
