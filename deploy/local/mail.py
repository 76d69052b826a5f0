"""The mail catcher as a part of a stack: how it is started, where it listens, and what it has caught."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from local import ports
from local.errors import StackError
from local.home import Home
from local.ports import LOOPBACK
from local.process import Process, wait_until

NAME = "mail"
READY_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Caught:
    """One mail: its file's name, when it came, for whom it was handed in, and what it is."""

    name: str
    at: str
    to: list[str]
    mail: EmailMessage


def folder(home: Home) -> Path:
    return home.folder / "mail"


def port(home: Home) -> int:
    return ports.known(home).get(NAME, ports.DEFAULTS[NAME])


def start(home: Home, told: Mapping[str, str]) -> None:
    """Runs it, with these settings, and waits until it answers."""
    # Here, not above: whoever only reads mails need not load a server.
    from local.catcher import answers

    process = Process(home, NAME)
    if process.pid() is None:
        chosen = ports.choose(home, NAME)
        words = [sys.executable, "-m", "local.catcher", LOOPBACK, str(chosen), str(folder(home))]
        process.start(words, {**os.environ, **told})
    wait_until(lambda: answers(LOOPBACK, port(home)) or process.pid() is None, READY_SECONDS)
    if process.pid() is None:
        raise StackError(f"the mail catcher ended while starting:\n{process.last_words()}", f"see {home.log(NAME)}")
    if not answers(LOOPBACK, port(home)):
        raise StackError(f"the mail catcher does not answer after {READY_SECONDS} s", f"see {home.log(NAME)}")


def well(home: Home) -> bool:
    from local.catcher import answers

    return answers(LOOPBACK, port(home))


def caught(where: Path) -> list[Caught]:
    """Every mail in a catcher's folder, the oldest first."""
    return [read(path) for path in sorted(where.glob("[!.]*.eml"))]


def read(path: Path) -> Caught:
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    to = [one.strip() for one in str(mail["X-Caught-To"] or "").split(",") if one.strip()]
    at = path.name.partition("Z")[0]
    return Caught(path.name, f"{at[:4]}-{at[4:6]}-{at[6:11]}:{at[11:13]}:{at[13:15]}Z", to, mail)
