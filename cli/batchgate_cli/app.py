"""The commands, put together."""

import typer

from batchgate_cli import partner, rotation

app = typer.Typer(
    name="batchgate",
    help="Run a Batchgate stack: partners, batches, pushes, replays, and what is wrong.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they may hold secrets
)
app.add_typer(partner.app, name=rotation.GROUP)


def main() -> None:
    """Run the command line."""
    app(prog_name="batchgate")
