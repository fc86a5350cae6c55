"""Large batches, many copies, and neighbours."""

import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import httpx

from local import partners
from local.client import PushClient
from local.emulator import Emulator, free_port
from local.progress import step
from local.stack import Stack, deploy
from proof import driven
from proof.results import Result
from proof.rows import sequence

DATA_SET = "odm/master_data"
ROWS = 500
CALLED, DRIVEN = 50, 500
"""How many sequences of a batch are pushed in HTTP calls, and how many the engine is given."""
SENDERS = 4
COPIES = 50
NEIGHBOUR_ROWS = 100_000
WORKERS = 4
WAIT_S = 900.0
CONCURRENCY = 64


def prove() -> Sequence[Result]:
    """All of it, on a stack where nothing goes wrong."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator(Path(folder), free_port(), concurrency=CONCURRENCY) as emulator,
    ):
        stack = deploy(emulator)
        names = {name: ("push", name) for name in ("shuffler", "copier")}
        known = partners.ensure(stack, names)
        with step(f"Push {CALLED * ROWS:,} rows in {CALLED} sequences, each twice"):
            found = called(stack, known["shuffler"], sequences=CALLED, rows=ROWS)
        with step(f"Accept {DRIVEN * ROWS:,} rows in {DRIVEN} sequences, each twice"):
            found += shuffled(stack, sequences=DRIVEN, rows=ROWS, workers=WORKERS)
        with step(f"Push one sequence {COPIES} times at once"):
            found += copies(stack, known["copier"], number=COPIES, rows=ROWS)
        with step(f"Push {NEIGHBOUR_ROWS:,} rows beside {driven.SMALL}"):
            found += neighbours(stack, rows=NEIGHBOUR_ROWS, workers=WORKERS)
    return found


def shuffled(stack: Stack, *, sequences: int, rows: int, workers: int) -> list[Result]:
    """A batch that the engine is given in any order, each sequence twice."""
    total = sequences * rows
    told = driven.shuffled(stack, sequences=sequences, rows=rows, workers=workers)
    kept = records(stack, "twice")
    return [
        Result(
            what=f"{total:,} rows, {sequences} sequences shuffled, each accepted twice",
            seen=f"{told['repeated']:.0f} repeated; {told['accepted']:,.0f} accepted, "
            f"{told['inserted']:,.0f} inserted, {told['pending']:.0f} pending; {kept:,} records; "
            f"{told['seconds']:.0f} s, {total / told['seconds']:,.0f} rows/s",
            held=told["accepted"] == told["inserted"] == kept == total
            and told["repeated"] == sequences
            and not told["pending"],
        )
    ]


def called(
    stack: Stack, credentials: Mapping[str, str], *, sequences: int, rows: int
) -> list[Result]:
    """A batch whose sequences come in HTTP calls in any order, each of them twice."""
    total = sequences * rows
    order = [*range(sequences), *range(sequences)]
    Random(11).shuffle(order)
    began = time.monotonic()
    with PushClient(stack.base_url, **credentials) as client:
        client.token()
        with ThreadPoolExecutor(SENDERS) as pool:
            answers = list(pool.map(lambda at: push(client, "LARGE", at, rows, total), order))
        client.token()  # the first may have ended
        told = client.completed(DATA_SET, "LARGE", WAIT_S).json()["result"]
    seconds = time.monotonic() - began
    codes = Counter(answers)
    kept = records(stack, "shuffler")
    return [
        Result(
            what=f"{total:,} rows, {sequences} sequences shuffled, each pushed twice",
            seen=f"answers {dict(codes)}; {told['received']:,} received, {told['inserted']:,} "
            f"inserted, {told['pending']} pending; {kept:,} records",
            held=codes.keys() <= {"0", "E00A00"}
            and told["received"] == told["inserted"] == kept == total
            and not told["pending"]
            and not told["missing"],
        ),
        Result(
            what="of them, from the first call to the completion",
            seen=f"{seconds:.0f} s, {total / seconds:,.0f} rows/s",
        ),
    ]


def copies(stack: Stack, credentials: Mapping[str, str], *, number: int, rows: int) -> list[Result]:
    """One sequence, sent so many times at once."""
    with PushClient(stack.base_url, **credentials) as client:
        client.token()
        with ThreadPoolExecutor(number) as pool:
            answers = list(pool.map(lambda _: push(client, "COPY", 0, rows, rows), range(number)))
        told = client.completed(DATA_SET, "COPY", WAIT_S).json()["result"]
    codes = Counter(answers)
    kept = records(stack, "copier")
    return [
        Result(
            what=f"{number} copies of a sequence of {rows} rows at once",
            seen=f"answers {dict(codes)}; {told['received']} received, {told['inserted']} "
            f"inserted; {kept} records",
            held=codes.keys() <= {"0", "E00A00"}
            and told["received"] == told["inserted"] == kept == rows,
        )
    ]


def neighbours(stack: Stack, *, rows: int, workers: int) -> list[Result]:
    """A small batch beside a large one of another partner."""
    told = driven.neighbours(stack, rows=rows, workers=workers)
    return [
        Result(
            what=f"{driven.SMALL} rows beside another partner's {rows:,}, {workers} workers",
            seen=f"{told['beside_s']:.2f} s (alone {told['alone_s']:.2f} s); the other's took "
            f"{told['large_s']:.0f} s, and {told['ended']:.0f} of its {told['slices']:.0f} "
            "slices had ended before",
            held=told["ended"] < told["slices"] / 4,
        )
    ]


def push(client: PushClient, batch_id: str, at: int, rows: int, total: int) -> str:
    """Push a sequence until it is answered; the answer's code."""
    while True:
        try:
            answer = client.push("POST", DATA_SET, sequence(batch_id, at, rows, total))
        except httpx.TransportError:
            continue
        if answer.status_code == 429 or answer.status_code >= 500:
            time.sleep(0.5)
        elif answer.status_code == 401:
            client.token()
        else:
            return str(answer.json()["code"])


def records(stack: Stack, partner: str) -> int:
    """How many records a partner has in the data set."""
    return sum(
        page["Count"]
        for of in (0, 1)
        for page in stack.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=stack.outputs["RecordsTable"],
            Select="COUNT",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{partner}#{DATA_SET}#{of}"}},
            ConsistentRead=True,
        )
    )
