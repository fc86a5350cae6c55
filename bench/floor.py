"""The least that reading a row takes: parse, validate with all errors, digest. Per row."""

import json
import statistics
import time
from decimal import Decimal
from hashlib import blake2b
from typing import Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bench import data

ROWS = 500
ROUNDS = 30

Quantity = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=8)]


class Holding(BaseModel):
    """One position."""

    model_config = ConfigDict(extra="forbid")

    symbol: Annotated[str, Field(min_length=1, max_length=20)]
    totalQty: Quantity  # noqa: N815 (the contract's names)
    costPrice: Quantity  # noqa: N815 (as above)
    tradableQty: Quantity  # noqa: N815 (as above)


class Portfolio(BaseModel):
    """One row."""

    model_config = ConfigDict(extra="forbid")

    userId: Annotated[str, Field(min_length=1, max_length=64)]  # noqa: N815 (as above)
    holding: list[Holding]


def measure() -> float:
    """Microseconds of CPU per row."""
    body = json.dumps([data.portfolio(user) for user in range(ROWS)]).encode()
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for row in orjson.loads(body):
            try:
                Portfolio.model_validate(row)
            except ValidationError as error:
                error.errors()
            blake2b(orjson.dumps(row), digest_size=16).digest()
        times.append((time.process_time() - began) / ROWS * 1e6)
    return statistics.median(times)
