"""`make run`: the stack, and a demonstration on it."""

import json
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from rich.console import Console
from rich.table import Table

from local import up
from local.client import LoyaltyClient, PortfolioClient, PushClient
from local.places import ROOT, STACK_FILE, Trouble, report
from local.progress import Countdown, say, step
from local.supplier import ProposalClient

DATA = ROOT / "tests" / "data"


def portfolio(base_url: str, credentials: dict[str, str]) -> None:
    """Submit nine batches of portfolios with real signatures, and print what became of them."""
    batches = json.loads((DATA / "portfolio_batches.json").read_text(encoding="utf-8"))
    with PortfolioClient(base_url, **credentials) as broker:
        with step(f"Portfolio sync: submit {len(batches)} batches"):
            for batch in batches:
                broker.submit(batch).raise_for_status()
        with step("Portfolio sync: wait until every user's sync has ended"):
            answer = broker.ended().json()
    show(answer["data"])
    say(json.dumps(answer, ensure_ascii=False, indent=2))


def push(base_url: str, credentials: dict[str, str]) -> None:
    """Push the sample, a batch of three sequences, and a full replacement of it."""
    with PushClient(base_url, **credentials) as maker:
        maker.token()
        sample = json.loads((DATA / "push_sample.json").read_text(encoding="utf-8"))
        data_set = sample["path"].removeprefix("/v1.0/scc/data/sync/")
        for time_ in ("first", "second"):
            answer = maker.push(sample["method"], data_set, sample["request"])
            say(f"  the sample, sent for the {time_} time: {answer.text}")
        for method, batch_id, rows in (
            ("POST", "DEMO-POST", [stock(part, 10) for part in range(1_400)]),
            ("PATCH", "DEMO-PATCH", [stock(part, 10 + part % 2) for part in range(500, 1_900)]),
        ):
            with step(f"Row push: {method} {len(rows)} rows in three sequences"):
                for at, start in enumerate(range(0, len(rows), 500), start=1):
                    data = rows[start : start + 500]
                    sequence = {
                        "batch_id": batch_id,
                        "batch_size": str(len(rows)),
                        "seq_id": str(at),
                        "seq_size": str(len(data)),
                        "data": data,
                    }
                    answer = maker.push(method, "odm/inventory", sequence)
                    say(f"    sequence {at}: {answer.text}")
            with step(f"Row push: wait until batch {batch_id} is completed"):
                status = maker.completed("odm/inventory", batch_id).json()
            say(json.dumps(status, ensure_ascii=False, indent=2))


def loyalty(base_url: str, credentials: dict[str, str]) -> None:
    """Run the contract's samples of cards and coupons, and print the answers."""
    with LoyaltyClient(base_url, credentials) as retailer:
        retailer.token()
        for name in ("loyalty_cards", "loyalty_coupons"):
            sample = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
            endpoint = sample["path"].rpartition("/")[2]
            with step(f"Loyalty: {endpoint}"):
                # With a key, a second run repeats the first one's answer and changes nothing.
                retailer.administer(endpoint, sample["before"], f"demo-{name}-before")
                answer = retailer.administer(endpoint, sample["request"], f"demo-{name}")
            say(json.dumps(answer.json(), ensure_ascii=False, indent=2))


def proposal(base_url: str, credentials: dict[str, str]) -> None:
    """Schedule a change of two listings and its revert, and show both as they come about."""
    with ProposalClient(base_url, credentials) as supplier:
        with step("Batch proposal: sign in"):
            supplier.sign_in()
        now = datetime.now(UTC).replace(microsecond=0)
        times = {
            f"{name}Ts": (now + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
            for name, seconds in (("execute", 20), ("revert", 40))
        }
        created = supplier.create({"proposalType": "updateImageV2", "batchSource": "api"} | times)
        number = created.raise_for_status().json()["id"]
        details = [
            {"listingId": 12345, "executeProposalId": 1001, "revertProposalId": 1002},
            {"listingId": 22345, "executeProposalId": 1003, "revertProposalId": 1004},
        ]
        supplier.change(number, {"details": details}).raise_for_status()
        say(f"  batch {number}: executes in 20 s and is taken back 20 s later")
        with Countdown() as countdown:
            for name in ("execute", "revert"):
                countdown.toward(f"{name} of batch {number}", times[f"{name}Ts"])
                supplier.until(number, partial(ended, name), each=partial(show_states, countdown))
        told = supplier.get(number, fields="+details").json()
        say(json.dumps(told, ensure_ascii=False, indent=2))


def ended(name: str, told: Mapping[str, Any]) -> bool:
    """Whether a phase of a proposal has ended."""
    return told[f"{name}Status"] in {"finished", "failed"}


def show_states(countdown: Countdown, told: Mapping[str, Any]) -> None:
    """Show how far a proposal is."""
    countdown.show(f"execute {told['executeStatus']}, revert {told['revertStatus']}")


def stock(part: int, quantity: int) -> dict[str, str]:
    """A row of the data set `odm/inventory`."""
    return {
        "bu": "PC",
        "odm": "DEMO",
        "odm_pn": f"PN{part:06}",
        "material_type": "FG",
        "location": "H121",
        "odm_qty": str(quantity),
        "po": "4500000001",
        "version": "20260101",
    }


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
    push(known["base_url"], known["partners"]["push"])
    loyalty(known["base_url"], known["partners"]["loyalty"])
    proposal(known["base_url"], known["partners"]["proposal"])
    say(up.guide(deployed))
    say(f"\nDone after {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
