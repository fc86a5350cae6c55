"""Which batches there are, what befell one, and where it stands."""

import json
from dataclasses import replace

from batchgate import engine, wiring
from batchgate.model import Item, Slice
from tests.cli.calling import Cli
from tests.engine.calls import seen
from tests.engine.making import item, part
from tests.faults.dying import overtaken
from tests.gateway import Gateway, Partner


def submit(gateway: Gateway, acme: Partner, at: int, *users: str) -> str:
    """Submit a batch of portfolios, good but for users whose names begin with `bad`; its id."""
    name = f"8c8974a0-e516-4a6c-92b3-{at:012}"
    portfolios = [
        {"userId": user} if user.startswith("bad") else {"userId": user, "holding": []}
        for user in users
    ]
    assert gateway.submit(acme, batchId=name, portfolios=portfolios).status == 200
    return name


def accept(name: str, *items: Item, declared: int) -> list[Slice]:
    """Accept a part of the batch `b1`, of a feed that belongs to no contract."""
    one = replace(part(*items, declared=declared), name=name)
    return list(engine.accept(one, wiring.batches(), wiring.queue(), wiring.clock).slices)


def test_a_partners_batches_are_listed_newest_first_without_a_scan(
    cli: Cli, gateway: Gateway, acme: Partner
) -> None:
    """By the index: a scan would read every partner's rows."""
    old = submit(gateway, acme, 1, "1", "bad")
    gateway.drain()
    gateway.clock.move(seconds=7200)
    new = submit(gateway, acme, 2, "1", "2", "3")

    with seen() as calls:
        told = cli.json("batches", "--partner", "acme", "--feed", "portfolio")["batches"]

    assert "Scan" not in calls.names
    assert [(one["batch"], one["state"]) for one in told] == [
        (new, "processing"),
        (old, "completed"),
    ]
    assert told[0] | {"accepted_at": "", "method": ""} == {
        "partner": "acme",
        "feed": "portfolio",
        "batch": new,
        "method": "",
        "accepted_at": "",
        "state": "processing",
        "stuck": False,
        "age_s": 0,
        "declared": 3,
        "accepted": 3,
        "inserted": 0,
        "updated": 0,
        "unchanged": 0,
        "removed": 0,
        "failed": 0,
        "pending": 3,
        "cleared": 0,
    }
    assert told[1]["accepted_at"] == "2025-10-09T08:53:20Z"
    assert (told[1]["inserted"], told[1]["failed"], told[1]["age_s"]) == (1, 1, 7200)


def test_without_a_partner_those_with_work_left_are_listed(
    cli: Cli, gateway: Gateway, acme: Partner, other: Partner
) -> None:
    """Of all partners, by the index of open ones."""
    submit(gateway, acme, 1, "1")
    gateway.drain()
    left = {submit(gateway, acme, 2, "1"), submit(gateway, other, 3, "1")}

    with seen() as calls:
        told = cli.json("batches")["batches"]

    assert "Scan" not in calls.names
    assert {one["batch"] for one in told} == left


def test_only_all_reads_the_whole_table_and_says_so(
    cli: Cli, gateway: Gateway, acme: Partner, other: Partner
) -> None:
    """It costs as much as the table is large."""
    names = {submit(gateway, acme, 1, "1"), submit(gateway, other, 2, "1")}
    gateway.drain()

    done = cli("batches", "--all", "--json")

    assert {one["batch"] for one in done.json["batches"]} == names
    assert "Reading the whole table" in done.err
    gateway.clock.move(seconds=90 * 86_400)
    assert cli("batches", "--all", "--json").json["batches"] == []


def test_batches_are_told_apart_by_state_and_age(cli: Cli, gateway: Gateway, acme: Partner) -> None:
    """What a person looks for at night."""
    submit(gateway, acme, 1, "1")
    gateway.drain()
    gateway.clock.move(seconds=3 * 3600)
    stuck = submit(gateway, acme, 2, "1")
    gateway.clock.move(seconds=300)
    young = submit(gateway, acme, 3, "1")

    def names(*filters: str) -> list[str]:
        told = cli.json("batches", "--partner", "acme", *filters)["batches"]
        return [one["batch"] for one in told]

    assert names("--state", "processing") == [young, stuck]
    assert names("--newer", "1h", "--older", "2m") == [stuck]
    assert names("--stuck") == [stuck]
    assert len(names("--older", "3h")) == 1
    assert names("--limit", "1") == [young]
    assert names("--state", "receiving") == []
    assert cli("batches", "--newer", "soon").code == 2
    assert cli("batches", "--state", "lost").code == 2
    assert cli("batches", "--partner", "nobody").code == 1


def test_a_batchs_timeline_shows_parts_slices_gaps_and_failures(cli: Cli, gateway: Gateway) -> None:
    """All that is known of a batch, at one glance."""
    accept("1", item("FPT"), item("VNM", fault="no"), declared=9)
    gateway.drain()
    gateway.clock.move(seconds=60)
    (work,) = accept("4", item("HPG"), declared=9)
    engine.give_up(work, wiring.batches())
    gateway.clock.move(seconds=60)
    accept("5", item("MWG"), declared=9)

    told = cli.json("batch", "show", "acme#stock#b1")
    shown = cli("batch", "show", "b1", "--partner", "acme", "--feed", "stock")

    assert told["state"] == "receiving"
    assert (told["accepted"], told["inserted"], told["failed"], told["pending"]) == (4, 1, 2, 1)
    assert told["failures"] == {"refused": 1, "given up": 1}
    assert told["missing"] == ["2", "3"]
    assert [(one["part"], one["slices"][0]["state"]) for one in told["parts"]] == [
        ("1", "ended"),
        ("4", "ended"),
        ("5", "pending"),
    ]
    assert told["parts"][0]["slices"] == [
        {"shard": 0, "items": 2, "state": "ended", "outcomes": {"inserted": 1, "refused": 1}}
    ]
    assert shown.code == 0
    assert "4 of 9: 1 inserted, 2 failed, 1 pending" in shown.out
    assert "2025-10-09T08:54:20Z" in shown.out


def test_a_batch_is_found_under_whatever_feed_it_has(
    cli: Cli, gateway: Gateway, acme: Partner
) -> None:
    """Whoever asks has an id from a partner's mail, in any case."""
    name = submit(gateway, acme, 1, "1")

    for given in (name, name.upper()):
        assert cli.json("batch", "show", given, "--partner", "acme")["feed"] == "portfolio"
    for arguments in ((name,), ("unknown", "--partner", "acme"), (name, "--partner", "nobody")):
        done = cli("batch", "show", *arguments)
        assert (done.code, done.out) == (2 if len(arguments) == 1 else 1, "")
        assert "Traceback" not in done.err


def test_the_status_tells_by_its_exit_code_how_a_batch_stands(
    cli: Cli, gateway: Gateway, acme: Partner
) -> None:
    """A script waits for it and needs no JSON."""
    good, bad = submit(gateway, acme, 1, "1"), submit(gateway, acme, 2, "2", "bad")

    def codes() -> list[int]:
        return [cli("status", one, "--partner", "acme").code for one in (good, bad)]

    assert codes() == [3, 3]
    gateway.drain()
    assert codes() == [0, 1]


def test_a_batch_is_watched_until_it_is_completed(
    cli: Cli, gateway: Gateway, acme: Partner
) -> None:
    """Each change is a line of JSON; the last one closes."""
    name = submit(gateway, acme, 1, *[str(user) for user in range(8)])

    with overtaken(6, gateway.drain):
        done = cli("status", name, "--partner", "acme", "--watch", "--every", "0", "--json")

    told = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0
    assert [one["state"] for one in told] == ["processing", "completed"]
    assert [one["pending"] for one in told] == [8, 0]
    assert all(one["accepted"] == one["inserted"] + one["pending"] == 8 for one in told)
