"""The log's migrations: applied like every package's, harmless when repeated, and by many databases at once."""

import asyncio
import secrets
from importlib.resources import files
from typing import Any

import asyncpg

from eventlog.log import DIARY_INTERVAL_ONCE, EVENTS_STREAM_ONCE, EVENTS_VERSION_ONCE, INBOX_COMMAND_ONCE, KEYS_ONCE
from eventlog.placement import place
from eventlog.postgres import PostgresLog
from kit import migrations
from logs import change, log_database, now, take


async def test_a_migrated_database_holds_a_log(postgres: Any) -> None:
    dsn = await postgres.create_database()
    assert await asyncio.to_thread(migrations.apply, dsn, "eventlog")
    await place({"main": dsn}, 3, "main")
    log = await PostgresLog.open({"main": dsn}, writer=True)
    head = (await take(log, 3))[3]
    assert await log.append([change(head, events=2)], now()) == set()
    await log.close()


async def test_migrating_again_changes_nothing(postgres: Any) -> None:
    dsn = await postgres.create_database()
    await asyncio.to_thread(migrations.apply, dsn, "eventlog")
    assert await asyncio.to_thread(migrations.apply, dsn, "eventlog") == []


async def test_many_databases_of_one_cluster_make_the_roles_at_once(postgres: Any) -> None:
    """With names nobody has, for the cluster has the real ones by now."""
    names = [f"t_{secrets.token_hex(6)}" for _ in range(2)]
    script = (files("eventlog") / "schema" / "0001_log.sql").read_text()
    block = script[script.index("do $roles$") : script.index("create schema")]
    assert "array['booking', 'log_reader']" in block
    block = block.replace("array['booking', 'log_reader']", f"array['{names[0]}', '{names[1]}']")
    connections = [await asyncpg.connect(await postgres.create_database()) for _ in range(6)]
    await asyncio.gather(*(connection.execute(block) for connection in connections))
    made = await connections[0].fetchval("select count(*) from pg_roles where rolname = any($1::text[])", names)
    for name in names:
        await connections[0].execute(f"drop role {name}")
    for connection in connections:
        await connection.close()
    assert made == 2


async def test_the_constraints_have_the_names_that_the_code_knows(postgres: Any) -> None:
    connection = await asyncpg.connect(await log_database(postgres, parts=()))
    rows = await connection.fetch(
        "select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid"
        " where c.relnamespace = 'booking'::regnamespace and (i.indisunique or i.indisexclusion)"
    )
    await connection.close()
    known = {EVENTS_STREAM_ONCE, EVENTS_VERSION_ONCE, INBOX_COMMAND_ONCE, DIARY_INTERVAL_ONCE, KEYS_ONCE}
    assert known <= {row["relname"] for row in rows}
