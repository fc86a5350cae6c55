"""A partner's files as items, and items in parts. What a file holds is never changed.

The same file comes out in the same parts each time, so that it can be sent again.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from batchgate_cli.trouble import USAGE, Trouble

type Item = Mapping[str, Any]

HOLDING = ("symbol", "totalQty", "costPrice", "tradableQty")
EMPTY = (None, "")
NUMBERS = ("amount", "maxUses")
"""Fields of loyalty that a call must have as numbers; a table has everything as text."""

_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Read:
    """An item and where it stands: the row of a table, from 2 on, else its place, from 1."""

    row: int
    item: Item


def fingerprint(path: Path) -> str:
    """A digest of a file's bytes."""
    try:
        with path.open("rb") as file:
            digest = blake2b(digest_size=16)
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except OSError as error:
        raise Trouble(f"{path} can't be read: {error.strerror}.", code=USAGE) from error
    return digest.hexdigest()


def read(path: Path, contract: str) -> Iterator[Read]:
    """The items of a file, for a contract.

    Raises:
        Trouble: the file is of no known kind, or not whole.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise Trouble(
            f"{path.name} is of no kind that can be read.",
            f"Its name must end in {', '.join(READERS)}.",
            code=USAGE,
        )
    flat = path.suffix.lower() in TABLES
    try:
        rows = reader(path)
        if contract == "portfolio" and flat:
            yield from _portfolios(rows)
        else:
            for one in rows:
                yield Read(
                    one.row, _typed(one.item) if contract == "loyalty" and flat else one.item
                )
    except (UnicodeDecodeError, json.JSONDecodeError, csv.Error) as error:
        raise Trouble(f"{path.name} can't be read: {error}.", code=USAGE) from error


def parts(items: Iterable[Read], *, rows: int, size: int) -> Iterator[Sequence[Read]]:
    """Items in parts of at most so many, and of at most so many bytes as JSON."""
    part: list[Read] = []
    used = 0
    for one in items:
        length = len(json.dumps(one.item, ensure_ascii=False).encode()) + 1
        if part and (len(part) == rows or used + length > size):
            yield part
            part, used = [], 0
        part.append(one)
        used += length
    if part:
        yield part


def _csv(path: Path) -> Iterator[Read]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from _table(path.name, _even(path.name, csv.reader(file, strict=True)))


def _even(name: str, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """A CSV file's rows, if they are as long as its header; blank ones are let through."""
    header = next(rows, [])
    yield header
    for at, row in enumerate(rows, start=2):
        if row and len(row) != len(header):
            raise Trouble(f"{name}, row {at}: not as many cells as columns.", code=USAGE)
        yield row


def _xlsx(path: Path) -> Iterator[Read]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise Trouble(f"{path.name} can't be read: {error}.", code=USAGE) from error
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # rows outside of what a file says of its size would be left out
        with closing(sheet.iter_rows(values_only=True)) as rows:
            for one in _table(path.name, rows):
                yield Read(one.row, {name: _timed(cell) for name, cell in one.item.items()})
    finally:
        book.close()


def _timed(cell: object) -> object:
    """A workbook's cell, a time as ISO 8601 has it; a day has midnight there."""
    if isinstance(cell, date | time):
        return cell.isoformat().removesuffix("T00:00:00")
    return cell


def _table(name: str, rows: Iterator[Sequence[object]]) -> Iterator[Read]:
    """Rows under the first one, their header, without empty cells; rows of such are left out.

    Raises:
        Trouble: it is not known which field a value is meant for.
    """
    header = ["" if cell is None else str(cell) for cell in next(rows, ())]
    bare = [at for at, title in enumerate(header) if not title.strip()]
    titles = [title for title in header if title.strip()]
    for title in titles:
        if titles.count(title) > 1:
            raise Trouble(f"{name}: more than one column is called {title}.", code=USAGE)
    for at, row in enumerate(rows, start=2):
        for place in (*bare, *range(len(header), len(row))):
            if place < len(row) and row[place] not in EMPTY:
                raise Trouble(
                    f"{name}, row {at}: column {get_column_letter(place + 1)} has a value and "
                    "no header.",
                    "Name the column in the first row, or empty it.",
                    code=USAGE,
                )
        cells = {title: cell for title, cell in zip(header, row, strict=False) if cell not in EMPTY}
        if cells:
            yield Read(at, cells)


def _json(path: Path) -> Iterator[Read]:
    found = json.loads(path.read_text(encoding="utf-8"), parse_float=_number)
    if isinstance(found, dict):
        lists = [found[name] for name in ("portfolios", "items", "data") if name in found]
        found = lists[0] if lists else [found]
    if not isinstance(found, list):
        raise Trouble(f"{path.name} holds no list of items.", code=USAGE)
    for at, item in enumerate(found, start=1):
        yield Read(at, item)


def _lines(path: Path) -> Iterator[Read]:
    with path.open(encoding="utf-8") as file:
        for at, line in enumerate(file, start=1):
            if line.strip():
                yield Read(at, json.loads(line, parse_float=_number))


READERS: Mapping[str, Callable[[Path], Iterator[Read]]] = {
    ".csv": _csv,
    ".json": _json,
    ".jsonl": _lines,
    ".ndjson": _lines,
    ".xlsx": _xlsx,
}
TABLES = frozenset({".csv", ".xlsx"})


def _number(text: str) -> float | str:
    """A JSON number that keeps its value; as text where a float would round it."""
    try:
        return float(text) if Decimal(repr(float(text))) == Decimal(text) else text
    except InvalidOperation:
        return text


def _typed(item: Item) -> Item:
    """A table's row with numbers where loyalty wants them; what is none is left as it is."""
    return {name: _cell(cell) if name in NUMBERS else str(cell) for name, cell in item.items()}


def _cell(cell: object) -> object:
    text = str(cell)
    if text.isdecimal() and text.isascii():
        return int(text)
    return _number(text) if _NUMBER.fullmatch(text) else text


def _portfolios(rows: Iterable[Read]) -> Iterator[Read]:
    """A table's rows, one a holding, as portfolios, one a user."""
    found: dict[str, tuple[int, list[Item]]] = {}
    for one in rows:
        if "userId" not in one.item:
            raise Trouble(
                f"Row {one.row} has no userId.",
                f"The columns are userId, {', '.join(HOLDING)}; a holding a row.",
                code=USAGE,
            )
        _, holdings = found.setdefault(str(one.item["userId"]), (one.row, []))
        holding = {name: cell for name, cell in one.item.items() if name != "userId"}
        if holding:
            holdings.append(holding)
    for user, (row, holdings) in found.items():
        yield Read(row, {"userId": user, "holding": holdings})
