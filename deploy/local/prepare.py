"""Makes a server ready for the services: database, roles, schemas, topics, and a home for every log partition.

Every step looks first and does what is missing, so it may be killed anywhere and run again.
"""

import asyncio
import re
from collections.abc import Mapping
from importlib.resources import files
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from local.progress import Say
from local.secret import ROLES

PACKAGES = ("eventlog", "booking", "availability", "webhook", "notification", "gateway")
"""Those that may bring tables, in a folder `schema`; booking's are the log's."""
OWNERS = ("availability", "webhook", "notification", "gateway")
"""Services whose schema is all theirs; the log grants its rights itself."""


def with_database(dsn: str, database: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


def with_role(dsn: str, role: str, password: str) -> str:
    """The same database, for another role."""
    parts = urlsplit(dsn)
    where = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{where}"))


def prepare_database(admin: str, database: str, passwords: Mapping[str, str], say: Say) -> str:
    """The database with everything that services need in it; its DSN for the administrator."""
    dsn = with_database(admin, database)
    _make_database(admin, database)
    _set_roles(admin, passwords)
    migrated = [package for package in PACKAGES if (files(package) / "schema").is_dir()]
    applied = [name for package in migrated for name in _migrate(dsn, package)]
    _give_schemas(dsn)
    if applied:
        say.done(f"schemas in database {database}: {', '.join(applied)}")
    return dsn


def prepare_streams(bootstrap: str, prefix: str, partitions: int, databases: Mapping[str, str], say: Say) -> None:
    """Every topic, and every partition of the log in a database: `main`, unless it already is in another."""
    made, placed = asyncio.run(_prepare_streams(bootstrap, prefix, partitions, dict(databases)))
    if made:
        say.done(f"topics {', '.join(made)} with {partitions} partitions")
    if placed:
        say.done(f"log partitions {placed[0]}-{placed[-1]} placed in database main")


async def _prepare_streams(
    bootstrap: str, prefix: str, partitions: int, databases: dict[str, str]
) -> tuple[list[str], list[int]]:
    # Here, not above: the command line is quicker for those who only ask for help.
    from eventlog.placement import list_placements, place
    from streams.topics import ensure_topics

    made = await ensure_topics(bootstrap, prefix, partitions)
    known = {placement.part for placement in await list_placements(databases)}
    missing = [part for part in range(partitions) if part not in known]
    for part in missing:
        await place(databases, part, "main")
    return made, missing


def _migrate(dsn: str, package: str) -> list[str]:
    from kit import migrations

    return migrations.apply(dsn, package)


def _make_database(admin: str, database: str) -> None:
    with psycopg.connect(admin, autocommit=True, connect_timeout=10) as connection:
        if connection.execute(SQL["database_exists"], [database]).fetchone() == (0,):
            _run_made(connection, SQL["create_database"], [database])


def _set_roles(admin: str, passwords: Mapping[str, str]) -> None:
    with psycopg.connect(admin, connect_timeout=10) as connection:
        connection.execute(SQL["one_at_a_time"])
        for role in ROLES:
            _run_made(connection, SQL["set_role"], {"role": role, "password": passwords[role]})


def _give_schemas(dsn: str) -> None:
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        connection.execute(SQL["one_at_a_time"])
        for service in OWNERS:
            _run_made(connection, SQL["give_schema"], [service])


def _run_made(
    connection: psycopg.Connection[tuple[object, ...]], query: str, given: list[str] | dict[str, str]
) -> None:
    """Names cannot be parameters of such statements: the server itself quotes them into the text to be run."""
    for (text,) in connection.execute(query.encode(), given).fetchall():
        connection.execute(str(text).encode())


def _statements() -> dict[str, str]:
    parts = re.split(r"^-- name: (\w+)$", (files("local") / "prepare.sql").read_text(), flags=re.MULTILINE)[1:]
    return {name: text.strip().removesuffix(";") for name, text in zip(parts[::2], parts[1::2], strict=True)}


SQL = _statements()
