"""The folder that a stack lives in: its data, logs, records of processes, secrets and remembered choices.

A checkout's stack is at `.local`, the one its tests share at `.local/test`. Everything is written whole or not at all,
and the only lock is the kernel's, so a process killed at any moment leaves nothing that blocks the next.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.errors import StackError

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Home:
    """One stack's folder."""

    folder: Path
    well_known_ports: bool = False

    @property
    def logs(self) -> Path:
        return self._made("logs")

    @property
    def records(self) -> Path:
        return self._made("run")

    @property
    def kafka(self) -> Path:
        return self._made("kafka")

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def remembered(self) -> dict[str, Any]:
        """The choices of earlier starts: ports, and where PostgreSQL's data is."""
        return read_json(self.folder / "stack.json")

    def remember(self, **choices: Any) -> None:
        if (known := self.remembered()) | choices != known:
            write_json(self._made() / "stack.json", known | choices)

    @contextmanager
    def locked(self, seconds: float = 300) -> Iterator[None]:
        """One start or stop at a time; the kernel drops the lock with its process."""
        with (self._made() / "lock").open("w") as file:
            _lock(file.fileno(), seconds, self.folder)
            yield

    def _made(self, name: str = "") -> Path:
        """Open to look through (not into): PostgreSQL's data may belong to another user."""
        path = self.folder / name
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o755)
        return path


def main_home() -> Home:
    """The checkout's own, unless SLOTKEEPER_HOME names another folder: for a second stack, beside the first."""
    if named := os.environ.get("SLOTKEEPER_HOME"):
        return Home(Path(named).resolve())
    return Home(CHECKOUT / ".local", well_known_ports=True)


def test_home() -> Home:
    """Where the stack of the tests lives, apart from the one that a person uses."""
    return Home(Home(CHECKOUT / ".local")._made("test"))


def read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, value: object, mode: int = 0o644) -> None:
    """Beside it first, then in its place: a reader sees the old or the new, and secrets are never open to others."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        json.dump(value, file, indent=2)
    new.replace(path)


def _lock(file: int, seconds: float, folder: Path) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StackError(f"another start or stop of {folder} is still under way", "try again") from None
            time.sleep(0.1)
