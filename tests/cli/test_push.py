"""Files pushed as a partner: in parts, told item by item, and gone on with after a stop."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchgate import wiring
from batchgate.model import BatchId
from tests.cli.calling import Cli
from tests.cli.filing import csv_of, enrolled, parts, push
from tests.cli.wire import wired
from tests.gateway import Gateway

SYNC = "/v1.0/scc/data/sync/odm/master_data"


def test_a_csv_file_is_pushed_in_sequences(
    cli: Cli, gateway: Gateway, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One batch, as many sequences as it needs, and every row applied."""
    credentials = enrolled(cli, folder, "push")
    file = csv_of(folder / "parts.csv", parts(1_200))

    with wired(monkeypatch, gateway) as made:
        done = push(cli, file, credentials)

    assert done.code == 0, done.err
    told = done.json
    assert (told["items"], told["sent"], told["succeeded"], told["failed"]) == (1200, 1200, 1200, 0)
    sizes = [json.loads(one.content)["seq_size"] for one in made if SYNC in one.url.path]
    assert sizes == ["500", "500", "200"]
    (batch,) = told["batches"]
    gateway.drain()  # the replacement's removals
    standing = wiring.batches().standing(BatchId("acme", "odm/master_data", batch))
    assert standing is not None
    assert (standing.phase, standing.tally.inserted) == ("completed", 1200)


def test_rows_that_failed_are_written_down_with_their_place(
    cli: Cli, gateway: Gateway, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever made the file finds them by their row."""
    credentials = enrolled(cli, folder, "push")
    rows = parts(5)
    rows[1]["QTY"] = "many"
    rows[4]["PLANT"] = "H121-A"

    with wired(monkeypatch, gateway):
        done = push(cli, csv_of(folder / "parts.csv", rows), credentials, "--part", "3")

    assert done.code == 1
    assert (done.json["succeeded"], done.json["failed"]) == (3, 2)
    written = [json.loads(line) for line in Path(done.json["failures"]).read_text().splitlines()]
    assert [(one["part"], one["row"], one["reason"]) for one in written] == [
        (1, 3, [{"type": "value type mismatch", "fields": "QTY"}]),
        (2, 6, [{"type": "value length exceed", "fields": "PLANT"}]),
    ]


class Interrupt:
    """Ctrl-C, or a network that is gone, at the so-maniest push of a sequence."""

    def __init__(self, at: int, error: BaseException) -> None:
        self.left, self.error = at, error

    def __call__(self, request: httpx.Request) -> None:
        self.left -= SYNC in request.url.path
        if self.left == 0:
            raise self.error


def test_a_push_that_was_stopped_goes_on_where_it_stopped(
    cli: Cli, gateway: Gateway, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the same ids: what had arrived unseen is not applied twice."""
    credentials = enrolled(cli, folder, "push")
    file = csv_of(folder / "parts.csv", parts(10))

    with wired(monkeypatch, gateway, Interrupt(3, KeyboardInterrupt())):
        stopped = push(cli, file, credentials, "--part", "2")
    with wired(monkeypatch, gateway) as made:
        done = push(cli, file, credentials, "--part", "2")

    assert stopped.code == 3
    assert (stopped.json["sent"], stopped.json["stopped"]) == (4, "Stopped.")
    assert done.code == 0
    assert done.json["batches"] == stopped.json["batches"]
    sent = [json.loads(one.content)["seq_id"] for one in made if SYNC in one.url.path]
    assert sent == ["3", "4", "5"]


def test_what_the_network_swallows_is_sent_again(
    cli: Cli, gateway: Gateway, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that breaks, a throttled call, a fault of ours."""
    credentials = enrolled(cli, folder, "push")
    file = csv_of(folder / "parts.csv", parts(3))
    trouble: list[Any] = [
        httpx.ConnectError("gone"),
        httpx.Response(429, text="slow down"),
        httpx.Response(503, text="{}"),
    ]

    def fail(request: httpx.Request) -> httpx.Response | None:
        if not trouble or SYNC not in request.url.path:
            return None
        first = trouble.pop(0)
        if isinstance(first, Exception):
            raise first
        assert isinstance(first, httpx.Response)
        return first

    with wired(monkeypatch, gateway, fail):
        done = push(cli, file, credentials)

    assert done.code == 0
    assert trouble == []


def test_a_gateway_that_stays_away_ends_the_push_unfinished(
    cli: Cli, gateway: Gateway, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script must not take it for done."""
    credentials = enrolled(cli, folder, "push")
    file = csv_of(folder / "parts.csv", parts(3))

    with wired(monkeypatch, gateway, lambda _: httpx.Response(502, text="no")):
        done = push(cli, file, credentials)

    assert done.code == 3
    assert done.json["sent"] == 0
    assert done.json["stopped"] == "Not all was sent: HTTP 502."


def test_a_call_that_is_refused_ends_the_push_at_once(
    cli: Cli, gateway: Gateway, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent again it would be refused again."""
    credentials = enrolled(cli, folder, "push")
    cli("partner", "disable", "acme")
    wiring.partners.cache_clear()

    with wired(monkeypatch, gateway) as made:
        done = push(cli, csv_of(folder / "parts.csv", parts(3)), credentials)

    assert done.code == 3
    assert "Refused with HTTP 401" in done.json["stopped"]
    assert len(made) == 1


def test_a_file_is_pushed_once_unless_it_is_asked_for_anew(
    cli: Cli, gateway: Gateway, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second command is a slip more often than a wish."""
    credentials = enrolled(cli, folder, "push")
    file = csv_of(folder / "parts.csv", parts(3))

    with wired(monkeypatch, gateway) as made:
        first = push(cli, file, credentials)
        calls = len(made)
        again = push(cli, file, credentials)
        assert (again.code, len(made)) == (0, calls)
        anew = push(cli, file, credentials, "--anew")

    assert again.json["batches"] == first.json["batches"] != anew.json["batches"]
    assert "This file was pushed before" in again.err
    assert anew.json["succeeded"] == 3


def test_a_file_that_one_stack_has_is_pushed_to_another(
    cli: Cli, gateway: Gateway, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent to a stack for tests is not in production."""
    credentials = enrolled(cli, folder, "push")
    file = csv_of(folder / "parts.csv", parts(3))

    with wired(monkeypatch, gateway) as made:
        push(cli, file, credentials, "--base-url", "https://uat.example/uat")
        push(cli, file, credentials, "--base-url", "https://prod.example/uat")

    hosts = [one.url.host for one in made if SYNC in one.url.path]
    assert hosts == ["uat.example", "prod.example"]


def test_a_file_pushed_anew_is_another_batch_whatever_became_of_its_journal(
    cli: Cli, gateway: Gateway, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under its first name it would be answered as it was then, and nothing applied."""
    credentials = enrolled(cli, folder, "push")
    file = csv_of(folder / "parts.csv", parts(3))

    with wired(monkeypatch, gateway):
        first = push(cli, file, credentials)
        file.with_name("parts.csv.batchgate.json").unlink()
        again = push(cli, file, credentials)
        file.with_name("parts.csv.batchgate.json").unlink()
        anew = push(cli, file, credentials, "--anew")

    assert again.json["batches"] == first.json["batches"] != anew.json["batches"]


def test_the_local_stack_is_not_pushed_to_somewhere_else(cli: Cli, folder: Path) -> None:
    """The other address may come from the environment, unseen."""
    credentials = enrolled(cli, folder, "push")
    file = csv_of(folder / "parts.csv", parts(1))

    done = push(cli, file, credentials, "--local", "--base-url", "https://prod.example")

    assert done.code == 2
    assert "Say --local or --base-url, not both." in done.err


def test_credentials_must_be_the_partners(cli: Cli, folder: Path) -> None:
    """Nobody pushes as somebody else by a slip."""
    credentials = enrolled(cli, folder, "push")
    file = csv_of(folder / "parts.csv", parts(1))
    common = ("push", str(file), "--contract", "push", "--data-set", "odm/bom")

    other = cli(*common, "--partner", "rival", "--credentials", str(credentials))
    none = cli(*common, "--partner", "acme")

    assert other.code == none.code == 2
    assert "These are credentials of acme, not of rival." in other.err
    assert "No credentials of acme for push are known." in none.err
