"""A database gets each numbered schema file once, whole or not at all, whoever else starts at the same time."""

import asyncio
import sys
from pathlib import Path

import psycopg
import pytest

from kit import migrations
from stack import Postgres

PACKAGE = "migrated_for_a_test"
ONE = f"{PACKAGE}/0001_diary"

SQL = """
-- A function's body has semicolons of its own.
create table diary (day int primary key);
create function days() returns bigint language plpgsql as $$
declare
    found bigint;
begin
    select count(*) into found from diary;
    return found;
end
$$;
insert into diary values (1);
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with one schema file; the folder of such files."""
    schema = tmp_path / PACKAGE / "schema"
    schema.mkdir(parents=True)
    (schema.parent / "__init__.py").touch()
    (schema / "0001_diary.sql").write_text(SQL)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    return schema


async def test_each_file_is_applied_once_in_order(postgres: Postgres, package: Path) -> None:
    dsn = await postgres.create_database()
    assert migrations.apply(dsn, PACKAGE) == [ONE]
    (package / "0002_more.sql").write_text("insert into diary select days() + 1;")
    assert migrations.apply(dsn, PACKAGE) == [f"{PACKAGE}/0002_more"]
    assert migrations.apply(dsn, PACKAGE) == []
    assert days(dsn) == [1, 2]


async def test_a_file_that_fails_leaves_nothing_of_itself(postgres: Postgres, package: Path) -> None:
    dsn = await postgres.create_database()
    (package / "0002_broken.sql").write_text("insert into diary values (2);\ninsert into diary values (2);")
    with pytest.raises(psycopg.errors.UniqueViolation):
        migrations.apply(dsn, PACKAGE)
    assert days(dsn) == [1]
    (package / "0002_broken.sql").write_text("insert into diary values (2);")
    assert migrations.apply(dsn, PACKAGE) == [f"{PACKAGE}/0002_broken"]


async def test_four_starts_at_once_apply_every_file_once(postgres: Postgres, package: Path) -> None:
    dsn = await postgres.create_database()
    migrations.apply(dsn, PACKAGE)
    (package / "0002_slow.sql").write_text("select pg_sleep(0.3);\ninsert into diary values (2);")
    applied = await asyncio.gather(*(asyncio.to_thread(migrations.apply, dsn, PACKAGE) for _ in range(4)))
    assert sorted(applied) == [[], [], [], [f"{PACKAGE}/0002_slow"]]


async def test_two_packages_with_files_of_one_name_both_get_theirs(postgres: Postgres, package: Path) -> None:
    dsn = await postgres.create_database()
    twin = package.parents[1] / f"{PACKAGE}_too" / "schema"
    twin.mkdir(parents=True)
    (twin.parent / "__init__.py").touch()
    (twin / "0001_diary.sql").write_text("create table rooms (id int);")
    assert migrations.apply(dsn, PACKAGE) == [ONE]
    assert migrations.apply(dsn, f"{PACKAGE}_too") == [f"{PACKAGE}_too/0001_diary"]


async def test_the_log_gets_its_tables_and_roles(postgres: Postgres) -> None:
    dsn = await postgres.create_database()
    assert migrations.apply(dsn, "eventlog")
    with psycopg.connect(dsn) as connection:
        assert connection.execute("select count(*) from booking.heads").fetchone() == (0,)


def days(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        return [day for (day,) in connection.execute("select day from diary order by day")]
