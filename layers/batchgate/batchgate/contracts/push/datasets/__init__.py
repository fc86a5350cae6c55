"""Data sets: one TOML file each, `<category>/<key>.toml`. Adding a file adds a data set.

`python -m batchgate.contracts.push.datasets` reads them all and tells the line at fault;
the layer's build runs it.
"""

import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
MOST_ROWS = 500
KEY_BYTES = 1_000

_NAME = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
_TYPE = re.compile(r"(String|Integer)\(([1-9][0-9]*)\)|(Number)\(([1-9][0-9]*),([0-9]+)\)|(Date)")
_OPTIONS = {"type", "key", "required", "values"}


class BadDataSet(Exception):
    """A data set's file that can't be used; says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: `size` is its length in bytes or digits, `places` its digits after the point."""

    name: str
    kind: str
    size: int
    places: int
    key: bool
    required: bool
    values: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """What rows of a data set are like; `rows` is how many of them a call may have."""

    name: str
    rows: int
    fields: Sequence[Field]

    @property
    def keys(self) -> Sequence[str]:
        """The names of the key fields, in their order."""
        return [field.name for field in self.fields if field.key]


def find(category: str, key: str) -> DataSet | None:
    """The data set of this category and key; `None` if none is declared."""
    if not _NAME.fullmatch(category) or not _NAME.fullmatch(key):
        return None
    return _find(f"{category}/{key}")


@cache
def _find(name: str) -> DataSet | None:
    file = FOLDER / f"{name}.toml"
    return load(file, name) if file.is_file() else None


def declared() -> list[str]:
    """The names of all data sets."""
    return sorted(f"{file.parent.name}/{file.stem}" for file in FOLDER.glob("*/*.toml"))


def load(file: Path, name: str) -> DataSet:
    """The data set that a file declares.

    Raises:
        BadDataSet: the file is wrong; tells the line at fault.
    """
    raw = file.read_bytes()
    if not all(_NAME.fullmatch(one) for one in name.split("/")):
        raise BadDataSet(f"{file.name}: no path can name {name!r}: use a to z, 0 to 9 and _")
    try:
        text = raw.decode()
        declaration = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BadDataSet(f"{file.name}, line {line}: not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadDataSet(f"{file.name}: {error}") from error
    check = _Check(file.name, text)
    check.only(declaration, {"rows", "fields"})
    rows = declaration.get("rows", MOST_ROWS)
    if type(rows) is not int or not 1 <= rows <= MOST_ROWS:
        raise check.wrong("rows", f"must be 1 to {MOST_ROWS}")
    fields = declaration.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise check.wrong("fields", "there are none")
    read = [check.field(field, options) for field, options in fields.items()]
    if not any(field.key for field in read):
        raise check.wrong("fields", "none is a key")
    if sum(field.size + 1 for field in read if field.key) > KEY_BYTES:
        raise check.wrong("fields", f"the key fields may have {KEY_BYTES} bytes in all")
    return DataSet(name=name, rows=rows, fields=read)


@dataclass(frozen=True, slots=True)
class _Check:
    file: str
    text: str

    def wrong(self, name: str, why: str) -> BadDataSet:
        """An error that tells the line on which a name is declared."""
        start = re.compile(rf'(\[\s*(fields\.)?)?"?{re.escape(name)}"?\s*[.=\]]')
        lines = enumerate(self.text.splitlines(), start=1)
        line = next((at for at, one in lines if start.match(one.strip())), 1)
        return BadDataSet(f"{self.file}, line {line}: {name}: {why}")

    def only(self, given: Mapping[str, Any], known: set[str], name: str = "") -> None:
        for option in given:
            if option not in known:
                raise self.wrong(name or option, f"unknown option {option!r}")

    def field(self, name: str, options: Any) -> Field:
        if not isinstance(options, dict):
            raise self.wrong(name, 'must be a table such as { type = "String(20)" }')
        self.only(options, _OPTIONS, name)
        form = _TYPE.fullmatch(str(options.get("type")))
        if form is None:
            raise self.wrong(name, "type must be String(n), Integer(n), Number(p,s) or Date")
        kind = form[1] or form[3] or form[6]
        size, places = int(form[2] or form[4] or 10), int(form[5] or 0)
        if places > size:
            raise self.wrong(name, "more places than digits")
        key, required = options.get("key", False), options.get("required", False)
        if type(key) is not bool or type(required) is not bool:
            raise self.wrong(name, "key and required must be true or false")
        if key and not required:
            raise self.wrong(name, "a key field must be required")
        values = options.get("values", [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self.wrong(name, "values must be a list of strings")
        if values and kind != "String":
            raise self.wrong(name, "only a String has values")
        if any(len(value.encode()) > size for value in values):
            raise self.wrong(name, "a value is longer than the field")
        return Field(
            name=name,
            kind=kind,
            size=size,
            places=places,
            key=key,
            required=required,
            values=frozenset(values),
        )


def check() -> int:
    """Read every declared data set; the exit code."""
    for name in declared():
        try:
            load(FOLDER / f"{name}.toml", name)
        except BadDataSet as wrong:
            sys.stderr.write(f"data set {name}: {wrong}\n")
            return 1
    return 0
