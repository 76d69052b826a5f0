"""The cost of a call does not grow with history, also under plans that were made when every table was empty."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from eventlog.log import BookRow, DiaryRow, InboxKey, KeyRow, LookUp, Timer, Wanted, WantedDays
from eventlog.postgres import PostgresLog
from logs import TENANT, answer, change, event, interval, log_database, now, take

DAY = 20_500
SMALL, LARGE = 1_000, 20_000
HIGHER_TREES = 40
"""So many more index blocks may be touched on the way down."""

HISTORY = """
insert into booking.events
select 3, n, 'acme', 'old/' || n, 1, 'Old', now(), '' from generate_series(1, $1) n;
insert into booking.inbox
select 3, 'acme', 'old', n::text, '', n, '', now() from generate_series(1, $1) n;
insert into booking.diary
select 3, 'acme', 'r' || n, 20000, 'old/' || n, 0, 1, 0, 1, 'booked', null, null, '' from generate_series(1, $1) n;
insert into booking.timers
select 3, 'acme', 'old/' || n, 'old', now() + interval '1 day' from generate_series(1, $1) n;
insert into booking.look_ups select 3, 'acme', 'old' || n, '' from generate_series(1, $1) n;
insert into booking.keys select 3, 'acme', 'old' || n, 1, '' from generate_series(1, $1) n;
insert into booking.books select 3, 'old' || n, 1, '' from generate_series(1, $1) n;
update booking.heads set position = $1 where part = 3;
"""

READ = """
select (select sum(idx_tup_read) from pg_stat_user_indexes where schemaname = 'booking')
    + (select sum(seq_tup_read) from pg_stat_user_tables where schemaname = 'booking')
    + (select sum(idx_blks_hit + idx_blks_read) from pg_statio_user_indexes where schemaname = 'booking')
    + (select sum(heap_blks_hit + heap_blks_read) from pg_statio_user_tables where schemaname = 'booking')
"""
"""Rows that were read, and blocks that were touched: walking a whole index counts only in these."""


async def work(log: PostgresLog, name: str) -> None:
    """Every call once; it writes, finds, clears and replaces the rows of one stream."""
    head = (await take(log, 3))[3]
    stream, after = f"appointment/{name}", head.position
    rows: list[DiaryRow] = [interval(stream, DAY), interval(stream, DAY + 1)]
    written = change(
        head,
        rows=[event(after + 1, stream=stream), event(after + 2, stream=stream, version=2)],
        inbox=[answer(name)],
        diary=rows,
        timers=[Timer(TENANT, stream, "expiry", now())],
        look_ups=[LookUp(TENANT, name, "cus")],
        keys=[KeyRow(TENANT, name, 1, b"")],
        books=[BookRow(TENANT, after, b"")],
    )
    assert await log.append([written], now()) == set()
    due = await log.due_timers([3], now() + timedelta(seconds=1), 5)
    key, look_up = InboxKey(TENANT, "web", name), (TENANT, name)
    loaded = await log.load(
        [Wanted(part=3, tenants={TENANT}, streams={(TENANT, stream)}, inbox={key}, look_ups={look_up})]
    )
    days = await log.load_days([WantedDays(part=3, days={(TENANT, "ann", DAY)}, subjects={(TENANT, name)})])
    pages = await log.read(3, after, upto=after + 1, limit=9)
    versions = await log.stream(3, TENANT, stream)
    keys = await log.keys(3, [(TENANT, name)])
    found = [due[3], loaded[3].inbox, days[3].days, days[3].keys, pages, keys]
    assert [len(one) for one in found] == [1] * 6
    assert len(loaded[3].streams[TENANT, stream]) == len(versions) == 2
    cleared = [(TENANT, stream)]
    clearing = change((await log.heads())[3], diary_cleared=cleared, timers_cleared=cleared)
    assert await log.append([clearing], now()) == set()
    gone = [LookUp(TENANT, name, "cus")]
    erasing = change((await log.heads())[3], erased=[(TENANT, name)], look_ups_cleared=gone)
    assert await log.append([erasing], now()) == set()


async def rows_read(postgres: Any, history: int) -> int:
    """What the database read for the same work beside so much history."""
    dsn = await log_database(postgres)
    log = await PostgresLog.open({"main": dsn}, writer=True)
    await work(log, "before")
    connection = await asyncpg.connect(dsn)
    await connection.execute("truncate booking.events")
    for statement in HISTORY.strip().removesuffix(";").split(";"):
        await connection.execute(statement.replace("$1", str(history)))
    await connection.execute("select pg_stat_force_next_flush()")
    before: int = await connection.fetchval(READ)
    await work(log, "after")
    await log.close()
    await connection.close()
    return await counted(dsn) - before


async def counted(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    rows: int = await connection.fetchval(READ)
    await connection.close()
    return rows


async def test_the_same_work_reads_the_same_beside_a_long_history(postgres: Any) -> None:
    assert await rows_read(postgres, LARGE) <= await rows_read(postgres, SMALL) + HIGHER_TREES


@pytest.mark.parametrize("index", ["diary_of_stream", "timers_due"])
async def test_without_an_index_the_difference_shows(
    postgres: Any, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worse = HISTORY + f"drop index booking.{index};"
    monkeypatch.setitem(globals(), "HISTORY", worse)
    assert await rows_read(postgres, LARGE) > await rows_read(postgres, SMALL) + HIGHER_TREES
