"""`make run`: the stack, and a demonstration on it."""

import json
import sys
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from local import up
from local.client import PortfolioClient
from local.places import ROOT, STACK_FILE, Trouble, report
from local.progress import say, step

BATCHES = ROOT / "tests" / "data" / "portfolio_batches.json"


def portfolio(base_url: str, credentials: dict[str, str]) -> None:
    """Submit nine batches of portfolios with real signatures, and print what became of them."""
    batches = json.loads(BATCHES.read_text(encoding="utf-8"))
    with PortfolioClient(base_url, **credentials) as broker:
        with step(f"Portfolio sync: submit {len(batches)} batches"):
            for batch in batches:
                broker.submit(batch).raise_for_status()
        with step("Portfolio sync: wait until every user's sync has ended"):
            answer = broker.ended().json()
    show(answer["data"])
    say(json.dumps(answer, ensure_ascii=False, indent=2))


def show(data: dict[str, Any]) -> None:
    """Print a portfolio status as a table."""
    table = Table(
        title=f"{data['totalCount']} users' syncs: {data['successCount']} succeeded, "
        f"{data['failedCount']} failed, {data['pendingCount']} pending"
    )
    for column in ("batch", "user", "portfolio", "", "message"):
        table.add_column(column, overflow="fold")
    for row in data["successes"] + data["failures"]:
        table.add_row(
            row["batchId"],
            row["userId"],
            str(row.get("portfolioId", "")),
            "✓" if row["status"] else "✗",
            row["message"],
        )
    Console().print(table)


def main() -> int:
    """Bring the stack up, send each contract's demo through it, say how to go on."""
    began = time.monotonic()
    try:
        deployed = up.up()
    except Trouble as trouble:
        return report(trouble)
    known = json.loads(STACK_FILE.read_text())
    portfolio(known["base_url"], known["partners"]["portfolio"])
    say(up.guide(deployed))
    say(f"\nDone after {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
