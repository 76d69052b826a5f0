"""Answers are kept for 30 days (P2) and then purged, a bounded number at a time, without a look at younger ones."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from booking.sweeper import Sweeper
from eventlog.log import InboxKey, InboxRow, Log, Wanted
from eventlog.memory import MemoryLog
from eventlog.postgres import PostgresLog
from kit.settings import Settings
from logs import TENANT, answer, change, log_database, now, take

MONTH = timedelta(days=30)


@pytest.fixture(params=["postgres", "memory"])
async def log(request: pytest.FixtureRequest, postgres: Any) -> AsyncIterator[Log]:
    if request.param == "memory":
        yield MemoryLog()
        return
    opened = await PostgresLog.open({"main": await log_database(postgres)}, writer=True)
    yield opened
    await opened.close()


async def answered(log: Log, ages: dict[str, timedelta], part: int = 3) -> None:
    head = (await take(log, part))[part]
    rows: list[InboxRow] = [answer(name)._replace(decided_at=now() - age) for name, age in ages.items()]
    assert not await log.append([change(head, inbox=rows)], now())


async def kept(log: Log, *names: str, part: int = 3) -> set[str]:
    wanted = {InboxKey(TENANT, "web", name) for name in names}
    return {key.command_id for key in (await log.load([Wanted(part=part, inbox=wanted)]))[part].inbox}


async def test_what_is_older_is_purged_of_the_parts_named_the_oldest_first(log: Log) -> None:
    await answered(log, {"old": 2 * MONTH, "older": 3 * MONTH, "young": timedelta(days=29)})
    await answered(log, {"elsewhere": 2 * MONTH}, part=4)
    before = now() - MONTH
    assert await log.forget_answers([3], before, 1), "there is more"
    assert await kept(log, "old", "older", "young") == {"old", "young"}
    assert not await log.forget_answers([3], before, 5)
    assert await kept(log, "old", "older", "young") == {"young"}
    assert await kept(log, "elsewhere", part=4) == {"elsewhere"}


async def test_the_sweeper_tidies_at_once_and_then_once_an_hour(log: Log) -> None:
    clock = [now()]
    sweeper = Sweeper(log, lambda: clock[0])
    await sweeper.tidy([])
    await answered(log, {"a": MONTH + timedelta(seconds=10), "b": MONTH - timedelta(minutes=30)})
    await sweeper.tidy([3])
    assert await kept(log, "a", "b") == {"b"}
    clock[0] += timedelta(minutes=59)
    await sweeper.tidy([3])
    assert await kept(log, "b") == {"b"}
    clock[0] += timedelta(minutes=2)
    await sweeper.tidy([3])
    assert await kept(log, "b") == set()


def test_answers_are_never_kept_for_less_than_promised() -> None:
    with pytest.raises(ValueError, match="inbox_days"):
        Settings(inbox_days=7)


READ = "select seq_tup_read + idx_tup_fetch from pg_stat_user_tables where relname = 'inbox'"
"""Counted when a connection ends."""


async def test_purging_reads_no_answer_that_stays(postgres: Any) -> None:
    dsn = await log_database(postgres)
    await asked(
        dsn,
        "insert into booking.inbox select 3, 'acme', 'web', n::text, '', n, '', now() - n * interval '1 minute'"
        " from generate_series(1, 20000) n",
    )
    before = await asked(dsn, READ)
    log = await PostgresLog.open({"main": dsn}, writer=True)
    for _ in range(6):
        await log.forget_answers([3], now() - timedelta(minutes=19_990, seconds=30), 5)
    await log.close()
    assert 10 <= await asked(dsn, READ) - before < 500
    assert await asked(dsn, "select count(*) from booking.inbox") == 19_990


async def asked(dsn: str, query: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
