"""Copies of a stack's database: a dump, and what is made of it; to be broken in a test, or to go back to."""

import os
import secrets
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
import orjson

from local import postgres
from local.prepare import with_database
from local.stack import Stack

SECONDS = 60


class Copy(NamedTuple):
    """A database by its name, and a connection to it."""

    name: str
    connection: asyncpg.Connection


def dump(stack: Stack, file: Path) -> None:
    """As an operator's backup does it, while the stack runs."""
    _run("pg_dump", "--format=custom", f"--file={file}", f"--dbname={stack.site.database}")


async def bring_back(stack: Stack, file: Path, database: str) -> str:
    """The dump as a database of that name, in place of one that is there; its DSN."""
    connection = await asyncpg.connect(stack.admin, timeout=10)
    try:
        await connection.execute(f'drop database if exists "{database}" with (force)')
        await connection.execute(f'create database "{database}"')
    finally:
        await connection.close()
    dsn = with_database(stack.admin, database)
    _run("pg_restore", "--exit-on-error", f"--dbname={dsn}", str(file))
    return dsn


@asynccontextmanager
async def scratch(stack: Stack, folder: Path) -> AsyncIterator[Copy]:
    """A copy of the stack's database, for a test to break."""
    name, file = f"scratch_{secrets.token_hex(4)}", folder / f"{secrets.token_hex(4)}.dump"
    dump(stack, file)
    connection = await asyncpg.connect(await bring_back(stack, file, name), timeout=10)
    try:
        yield Copy(name, connection)
    finally:
        await connection.close()


def databases(stack: Stack, **names: str) -> str:
    """The setting that tells the command line where the log is: names and databases, with the writer's role."""
    [own] = orjson.loads(stack.environment("cli")["SLOTKEEPER_DATABASES"]).values()
    return orjson.dumps({name: with_database(own, database) for name, database in names.items()}).decode()


def _run(program: str, *words: str) -> None:
    command = [str(postgres.binaries() / program), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=os.environ)
    assert done.returncode == 0, done.stderr
