"""Homes for stacks that a test starts and breaks, apart from the stack the tests themselves run on."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.home import Home, test_home, write_json
from local.progress import Quiet
from local.secret import secrets_of
from local.stack import Stack


@contextmanager
def a_home() -> Iterator[Home]:
    """An empty home where PostgreSQL's user can enter; everything in it is ended and removed."""
    home = Home(test_home().folder / "homes" / secrets.token_hex(4))
    home.records.chmod(0o755)
    try:
        yield home
    finally:
        Stack(home, say=Quiet()).stop()
        shutil.rmtree(home.remembered().get("postgres_data", home.folder), ignore_errors=True)
        shutil.rmtree(home.folder, ignore_errors=True)


def share_secrets(home: Home) -> None:
    """Roles belong to the server: every stack on the tests' server has to know the same passwords."""
    write_json(home.folder / "secrets.json", secrets_of(test_home()), mode=0o600)


def plant(path: Path, text: str) -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
