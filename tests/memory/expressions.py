"""DynamoDB's expressions, as far as the gateway writes any: conditions, updates, projections.

Each is compiled to a function of a row once; the names and values come with every call.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

type Row = Mapping[str, Any]
type Names = Mapping[str, str]
type Values = Mapping[str, Any]
type Condition = Callable[[Row, Names, Values], bool]
type Operand = Callable[[Row, Names, Values], Any]

TOKEN = re.compile(r"\s*([A-Za-z_#:][\w#:]*|<=|>=|<>|[=<>(),])")
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: bool(one == other),
    "<>": lambda one, other: bool(one != other),
    "<": lambda one, other: bool(one < other),
    "<=": lambda one, other: bool(one <= other),
    ">": lambda one, other: bool(one > other),
    ">=": lambda one, other: bool(one >= other),
}


def value(attribute: Any) -> Any:
    """An attribute as something that compares as DynamoDB compares it; `None` where absent."""
    if attribute is None:
        return None
    ((kind, given),) = attribute.items()
    match kind:
        case "N":
            return int(given)
        case "S":
            return given.encode()
        case _:
            return given


@dataclass(slots=True)
class _Parser:
    """Reads tokens from the left."""

    text: str
    tokens: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = TOKEN.findall(self.text)
        if "".join(self.tokens) != re.sub(r"\s", "", self.text):
            raise NotImplementedError(self.text)

    def take(self, *wanted: str) -> bool:
        """Whether the next token is one of these, which is then gone."""
        if self.tokens and self.tokens[0] in wanted:
            self.tokens.pop(0)
            return True
        return False

    def expect(self, token: str) -> None:
        """Have the next token be this."""
        if not self.take(token):
            raise NotImplementedError(f"{self.text}: {self.tokens}")

    def either(self) -> Condition:
        """One or more conditions with `OR` between them."""
        every = [self.all()]
        while self.take("OR"):
            every.append(self.all())
        return lambda row, names, values: any(one(row, names, values) for one in every)

    def all(self) -> Condition:
        """One or more conditions with `AND` between them."""
        every = [self.one()]
        while self.take("AND"):
            every.append(self.one())
        return lambda row, names, values: all(one(row, names, values) for one in every)

    def one(self) -> Condition:
        """A single condition."""
        if self.take("NOT"):
            denied = self.one()
            return lambda row, names, values: not denied(row, names, values)
        if self.take("("):
            inner = self.either()
            self.expect(")")
            return inner
        if self.take("attribute_exists"):
            there = self.called()
            return lambda row, names, values: there(row, names, values) is not None
        if self.take("attribute_not_exists"):
            absent = self.called()
            return lambda row, names, values: absent(row, names, values) is None
        if self.take("begins_with"):
            return self.begins()
        return self.compared(self.operand())

    def begins(self) -> Condition:
        """Whether one text begins with another."""
        self.expect("(")
        whole = self.operand()
        self.expect(",")
        start = self.operand()
        self.expect(")")
        return lambda row, names, values: bool(
            (value(whole(row, names, values)) or b"").startswith(value(start(row, names, values)))
        )

    def compared(self, left: Operand) -> Condition:
        """A comparison; what is absent compares with nothing."""
        if self.take("BETWEEN"):
            low = self.operand()
            self.expect("AND")
            high = self.operand()
            return lambda row, names, values: (
                (given := value(left(row, names, values))) is not None
                and value(low(row, names, values)) <= given <= value(high(row, names, values))
            )
        if self.take("IN"):
            self.expect("(")
            several = [self.operand()]
            while self.take(","):
                several.append(self.operand())
            self.expect(")")
            return lambda row, names, values: (
                left(row, names, values) in [one(row, names, values) for one in several]
            )
        compare = COMPARISONS[self.tokens.pop(0)]
        right = self.operand()
        return lambda row, names, values: (
            (given := value(left(row, names, values))) is not None
            and compare(given, value(right(row, names, values)))
        )

    def called(self) -> Operand:
        """The one operand of a function."""
        self.expect("(")
        operand = self.operand()
        self.expect(")")
        return operand

    def operand(self) -> Operand:
        """A value, or an attribute by its name."""
        token = self.tokens.pop(0)
        if token == "if_not_exists":
            self.expect("(")
            first = self.operand()
            self.expect(",")
            second = self.operand()
            self.expect(")")
            return lambda row, names, values: (
                found
                if (found := first(row, names, values)) is not None
                else second(row, names, values)
            )
        if token[0] == ":":
            return lambda _row, _names, values: values[token]
        if token[0] == "#":
            return lambda row, names, _values: row.get(names[token])
        return lambda row, _names, _values: row.get(token)

    def name(self) -> str:
        """An attribute's name."""
        return self.tokens.pop(0)


@cache
def condition(text: str) -> Condition:
    """What a condition, a filter or a key condition says of a row."""
    parser = _Parser(text)
    found = parser.either()
    if parser.tokens:
        raise NotImplementedError(text)
    return found


type Change = tuple[str, str, Operand | None]


@cache
def changes(text: str) -> tuple[Change, ...]:
    """What an update does: `SET`, `ADD` or `REMOVE`, to which attribute, with what."""
    parser = _Parser(text)
    found: list[Change] = []
    verb = ""
    while parser.tokens:
        if parser.take("SET"):
            verb = "SET"
        elif parser.take("ADD"):
            verb = "ADD"
        elif parser.take("REMOVE"):
            verb = "REMOVE"
        else:
            parser.expect(",")
        name = parser.name()
        if verb == "SET":
            parser.expect("=")
        found.append((verb, name, None if verb == "REMOVE" else parser.operand()))
    return tuple(found)


def updated(row: Row, text: str, names: Names, values: Values) -> dict[str, Any]:
    """A row after an update."""
    after = dict(row)
    for verb, token, operand in changes(text):
        name = names.get(token, token)
        if operand is None:
            after.pop(name, None)
        elif verb == "SET":
            after[name] = operand(row, names, values)
        else:
            after[name] = _added(row.get(name), operand(row, names, values))
    return after


def _added(before: Any, given: Any) -> Any:
    if "SS" in given:
        return {"SS": sorted({*(before or {"SS": []})["SS"], *given["SS"]})}
    return {"N": str(int((before or {"N": "0"})["N"]) + int(given["N"]))}


def projected(row: Row, text: str, names: Names) -> dict[str, Any]:
    """Those attributes of a row that are asked for."""
    wanted = [names.get(one.strip(), one.strip()) for one in text.split(",")] if text else row
    return {name: row[name] for name in wanted if name in row}
