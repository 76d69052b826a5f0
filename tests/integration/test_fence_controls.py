"""Negative controls of the fence: with one clause of the append taken out, the stale writer must pass."""

import asyncio
from importlib.resources import files
from typing import Any

import asyncpg
import pytest

from eventlog.placement import move
from eventlog.postgres import PostgresLog
from fences import PART, Scenario, forgotten_append, idle_new_owner, one_instance_id, rejections_only
from logs import change, log_database, now, take

EPOCH = "h.epoch = c.epoch and "
POSITION = "h.position = c.position and "
MOVED = " and h.moved_to is null;"
HEAD_LOCK = " order by part for update"
CLOCK = "perform booking.check_clock(clock);"


async def without(dsn: str, clause: str, instead: str = "") -> None:
    """The append and its neighbours written again, with one clause replaced."""
    schema = files("eventlog") / "schema"
    neighbours, append = ((schema / name).read_text() for name in ("0002_writing.sql", "0006_appending.sql"))
    script = neighbours[neighbours.index("-- SK001") :] + append[append.index("-- Writes all") :]
    assert clause in script, f"the append has no clause {clause!r}"
    broken = script.replace("create or replace function", "create function").replace(clause, instead)
    connection = await asyncpg.connect(dsn)
    await connection.execute(broken.replace("create function", "create or replace function"))
    await connection.close()


async def broken_log(postgres: Any, clause: str, instead: str = "") -> PostgresLog:
    dsn = await log_database(postgres)
    await without(dsn, clause, instead)
    return await PostgresLog.open({"main": dsn}, writer=True)


@pytest.mark.parametrize(
    ("clause", "scenario"),
    [
        (EPOCH, idle_new_owner),
        (EPOCH, rejections_only),
        (EPOCH, one_instance_id),
        (POSITION, forgotten_append),
    ],
    ids=lambda value: getattr(value, "__name__", "").replace("_", " ") or value.strip(),
)
async def test_without_the_clause_the_stale_writer_passes(postgres: Any, clause: str, scenario: Scenario) -> None:
    log = await broken_log(postgres, clause)
    assert not await scenario(log)
    await log.close()


async def test_without_the_compare_of_moved_to_a_closed_head_is_written(postgres: Any) -> None:
    assert await _write_after_closing(postgres, None) == {PART}
    assert await _write_after_closing(postgres, MOVED) == set()


async def _write_after_closing(postgres: Any, clause: str | None) -> set[int]:
    databases = {"main": await log_database(postgres), "other": await log_database(postgres, parts=())}
    if clause:
        await without(databases["main"], clause, ";")
    log = await PostgresLog.open({"main": databases["main"]}, writer=True)
    head = (await take(log, PART))[PART]
    await move(databases, PART, "other")
    late = change(head, events=1)
    late.epoch += 1
    failed = await log.append([late], now())
    await log.close()
    return failed


async def test_without_the_head_lock_two_appends_at_once_both_pass(postgres: Any) -> None:
    assert await _append_while_another_commits(postgres, None) == {PART}
    assert await _append_while_another_commits(postgres, HEAD_LOCK) == set()


async def _append_while_another_commits(postgres: Any, clause: str | None) -> set[int]:
    """A second append after the same head begins while the first is not committed yet."""
    dsn = await log_database(postgres)
    if clause:
        await without(dsn, clause)
    log = await PostgresLog.open({"main": dsn}, writer=True)
    head = (await take(log, PART))[PART]
    first = await asyncpg.connect(dsn)
    async with first.transaction():
        await first.execute("update booking.heads set position = position + 1 where part = $1", PART)
        second = asyncio.create_task(log.append([change(head)], now()))
        await _until_somebody_waits(first)
    failed = await second
    await first.close()
    await log.close()
    return failed


async def _until_somebody_waits(connection: Any) -> None:
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    for _ in range(1000):
        if await connection.fetchval(waiting):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the second append does not wait for the first")


async def test_without_the_clock_compare_a_skewed_clock_appends(postgres: Any) -> None:
    log = await broken_log(postgres, CLOCK)
    head = (await take(log, PART))[PART]
    assert await log.append([change(head)], now().replace(year=2001)) == set()
    await log.close()
