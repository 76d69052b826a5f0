"""How a command ends: 0 done, 1 the check failed, 2 wrong use, 3 a needed service is not there; and what to do next."""

from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

CHECK_FAILED, WRONG_USE, NOT_THERE = 1, 2, 3

console = Console(highlight=False)
"""For answers."""
complaints = Console(stderr=True, highlight=False)
"""For everything that is not the answer, so that `--json` stays clean."""


def next_step(text: str) -> None:
    """The last line of every command that went well."""
    complaints.print(f"[dim]next:[/dim] {escape(text)}")


def check_failed(what: str, then: str) -> NoReturn:
    _end(CHECK_FAILED, what, then)


def wrong_use(what: str, then: str) -> NoReturn:
    _end(WRONG_USE, what, then)


def not_there(what: str, then: str) -> NoReturn:
    _end(NOT_THERE, what, then)


def _end(code: int, what: str, then: str) -> NoReturn:
    complaints.print(f"[red]✗[/red] {escape(what)}")
    next_step(then)
    raise typer.Exit(code)
