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

GROUPS = {
    "cli.stack": ("up", "down", "status", "doctor"),
    "cli.demo.command": ("demo",),
    "cli.erasing": ("erase",),
    "cli.keys": ("keys", "tenants"),
    "cli.mails": ("mail",),
    "cli.operating": ("partitions", "dead", "rebuild", "restore"),
    "cli.proof": ("verify",),
    "cli.questions": ("explain", "as-of"),
    "cli.replays": ("replay",),
    "cli.sending": ("send",),
    "cli.tail": ("tail",),
}
"""The commands of each module."""


def application(word: str = "") -> typer.Typer:
    """The command line; where the first word is a command, just its module: loading all takes longer than most run."""
    made = typer.Typer(name="slotkeeper", no_args_is_help=True, help="Appointments that are never double-booked.")
    made.callback()(settle)
    for group in [module for module, commands in GROUPS.items() if word in commands] or GROUPS:
        # A module's commands stand at the top level; it makes further levels itself (`keys create`).
        made.add_typer(import_module(group).app)
    return made


def settle() -> None:
    """Appointments that are never double-booked."""
    use_local_stack(Stack())


def main() -> None:
    try:
        application(*sys.argv[1:2])()
    except StackError as error:
        complaints.print(f"[red]✗[/red] {escape(str(error))}")
        next_step(error.hint or "slotkeeper doctor")
        sys.exit(NOT_THERE)
