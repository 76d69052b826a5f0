"""Brings a database to the schema a package needs: its numbered `schema/*.sql` files, each applied once, in order.

Each file is one transaction. Two processes may start at once: the second waits for the first on an advisory lock, which
dies with its holder (yoyo's own lock is a row, and a killed start would leave it behind).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from urllib.parse import urlsplit, urlunsplit

import psycopg
from yoyo import get_backend, read_migrations
from yoyo.migrations import MigrationList, get_migration_hash

LOCK = 7_202_603
WAIT_SECONDS = 120


def apply(dsn: str, package: str) -> list[str]:
    """Applies what is missing; the names of the files applied now."""
    with as_file(files(package) / "schema") as folder, _alone(dsn):
        migrations = _named_by_package(read_migrations(str(folder)), package)
        backend = get_backend(_for_psycopg(dsn))
        try:
            missing = backend.to_apply(migrations)
            backend.apply_migrations(missing)
        finally:
            backend.connection.close()
    return [migration.id for migration in missing]


def _named_by_package(migrations: MigrationList, package: str) -> MigrationList:
    """Packages share a database and number their files alike: what is applied is remembered by package and file."""
    if not migrations:
        raise FileNotFoundError(f"package {package} has no schema/*.sql")
    for migration in migrations:
        migration.id = f"{package}/{migration.id}"
        migration.hash = get_migration_hash(migration.id)
    return migrations


def _for_psycopg(dsn: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(scheme="postgresql+psycopg"))


@contextmanager
def _alone(dsn: str) -> Iterator[None]:
    """The only one that migrates this database."""
    with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
        connection.execute(f"set lock_timeout = '{WAIT_SECONDS}s'")
        connection.execute("select pg_advisory_lock(%s)", [LOCK])
        yield
