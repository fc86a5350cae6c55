"""What every command has: where its stack is, `--json`, and errors in words."""

import inspect
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from batchgate_cli import stack
from batchgate_cli.stack import Stack, Where
from batchgate_cli.trouble import UNFINISHED, Trouble, explained

WHERE = "Where the stack is"

StackName = Annotated[
    str | None,
    typer.Option(envvar="BATCHGATE_STACK", help="The stack's name.", rich_help_panel=WHERE),
]
EndpointUrl = Annotated[
    str | None,
    typer.Option(envvar="AWS_ENDPOINT_URL", help="An AWS emulator's.", rich_help_panel=WHERE),
]
Region = Annotated[
    str | None,
    typer.Option(envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], rich_help_panel=WHERE),
]
Profile = Annotated[
    str | None,
    typer.Option(help="Goes before credentials in the environment.", rich_help_panel=WHERE),
]
Local = Annotated[
    bool, typer.Option("--local", help="The stack of `make up`.", rich_help_panel=WHERE)
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]

COMMON: Mapping[str, tuple[Any, object]] = {
    "stack_name": (StackName, None),
    "endpoint_url": (EndpointUrl, None),
    "region": (Region, None),
    "profile": (Profile, None),
    "local": (Local, False),
    "json_": (Json, False),
}


@dataclass(kw_only=True)
class Gate:
    """A command's way to its stack and to whoever called it."""

    where: Where
    json: bool
    console: Console = field(default_factory=lambda: Console(soft_wrap=True))
    errors: Console = field(default_factory=lambda: Console(stderr=True, soft_wrap=True))

    @cached_property
    def stack(self) -> Stack:
        """The stack, looked up when it is first needed."""
        return stack.find(self.where)

    def answer(self, data: object, *shown: object) -> None:
        """Print what a command came to: `data` as JSON if asked for, else what is shown."""
        if self.json:
            sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
            sys.stdout.flush()
            return
        for one in shown:
            if isinstance(one, Table):
                # As wide as it is: a cell that is cut or folded can't be copied.
                wide = self.console.options.update(width=10_000)
                width = Measurement.get(self.console, wide, one).maximum
                Console(width=width).print(one)
            else:
                self.console.print(one, highlight=False, markup=False)

    def say(self, line: str) -> None:
        """Tell a person something that is no part of the answer."""
        self.errors.print(line, highlight=False, markup=False)


def command(
    app: typer.Typer, name: str, **how: Any
) -> Callable[[Callable[..., int | None]], Callable[..., int | None]]:
    """Make a function that takes a `Gate` and options a command; it answers its exit code."""

    def register(function: Callable[..., int | None]) -> Callable[..., int | None]:
        @wraps(function)
        def run(**given: Any) -> None:
            common = {name: given.pop(name) for name in COMMON}
            as_json = common.pop("json_")
            gate = Gate(where=Where(**common), json=as_json)
            raise typer.Exit(_run(gate, function, given))

        _, *own = inspect.signature(function).parameters.values()
        shared = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
            )
            for name, (annotation, default) in COMMON.items()
        ]
        described: Any = run
        described.__signature__ = inspect.Signature([*own, *shared])
        described.__annotations__ = {one.name: one.annotation for one in [*own, *shared]}
        del described.__wrapped__  # its annotations are not the command's
        app.command(name, **how)(run)
        return function

    return register


def _run(gate: Gate, function: Callable[..., int | None], given: Mapping[str, Any]) -> int:
    try:
        with explained():
            return function(gate, **given) or 0
    except Trouble as trouble:
        if gate.json:
            sys.stderr.write(json.dumps(trouble.told, ensure_ascii=False) + "\n")
        else:
            gate.say(f"✗ {trouble.what}")
            if trouble.help:
                gate.say(f"  {trouble.help}")
        return trouble.code
    except KeyboardInterrupt:
        gate.say("Stopped.")
        return UNFINISHED


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> Table:
    """A table of texts; what is in it is shown as it is."""
    made = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    made.show_header = any(columns)
    for column in columns:
        made.add_column(column, no_wrap=True)
    for row in rows:
        made.add_row(*(Text(str(cell)) for cell in row))
    return made
