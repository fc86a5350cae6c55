"""Files pushed as a partner: in parts, told item by item, and gone on with after a stop."""

import json
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from batchgate import wiring
from batchgate.model import BatchId
from tests.cli.calling import Cli, Done
from tests.cli.wire import wired
from tests.gateway import Gateway

SYNC = "/v1.0/scc/data/sync/odm/master_data"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files are, far from any local stack; pauses between tries take no time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.sleep", lambda _: None)
    return tmp_path


def enrolled(cli: Cli, folder: Path, contract: str, *more: str) -> Path:
    """A new partner `acme` of a contract: the file with its credentials."""
    file = folder / f"{contract}.credentials"
    done = cli("partner", "create", "acme", "--contract", contract, *more, "--json")
    assert done.code == 0, done.err
    file.write_text(done.out)
    return file


def push(cli: Cli, file: Path, credentials: Path, *more: str) -> Done:
    """Push a file as acme."""
    contract = credentials.stem
    target = ("--data-set", "odm/master_data", "--method", "PATCH") if contract == "push" else ()
    return cli(
        *("push", str(file), "--contract", contract, "--partner", "acme"),
        *("--credentials", str(credentials), *target, *more, "--json"),
    )


def parts(count: int, quantity: str = "10") -> list[dict[str, str]]:
    """Rows of master data."""
    return [{"LENOVO_PN": f"P{at:04}", "PLANT": "H121", "QTY": quantity} for at in range(count)]


def csv_of(file: Path, rows: list[dict[str, str]]) -> Path:
    """A CSV file of these rows."""
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    file.write_text("\n".join(lines) + "\n")
    return file


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


def test_portfolios_of_a_table_are_one_a_user(
    cli: Cli, gateway: Gateway, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A holding a row; the batches' statuses tell how each user ended."""
    credentials = enrolled(cli, folder, "portfolio")
    file = folder / "holdings.csv"
    file.write_text(
        "userId,symbol,totalQty,costPrice,tradableQty\n"
        "1401,FPT,100,95.50,80\n1402,VNM,-1,61.2,0\n1401,HPG,5,27,5\n1403,,,,\n"
    )

    with wired(monkeypatch, gateway) as made:
        done = push(cli, file, credentials, "--part", "2")

    assert done.code == 1, done.err
    assert (done.json["items"], done.json["succeeded"], done.json["failed"]) == (3, 2, 1)
    assert len(done.json["batches"]) == 2
    sent = [
        one
        for call in made
        if call.method == "POST"
        for one in json.loads(call.content)["portfolios"]
    ]
    assert [(one["userId"], len(one["holding"])) for one in sent] == [
        ("1401", 2),
        ("1402", 1),
        ("1403", 0),
    ]
    (failed,) = [json.loads(one) for one in Path(done.json["failures"]).read_text().splitlines()]
    assert (failed["row"], failed["reason"]) == (3, "holding[0].totalQty: totalQty phải >= 0")


def test_cards_of_a_workbook_are_administered(
    cli: Cli, gateway: Gateway, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Amounts are numbers in the call, as the contract asks; codes stay text."""
    credentials = enrolled(cli, folder, "loyalty", "--company", "napse")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["operation", "code", "type", "cvv", "amount"])
    sheet.append(["I", 4567, "t1", "123", 45.5])
    sheet.append(["U", "999", None, None, 5])
    book.save(folder / "cards.xlsx")

    with wired(monkeypatch, gateway) as made:
        done = push(cli, folder / "cards.xlsx", credentials)

    assert done.code == 1, done.err
    assert (done.json["succeeded"], done.json["failed"]) == (1, 1)
    request = json.loads(made[-1].content)
    assert request["items"][0] == {
        "operation": "I",
        "code": "4567",
        "type": "t1",
        "cvv": "123",
        "amount": 45.5,
    }
    assert made[-1].headers["Idempotency-Key"] == done.json["batches"][0]
    (failed,) = [json.loads(one) for one in Path(done.json["failures"]).read_text().splitlines()]
    assert (failed["row"], failed["reason"]) == (3, "not found")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"data": [{"LENOVO_PN": "P1", "PLANT": "H121", "QTY": 1.50}]}'),
        ("a.json", '[{"LENOVO_PN": "P1", "PLANT": "H121", "QTY": 0.10000000000000000001}]'),
        ("a.jsonl", '{"LENOVO_PN": "P1", "PLANT": "H121", "QTY": "1"}\n\n'),
    ],
)
def test_json_is_read_in_all_its_forms_and_no_number_is_rounded(
    cli: Cli,
    gateway: Gateway,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    text: str,
) -> None:
    """A number that a float would change is sent as text, and judged by the contract."""
    credentials = enrolled(cli, folder, "push")
    (folder / name).write_text(text)

    with wired(monkeypatch, gateway) as made:
        done = push(cli, folder / name, credentials)

    (row,) = json.loads(made[-1].content)["data"]
    assert row["QTY"] in (1.5, "0.10000000000000000001", "1")
    assert done.code == (1 if "0001" in text else 0)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.txt", "x", "is of no kind that can be read"),
        ("a.json", "[1,", "a.json can't be read"),
        ("a.json", "7", "holds no list of items"),
        ("a.csv", "LENOVO_PN,PLANT\n1\n", "row 2: not as many cells as columns"),
        ("a.csv", "LENOVO_PN,PLANT\n", "has no items"),
        ("a.xlsx", "no workbook", "a.xlsx can't be read"),
        ("a.csv", None, "a.csv can't be read"),
    ],
)
def test_a_file_that_can_not_be_read_is_told(
    cli: Cli, folder: Path, name: str, text: str | None, said: str
) -> None:
    """Before anything of it is sent."""
    credentials = enrolled(cli, folder, "push")
    if text is not None:
        (folder / name).write_text(text)

    done = push(cli, folder / name, credentials)

    assert done.code == 2
    assert said in json.loads(done.err)["error"]


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
