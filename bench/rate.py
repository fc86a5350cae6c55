"""Rows per second on the local stack, from the first submit to the last outcome.

Beside the same rows through the usual pattern: one item and one message per row.
"""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx

from bench import data
from local import partners, sam
from local.client import PortfolioClient
from local.emulator import Emulator
from local.places import ROOT
from local.stack import Stack, client

PART = 500
SENDERS = 4
USUAL_ROWS = 1_000
OUR_ROWS = 10_000
PATIENCE_S = 300


def ours(stack: Stack) -> tuple[float, float]:
    """Rows per second through the gateway: every row a new record, then all of them unchanged."""
    credentials = partners.enrol(stack)["portfolio"]
    with PortfolioClient(stack.base_url, **credentials) as broker:
        _send(broker, 0, 10)  # warm
        return _rate(broker), _rate(broker)


def _rate(broker: PortfolioClient) -> float:
    began = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as pool:
        starts = range(1_000, 1_000 + OUR_ROWS, PART)
        list(pool.map(lambda start: _send(broker, start, PART), starts))
    broker.ended(PATIENCE_S, limit="1")
    return OUR_ROWS / (time.monotonic() - began)


def _send(broker: PortfolioClient, start: int, rows: int) -> None:
    portfolios = [data.portfolio(user) for user in range(start, start + rows)]
    broker.submit({"batchId": str(uuid.uuid4()), "portfolios": portfolios}).raise_for_status()


def usual(emulator: Emulator) -> float:
    """Rows per second through the usual pattern."""
    built = sam.FOLDER / "usual"
    template = str(ROOT / "bench" / "usual" / "template.yaml")
    sam.run("build", "--template", template, "--build-dir", str(built), "--no-cached")
    sam.run(
        "deploy",
        "--template-file",
        str(built / "template.yaml"),
        "--stack-name",
        "usual",
        "--resolve-s3",
        "--no-confirm-changeset",
        "--capabilities",
        "CAPABILITY_IAM",
        endpoint_url=emulator.endpoint_url,
    )
    described = client("cloudformation", emulator.endpoint_url).describe_stacks(StackName="usual")
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described["Stacks"][0]["Outputs"]}
    url = f"{emulator.endpoint_url}/_aws/execute-api/{outputs['ApiId']}/Prod/rows"
    dynamodb = client("dynamodb", emulator.endpoint_url)

    def send(start: int, rows: int) -> str:
        batch = uuid.uuid4().hex
        portfolios = [data.portfolio(user) for user in range(start, start + rows)]
        httpx.post(
            url, json={"batchId": batch, "portfolios": portfolios}, timeout=60, trust_env=False
        ).raise_for_status()
        return batch

    def done(batch: str) -> int:
        item = dynamodb.get_item(TableName=outputs["Table"], Key={"pk": {"S": batch}})
        return int(item.get("Item", {}).get("done", {"N": "0"})["N"])

    send(0, 10)
    began = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as pool:
        starts = range(1_000, 1_000 + USUAL_ROWS, PART // 2)
        batches = list(pool.map(lambda start: send(start, PART // 2), starts))
    while sum(map(done, batches)) < USUAL_ROWS:
        if time.monotonic() - began > PATIENCE_S:
            raise TimeoutError("the usual pattern did not end")
        time.sleep(0.2)
    return USUAL_ROWS / (time.monotonic() - began)
