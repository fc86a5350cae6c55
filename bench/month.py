"""What a month costs: `make cost` writes it into `docs/operations.md`.

From what `make bench` measured (`docs/decisions.md`), list prices, and what the template
holds. No free tier, no discount, nothing that is not in this stack.
"""

import re
from collections.abc import Iterator, Sequence

from batchgate import telemetry
from bench import prices
from local.places import ROOT
from tests.cloudformation import functions, properties, resources, template

MILLIONS = (1, 10, 100)
CHANGES = (0, 5, 100)
ORDERS = ("key order", "random order")
PART = 500
GUIDE = ROOT / "docs" / "operations.md"
BEGIN, END = "<!-- begin: make cost -->", "<!-- end: make cost -->"

MINUTES = 60 * 24 * 30
NIGHTS = 30
BATCH_BYTES = 28
"""What a row leaves in the batches table; measured, 22 parts of 500 new portfolios."""
RECORD_BYTES = 250
"""What a record takes in the records table; measured on the same."""
LOG_BYTES = 4_000
"""A part's log lines: 1,940 measured, and as many again from Lambda and API Gateway."""
POLLS_A_MINUTE = 5 * 3
"""Lambda keeps five receives of 20 s open at every queue, also where nothing comes."""
SWEEP_S = 0.1
SWEEP_READS = 8 * 0.5
INVOCATIONS = 3
"""Traces a part: the call and a worker per slice, were all of them sampled."""

FEEDS = ("portfolio", "card", "coupon", "segment", "listing")
"""The feeds that are no data sets."""

type Dollars = tuple[float, ...]
"""A month at each of `MILLIONS`."""


def per_million(order: str) -> Dollars:
    """Measured dollars per million rows in this order, at each of `CHANGES`."""
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    found = re.search(rf"^\| \$ per million rows, rows in {order} \|(.+)\|$", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"docs/decisions.md has no costs of rows in {order}")
    return tuple(float(cell) for cell in found[1].split("|"))


def rows(order: str, changed: int) -> Dollars:
    """What the rows themselves cost: every call, unit, message and second that they take."""
    each = per_million(order)[CHANGES.index(changed)]
    return tuple(millions * each for millions in MILLIONS)


def beside() -> Iterator[tuple[str, Dollars]]:
    """What comes with any number of rows: growing lines first, then fixed ones."""
    parts = [millions * 1_000_000 / PART for millions in MILLIONS]
    yield "tables, with point-in-time recovery", tuple(map(_stored, MILLIONS))
    yield "logs", tuple(_gb(n * LOG_BYTES) * (prices.LOGGED_GB + prices.KEPT_LOG_GB) for n in parts)
    yield (
        "traces, if all calls are sampled",
        tuple((n * INVOCATIONS + MINUTES) * prices.TRACE for n in parts),
    )
    yield f"sweep and idle queues ({len(resources('AWS::SQS::Queue'))})", _fixed(_idle())
    sets = _metric_sets()
    yield f"metrics of our own ({sets}, were all seen every hour)", _fixed(sets * prices.METRIC)
    alarms = len(resources("AWS::CloudWatch::Alarm"))
    yield f"alarms ({alarms})", _fixed(alarms * prices.ALARM)
    dashboards = len(resources("AWS::CloudWatch::Dashboard"))
    if dashboards:
        yield f"dashboards ({dashboards})", _fixed(dashboards * prices.DASHBOARD)
    secrets = len(resources("AWS::SecretsManager::Secret"))
    yield f"secrets ({secrets})", _fixed(secrets * prices.SECRET)
    rules = len(properties("ApiFirewall")["Rules"])
    fixed = prices.FIREWALL + rules * prices.FIREWALL_RULE
    yield f"firewall ({rules} rules)", tuple(fixed + n * prices.FIREWALL_REQUEST for n in parts)


def markdown() -> str:
    """Both tables, as they stand in the guide."""
    lines = [f"Rows, in parts of {PART}, by how many per cent differ from their records:", ""]
    head = [f"{millions} million" for millions in MILLIONS]
    lines += _table(
        ["$ a month", *head],
        [
            (f"{order}, {changed} %", rows(order, changed))
            for order in ORDERS
            for changed in CHANGES
        ],
    )
    extra = list(beside())
    least = _sum([rows("key order", 5), *(dollars for _, dollars in extra)])
    most = _sum([rows("random order", 100), *(dollars for _, dollars in extra)])
    lines += ["", "And beside them:", ""]
    lines += _table(
        ["$ a month", *head],
        [
            *extra,
            ("**in all, key order, 5 %**", least),
            ("**in all, random order, 100 %**", most),
        ],
    )
    return "\n".join(lines)


def _metric_sets() -> int:
    """How many sets of a metric and its dimensions there can be: each is paid for."""
    endpoints = sum(
        any(event["Type"] == "Api" for event in function["Events"].values())
        for function in functions().values()
    )
    data_sets = len(list((ROOT / "layers").rglob("datasets/*/*.toml")))
    feeds = data_sets + len(FEEDS)
    return (
        len(telemetry.TOTALS)
        + endpoints * len(telemetry.BY_FUNCTION)
        + feeds * len(telemetry.BY_FEED)
    )


def _stored(millions: int) -> float:
    # Batches of BatchDays; as many records as a catalogue has that is sent every night.
    months = template()["Parameters"]["BatchDays"]["Default"] / NIGHTS
    stored = millions * 1_000_000 * (months * BATCH_BYTES + RECORD_BYTES / NIGHTS)
    return _gb(stored) * (prices.STORED_GB + prices.RECOVERABLE_GB)


def _idle() -> float:
    polls = len(resources("AWS::SQS::Queue")) * POLLS_A_MINUTE * prices.SQS_FIFO_REQUEST
    memory_gb = float(template()["Globals"]["Function"]["MemorySize"]) / 1024
    sweep = prices.LAMBDA_REQUEST + SWEEP_S * memory_gb * prices.LAMBDA_ARM_GB_SECOND
    return MINUTES * (polls + sweep + SWEEP_READS * prices.READ_UNIT)


def _gb(size: float) -> float:
    return size / 1024**3


def _fixed(dollars: float) -> Dollars:
    return (dollars,) * len(MILLIONS)


def _sum(several: Sequence[Dollars]) -> Dollars:
    return tuple(map(sum, zip(*several, strict=True)))


def _table(head: Sequence[str], body: Sequence[tuple[str, Dollars]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", "|---|" + "--:|" * (len(head) - 1)]
    for name, dollars in body:
        lines.append(f"| {name} | {' | '.join(f'{one:,.2f}' for one in dollars)} |")
    return lines


def main() -> None:
    """Put the tables between their marks in the guide."""
    text = GUIDE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{GUIDE.name} has no place for what a month costs")
    GUIDE.write_text(f"{before}{BEGIN}\n{markdown()}\n{END}{after}", encoding="utf-8")
    print(markdown())


if __name__ == "__main__":
    main()
