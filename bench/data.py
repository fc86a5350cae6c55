"""Portfolios that look like real ones: about 180 bytes of JSON each, two holdings."""

import random
from typing import Any

SYMBOLS = ["FPT", "VNM", "VCB", "HPG", "MWG", "SSI", "VIC", "VHM", "TCB", "MBB", "ACB", "GAS"]


def portfolio(user: int, version: int = 0) -> dict[str, Any]:
    """A user's portfolio; another version has other quantities."""
    chance = random.Random(user * 1_000_003 + version)  # noqa: S311 (no secret)
    holding = []
    for symbol in chance.sample(SYMBOLS, 2):
        quantity = chance.randrange(1, 5_000) * 10
        holding.append(
            {
                "symbol": symbol,
                "totalQty": quantity,
                "costPrice": f"{chance.randrange(1_000, 200_000) / 100:.2f}",
                "tradableQty": quantity - chance.choice([0, 0, 0, 10, 50]),
            }
        )
    return {"userId": f"USER{user:07}", "holding": holding}
