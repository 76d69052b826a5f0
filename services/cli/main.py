"""The command line `slotkeeper`. Each group of commands is one module with a Typer `app`; GROUPS lists them.

Every command works with the settings of the environment (`SLOTKEEPER_…`); where they say nothing and this checkout has
a local stack, with that stack's.
"""

import sys
from importlib import import_module

import typer
from rich.markup import escape

from cli.exits import NOT_THERE, complaints, next_step
from cli.local_settings import use_local_stack
from local.errors import StackError
from local.stack import Stack

GROUPS = [
    "cli.stack",
    "cli.demo.command",
    "cli.keys",
    "cli.operating",
    "cli.proof",
    "cli.questions",
    "cli.replays",
    "cli.sending",
    "cli.tail",
]

app = typer.Typer(name="slotkeeper", no_args_is_help=True, help="Appointments that are never double-booked.")


@app.callback()
def settle() -> None:
    """Appointments that are never double-booked."""
    use_local_stack(Stack())


for group in GROUPS:
    # A module's commands stand at the top level; it makes further levels itself (`keys create`).
    app.add_typer(import_module(group).app)


def main() -> None:
    try:
        app()
    except StackError as error:
        complaints.print(f"[red]✗[/red] {escape(str(error))}")
        next_step(error.hint or "slotkeeper doctor")
        sys.exit(NOT_THERE)
