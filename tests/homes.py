"""Homes for stacks that a test starts and breaks, apart from the stack the tests themselves run on."""

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from local.home import Home, test_home, write_json
from local.progress import Quiet
from local.secret import secrets_of
from local.services import choose_ports
from local.stack import Stack
from stack import Postgres, drop_topics


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
    home.folder.mkdir(parents=True, exist_ok=True)
    write_json(home.folder / "secrets.json", secrets_of(test_home()), mode=0o600)


def plant(path: Path, text: str) -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


QUICKLY = {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1"}
"""A Kafka that lives for a few tests is up in half the time if it compiles itself quickly rather than well."""


@contextmanager
def quickly_compiled() -> Iterator[None]:
    """Within, a Kafka that is started is such a one."""
    before = {name: os.environ.get(name) for name in QUICKLY}
    os.environ.update(QUICKLY)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@asynccontextmanager
async def a_site(kafka: str, server: Postgres) -> AsyncIterator[Stack]:
    """A stack on the tests' servers: a database with every schema, topics of its own; no service runs yet.

    `await asyncio.to_thread(site.start_service, "booking")` starts one; what still runs is ended at the end.
    """
    database = urlsplit(await server.create_database()).path.strip("/")
    with a_home() as home:
        share_secrets(home)
        site = Stack(home, kafka, server.admin, database, topic_prefix=f"t{secrets.token_hex(6)}", say=Quiet())
        await asyncio.to_thread(site.prepare)
        choose_ports(home)
        yield site
        await asyncio.to_thread(site.stop)
        await drop_topics(kafka, site.topic_prefix)
