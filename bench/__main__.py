"""`make bench`: the figures that the project is built to reach, and how near it is.

`make bench ONLY="cold rate cost push loyalty"` measures some of them; without names, all.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import cold, cost, data, floor, meter, rate
from local import sam
from local.emulator import Emulator, free_port
from local.progress import step
from local.stack import Stack, architecture, deploy

SIZES = (10, 500, 5_000, 50_000)
CHANGES = (0, 5, 100)
DOLLARS = {
    ("sorted", 0): 0.12,
    ("sorted", 5): 0.16,
    ("sorted", 100): 0.78,
    ("random", 0): 0.22,
    ("random", 5): 0.26,
    ("random", 100): 0.88,
}
"""Goals: dollars per million rows, by the rows' order and how many per cent changed."""
CALLS = {0: 20, 100: 42}
WRITE_UNITS = {0: 0.08, 100: 1.08}
OWN_CPU = {5: 10, 100: 20}
"""Goal: our own code's CPU per row, relative to the floor."""
COLD = {"Worker": 1.5}
COLD_ENDPOINT = 1.25
RATE = 30

console = Console(width=120)


def costs(deployed: Stack) -> None:
    """Print what batches cost."""
    least = floor.measure()
    bench = cost.Bench(deployed, data.Portfolios())
    with step(f"Fill {cost.POPULATION} records"), quiet():
        bench.fill()
    table = Table(title=f"Costs; the floor (parse, validate, digest) is {least:.1f} µs a row")
    for column in ("order", "rows", "changed", "calls/part", "write units/row", "read units/row"):
        table.add_column(column, justify="right")
    for column in ("$/million rows", "CPU µs/row", "own CPU/floor", "per row to 5,000"):
        table.add_column(column, justify="right")
    dollars: dict[tuple[str, int], float] = {}
    for rows in SIZES:
        for (order, changed), most in DOLLARS.items():
            with step(f"{rows} rows, {order}, {changed} % changed"), quiet():
                one = bench.run(order, rows, changed)
            if rows == SIZES[2]:
                dollars[order, changed] = one.dollars_per_million
            beside = one.dollars_per_million / dollars.get((order, changed), float("nan"))
            table.add_row(
                order,
                f"{rows:,}",
                f"{changed} %",
                goal(one.calls_per_part, CALLS.get(changed), rows),
                goal(one.write_units_per_row, WRITE_UNITS.get(changed), rows),
                f"{one.read_units_per_row:.3f}",
                goal(one.dollars_per_million, most, rows),
                f"{one.cpu_us_per_row:.0f}",
                goal(one.own_cpu_us_per_row / least, OWN_CPU.get(changed), rows),
                goal(beside, 1.05, rows) if rows == SIZES[3] else "",
            )
    console.print(table)
    with quiet():
        queries = bench.counter_queries(SIZES[3])
    console.print(f"counters of a {SIZES[3]:,}-row batch: {queries} query (goal 1)")


def pushes(deployed: Stack) -> None:
    """Print what pushed sequences cost, and a full replacement beside an update."""
    least = floor.measure()
    bench = cost.Bench(deployed, data.Stocks("PUT"))
    filling = cost.Bench(deployed, data.Stocks("POST"))
    with step(f"Push {cost.POPULATION} rows of odm/inventory"), quiet():
        filling.fill()
    table = Table(title="Row push: sequences of 500 rows of odm/inventory, in the order of keys")
    for column in ("rows", "changed", "calls/part", "write units/row", "$/million rows"):
        table.add_column(column, justify="right")
    for column in ("own CPU/floor", "of the time: accept, work, answer"):
        table.add_column(column, justify="right")
    for rows in SIZES[1:3]:
        for changed in (0, 100):
            bench.seconds.clear()
            with step(f"{rows} pushed rows, {changed} % changed"), quiet():
                one = bench.run("sorted", rows, changed)
            whole = sum(bench.seconds.values())
            table.add_row(
                f"{rows:,}",
                f"{changed} %",
                goal(one.calls_per_part, CALLS[changed], rows),
                goal(one.write_units_per_row, WRITE_UNITS[changed], rows),
                goal(one.dollars_per_million, DOLLARS["sorted", changed], rows),
                goal(one.own_cpu_us_per_row / least, OWN_CPU.get(changed), rows),
                ", ".join(f"{bench.seconds[part] / whole:.0%}" for part in SPLIT),
            )
    console.print(table)
    replacing = cost.Bench(deployed, data.Stocks("PATCH"), bench.versions)
    with step(f"PUT {cost.POPULATION} unchanged rows"), quiet():
        put = bench.run("sorted", cost.POPULATION, 0)
    with step(f"PATCH {cost.POPULATION} unchanged rows"), quiet():
        patch = replacing.run("sorted", cost.POPULATION, 0)
    ratio = patch.dollars_per_million / put.dollars_per_million
    console.print(
        f"PATCH of {cost.POPULATION:,} unchanged rows costs {ratio:.2f} of the same "
        "by PUT (goal ≤ 1.3)"
    )


def cards(deployed: Stack) -> None:
    """Print what requests of the loyalty contract cost."""
    least = floor.measure()
    filling = cost.Bench(deployed, data.Cards("I"), part=REQUESTS[-1], population=CARDS)
    fresh, changes = data.Cards("I", new=True), data.Cards("U")
    with step(f"Insert {CARDS} cards"), quiet():
        filling.fill()
    table = Table(title=f"Loyalty: cards, each request a batch; means of {REPEATS} requests")
    for column in ("order", "items", "operation", "calls/request"):
        table.add_column(column, justify="right")
    for column in ("write units/item", "read units/item", "$/million items"):
        table.add_column(column, justify="right")
    for column in ("CPU µs/item", "own CPU/floor"):
        table.add_column(column, justify="right")
    for order, size in product(("sorted", "random"), REQUESTS):
        for name, source, changed in (
            ("I, new", fresh, 0),
            ("U, unchanged", changes, 0),
            ("U, all changed", changes, 100),
        ):
            bench = cost.Bench(deployed, source, filling.versions, part=size)
            with step(f"{size} cards, {order}, {name}"), quiet():
                one = bench.run(order, size, changed, batches=REPEATS)
            table.add_row(
                order,
                f"{size:,}",
                name,
                f"{one.calls_per_part:.1f}",
                f"{one.write_units_per_row:.3f}",
                f"{one.read_units_per_row:.3f}",
                f"{one.dollars_per_million:.3f}",
                f"{one.cpu_us_per_row:.0f}",
                f"{one.own_cpu_us_per_row / least:.1f}",
            )
    console.print(table)


CARDS = 10_000
REQUESTS = (500, 1_000)
REPEATS = 3
SPLIT = ("accept", "work", "answer")


def goal(value: float, limit: float | None, rows: int) -> str:
    """A figure, with its goal beside it where it has one; goals are for whole parts."""
    if limit is None or rows < cost.PART:
        return f"{value:.3f}"
    return f"{value:.3f} {'≤' if value <= limit else '>'} {limit}"


def colds() -> None:
    """Print what cold starts compute."""
    built = sam.build(architecture())
    table = Table(title="Cold start: CPU until ready, relative to boto3 with two clients")
    for column in ("function", "relative", "goal"):
        table.add_column(column)
    with step("Start each function cold"):
        measured = cold.measure(built)
    for function, relative in measured.items():
        table.add_row(function, f"{relative:.2f}", f"≤ {COLD.get(function, COLD_ENDPOINT)}")
    console.print(table)


def rates(emulator: Emulator, deployed: Stack) -> None:
    """Print how fast rows go through, beside the usual pattern."""
    with step("The usual pattern: one item and one message per row"):
        usual = rate.usual(emulator)
    with step("The gateway"):
        inserted, unchanged = rate.ours(deployed)
    console.print(
        f"rows per second: {inserted:,.0f} inserted, {unchanged:,.0f} unchanged, "
        f"{usual:,.0f} by the usual pattern: {inserted / usual:.0f} and "
        f"{unchanged / usual:.0f} times as many (goal {RATE})"
    )


@contextmanager
def quiet() -> Iterator[None]:
    """Without the handlers' metrics on the standard output."""
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


def main() -> None:
    """Measure what is asked for."""
    meter.install()
    asked = sys.argv[1:] or ["cold", "rate", "cost", "push", "loyalty"]
    if "cold" in asked:
        colds()
    if {"cost", "rate", "push", "loyalty"} & set(asked):
        with tempfile.TemporaryDirectory() as folder:
            emulator = Emulator(Path(folder) / "emulator", free_port())
            with emulator, step("Measure on a stack of its own"):
                deployed = deploy(emulator)
                if "rate" in asked:
                    rates(emulator, deployed)
                if "cost" in asked:
                    costs(deployed)
                if "push" in asked:
                    pushes(deployed)
                if "loyalty" in asked:
                    cards(deployed)


if __name__ == "__main__":
    main()
