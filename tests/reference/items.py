"""The items that the machine of batches draws from."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import orjson
from hypothesis import strategies as st

from batchgate.model import Item, Operation

FEED = "stock"
OWNERS = ("acme", "other")
KEYS = ("a", "b", "c", "d", "e", "f")


def _item(key: str, operation: str, content: dict[str, Any]) -> Item:
    removes = operation in "rd"
    return Item(key, Operation(operation), b"" if removes else orjson.dumps(content))


CONTENTS: Sequence[dict[str, Any]] = ({"n": 1}, {"n": 2}, {"m": 1, "n": 1})
EVERY_ITEM = [
    *(_item(key, kind, content) for key, kind, content in product(KEYS, "iupm", CONTENTS)),
    *(_item(key, "m", {"m": None}) for key in KEYS),
    *(_item(key, kind, {}) for key, kind in product(KEYS, "rd")),
    *(Item(key, Operation.UPSERT, b"{}", fault="no") for key in ("", *KEYS)),
]

items = st.lists(st.sampled_from(EVERY_ITEM), min_size=1, max_size=6)
owners = st.sampled_from(OWNERS)
