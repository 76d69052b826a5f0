"""What is said while the stack starts: one line a step, with the time it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.status import Status


class Step(Protocol):
    """A step under way."""

    def note(self, text: str) -> None: ...


class Say:
    """Tells a person what happens; on stderr, so that answers in JSON stay clean."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)

    @contextmanager
    def doing(self, what: str) -> Iterator[Step]:
        begun = time.monotonic()
        with self._console.status(f"{what} …") as status:
            yield _Shown(status, what)
        self.done(f"{what} [dim]({time.monotonic() - begun:.1f} s)[/dim]")

    def done(self, what: str) -> None:
        self._console.print(f"[green]✓[/green] {what}")

    def note(self, what: str) -> None:
        self._console.print(f"  {what}")


class Quiet(Say):
    """For tests: says nothing."""

    def __init__(self) -> None:
        super().__init__(Console(file=sys.stderr, quiet=True))


class _Shown:
    def __init__(self, status: Status, what: str) -> None:
        self._status, self._what = status, what

    def note(self, text: str) -> None:
        self._status.update(f"{self._what}: [dim]{text[:70]}[/dim]")
