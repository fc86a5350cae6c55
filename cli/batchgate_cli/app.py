"""The commands, put together."""

import typer

from batchgate_cli import batches, doctor, partner, push, replays, rotation, status
from batchgate_cli.gate import command

app = typer.Typer(
    name="batchgate",
    help="Run a Batchgate stack: partners, batches, pushes, replays, and what is wrong.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they may hold secrets
)
app.add_typer(partner.app, name=rotation.GROUP)
command(app, "batches")(batches.batches)
app.add_typer(batches.app, name="batch")
command(app, "push")(push.push)
command(app, "status")(status.status)
command(app, "replay")(replays.replay)
command(app, "doctor")(doctor.doctor)
