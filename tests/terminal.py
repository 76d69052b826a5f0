"""A terminal in which `slotkeeper` means one stack: commands run to their end, or beside the test."""

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from homes import QUICKLY
from local.stack import Stack

SECONDS = 120
COMMAND = Path(sys.executable).with_name("slotkeeper")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command that ended has said: its answer, and everything else."""

    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass(frozen=True, slots=True)
class Terminal:
    """`told` is added to the environment."""

    stack: Stack
    told: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the caller's own stack, should there be one."""
        rest = {name: value for name, value in os.environ.items() if not name.startswith("SLOTKEEPER_")}
        return rest | QUICKLY | {"SLOTKEEPER_HOME": str(self.stack.home.folder), "COLUMNS": "200"} | self.told

    def __call__(self, *words: str, code: int = 0) -> Ran:
        """Runs the command, which must end with that exit code and say what to do next."""
        done = subprocess.run(
            [COMMAND, *words], env=self.environment, capture_output=True, text=True, timeout=SECONDS
        )  # fmt: skip
        said = f"slotkeeper {' '.join(words)}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == code, said
        assert "Traceback" not in done.stderr, said
        return Ran(done.stdout, done.stderr)

    def begun(self, *words: str) -> "subprocess.Popen[str]":
        """Runs the command beside the test, which ends it."""
        return subprocess.Popen(
            [COMMAND, *words], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )  # fmt: skip

    def with_settings(self, **told: str) -> "Terminal":
        """The same stack, with further settings."""
        return Terminal(self.stack, self.told | {f"SLOTKEEPER_{name}": value for name, value in told.items()})

    def send(self, file: Path, tenant: str, commands: Iterable[tuple[str, str, dict[str, Any]]]) -> Any:
        """Commands as (id, type, data) through a file; the summary."""
        items = [{"id": id, "type": type, "data": data} for id, type, data in commands]
        file.write_bytes(b"".join(orjson.dumps(item) + b"\n" for item in items))
        return self("send", str(file), "--tenant", tenant, "--json").json
