"""What files may hold, and how each contract is sent them."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from batchgate_cli import files
from batchgate_cli.trouble import Trouble
from tests.cli.calling import Cli
from tests.cli.filing import enrolled, push
from tests.cli.wire import wired
from tests.gateway import Gateway


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


type Cells = Sequence[object]


def sheet_of(file: Path, *rows: Cells) -> Path:
    """A file with these rows, the first its header."""
    if file.suffix == ".csv":
        lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
        file.write_text("\n".join(lines) + "\n")
        return file
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    book.save(file)
    return file


def read(file: Path, contract: str = "push") -> list[tuple[int, dict[str, object]]]:
    """A file's items and where they stand."""
    return [(one.row, dict(one.item)) for one in files.read(file, contract)]


BOTH = pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])


@BOTH
def test_a_column_without_a_header_that_is_empty_is_ignored(folder: Path, name: str) -> None:
    """Every value stays under its own header."""
    file = sheet_of(folder / name, ["PN", None, "QTY", " "], ["P1", None, "3", None])

    assert read(file) == [(2, {"PN": "P1", "QTY": "3"})]


@BOTH
@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        (["PN", None, "QTY"], ["P1", "2", "3"], "row 3: column B has a value and no header"),
        (["PN", "QTY", " "], ["P1", "2", "3"], "row 3: column C has a value and no header"),
        (["PN", "QTY", "PN"], ["P1", "2", "3"], "more than one column is called PN"),
    ],
)
def test_values_that_are_not_under_one_header_are_told(
    folder: Path, name: str, header: Cells, row: Cells, said: str
) -> None:
    """Nobody knows which field they are meant for."""
    file = sheet_of(folder / name, header, ["P0", None, None], row)

    with pytest.raises(Trouble) as told:
        read(file)

    assert said in told.value.what


def test_a_value_right_of_a_workbooks_header_is_told(folder: Path) -> None:
    """It would be lost."""
    file = sheet_of(folder / "a.xlsx", ["PN"], ["P1", None, "3"])

    with pytest.raises(Trouble) as told:
        read(file)

    assert told.value.what == "a.xlsx, row 2: column C has a value and no header."


@BOTH
def test_rows_without_any_value_are_no_items_but_count(folder: Path, name: str) -> None:
    """A row is named by where it stands in the file."""
    file = sheet_of(folder / name, ["PN", "QTY"], [None, None], ["P1", "3"])

    assert read(file) == [(3, {"PN": "P1", "QTY": "3"})]


def test_a_blank_line_of_a_csv_file_counts(folder: Path) -> None:
    """As it does where the file is looked at."""
    (folder / "a.csv").write_text("PN,QTY\n\nP1,3\n")

    assert read(folder / "a.csv") == [(3, {"PN": "P1", "QTY": "3"})]


def test_a_workbook_is_read_whole_whatever_it_says_of_its_size(folder: Path) -> None:
    """Some programs write a size that is too small; a replacement would remove the rest."""
    file = sheet_of(folder / "whole.xlsx", ["PN", "QTY"], ["P1", "1"], ["P2", "2"])
    with ZipFile(file) as whole, ZipFile(folder / "a.xlsx", "w") as small:
        for name in whole.namelist():
            kept = whole.read(name)
            small.writestr(name, re.sub(b'(<dimension ref=)"[^"]*"', b'\\1"A1:A2"', kept))

    assert read(folder / "a.xlsx") == [
        (2, {"PN": "P1", "QTY": "1"}),
        (3, {"PN": "P2", "QTY": "2"}),
    ]


def test_times_of_a_workbook_are_sent_whole(folder: Path) -> None:
    """A day alone has no time of day; what has one keeps it."""
    day, moment = datetime.fromisoformat("2026-03-09"), datetime.fromisoformat("2026-03-09T17:30")
    file = sheet_of(folder / "a.xlsx", ["A", "B", "C"], [day, moment, time(17, 30)])

    assert read(file) == [(2, {"A": "2026-03-09", "B": "2026-03-09T17:30:00", "C": "17:30:00"})]


@pytest.mark.parametrize("amount", ["1_000", "٣", "NaN", "Infinity", "1,5"])
def test_what_is_no_number_in_json_is_left_as_it_is(folder: Path, amount: str) -> None:
    """Python takes more for numbers than the contract does: no amount is guessed."""
    (folder / "a.csv").write_text(f'amount,code\n"{amount}",1\n')

    assert read(folder / "a.csv", "loyalty") == [(2, {"amount": amount, "code": "1"})]


def test_each_file_of_cards_is_a_request_of_its_own(
    cli: Cli, gateway: Gateway, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that comes twice with other content would be refused."""
    credentials = enrolled(cli, folder, "loyalty", "--company", "napse")
    keys = []
    for code in ("1", "2"):
        (folder / "cards.jsonl").write_text(
            json.dumps({"operation": "I", "code": code, "type": "t1", "cvv": "123"})
        )
        with wired(monkeypatch, gateway):
            done = push(cli, folder / "cards.jsonl", credentials)
        assert (done.code, done.json["succeeded"]) == (0, 1)
        keys += done.json["batches"]

    assert len(set(keys)) == 2
