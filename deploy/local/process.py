"""The processes of a stack. One is known by pid, start time and command line together, and only such a one is ended.

A pid alone may long belong to somebody else; a name belongs to everybody.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local import launch
from local.errors import StackError
from local.home import Home, read_json

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Those that this very process started: they must be collected when they end."""


@dataclass(frozen=True, slots=True)
class User:
    """Whom a process runs as; the default is whoever starts it."""

    uid: int = -1
    gid: int = -1


@dataclass(frozen=True, slots=True)
class Process:
    """A named process of a home, running or not."""

    home: Home
    name: str

    @property
    def record(self) -> Path:
        return self.home.records / f"{self.name}.json"

    def pid(self) -> int | None:
        """Its pid while it lives: the recorded one, if that still is the process recorded."""
        known = read_json(self.record)
        pid = known.get("pid")
        if not isinstance(pid, int):
            return None
        if launch.started(pid) == known.get("started") and _runs(pid, known.get("command")):
            return pid
        collect(pid)
        return None

    def start(self, command: Sequence[str], environment: Mapping[str, str], user: User | None = None) -> int:
        """Starts it unless it runs; output goes to its log, which is kept over starts."""
        if (pid := self.pid()) is not None:
            return pid
        self.record.unlink(missing_ok=True)
        who = user or User()
        launcher = [sys.executable, "-I", "-S", launch.__file__, str(self.record), str(who.uid), str(who.gid), "/"]
        with self.home.log(self.name).open("ab") as log:
            child = subprocess.Popen(
                [*launcher, *command], env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        _children[child.pid] = child
        wait_until(lambda: self.record.exists() or child.poll() is not None, 10, every=0.005)
        return child.pid

    def tell(self, number: int) -> bool:
        """Tells it; False when it does not run."""
        if (pid := self.pid()) is None:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def stop(self, number: int = signal.SIGTERM, seconds: float = 20) -> bool:
        """Ends it, in the end by force; False when it did not run."""
        ran = self.tell(number)
        if ran and not self.ended(seconds):
            self.tell(signal.SIGKILL)
            if not self.ended(10):
                raise StackError(f"{self.name} (pid {self.pid()}) does not end", f"see {self.home.log(self.name)}")
        self.record.unlink(missing_ok=True)
        return ran

    def ended(self, seconds: float) -> bool:
        """Whether it is gone within that time."""
        return wait_until(lambda: self.pid() is None, seconds)

    def last_words(self, lines: int = 8) -> str:
        """The end of its log, for whoever must find out why it does not run."""
        path = self.home.log(self.name)
        text = path.read_text(errors="replace")[-8000:] if path.is_file() else ""
        return "\n".join(text.splitlines()[-lines:])


def wait_until(true: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def collect(pid: int) -> None:
    """Lets an ended child of ours go: until then its pid still looks taken to others."""
    if (child := _children.pop(pid, None)) is not None:
        child.wait(timeout=10)


def command_line(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def _runs(pid: int, command: object) -> bool:
    """Whether the pid's command line is that one, or the launcher's that is about to become it.

    While it becomes it, the kernel shows none at all: then pid and start time have to do.
    """
    line = command_line(pid)
    return isinstance(command, list) and bool(command) and (line == [""] or line[-len(command) :] == command)
