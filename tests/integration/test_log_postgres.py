"""What only the PostgreSQL log promises: reads by index however it grows, and rights that keep readers out."""

from typing import Any

import asyncpg
import pytest

from eventlog.databases import SETTINGS
from eventlog.loading import days_arguments, load_arguments
from eventlog.log import BookRow, InboxKey, KeyRow, LookUp, Timer, Wanted, WantedDays
from eventlog.postgres import SQL, PostgresLog
from logs import PARTS, TENANT, answer, change, event, interval, log_database, now, take

DAY = 20_500
LARGE = ("events", "inbox", "diary", "timers", "look_ups", "keys", "books")

WANTED = Wanted(
    part=3,
    tenants={TENANT},
    streams={(TENANT, "appointment/apt_1")},
    inbox={InboxKey(TENANT, "web", "c1")},
    look_ups={(TENANT, "e1")},
)
WANTED_DAYS = WantedDays(part=3, days={(TENANT, "ann", DAY)}, subjects={(TENANT, "cus_1")})
READS: dict[str, tuple[Any, ...]] = {
    "load": load_arguments([WANTED]),
    "load_days": days_arguments([WANTED_DAYS]),
    "read": (3, 10, 2**63 - 1, 5, None),
    "stream": (3, TENANT, "appointment/apt_1"),
    "keys": (3, [TENANT], ["cus_1"]),
    "due_timers": ([3], now(), 5),
}


async def filled(log: PostgresLog, events: int = 200, times: int = 3) -> None:
    """So many rows in every table, several times."""
    for round_ in range(times):
        head = (await take(log, 3))[3]
        names = [str(head.position + n + 1) for n in range(events)]
        await log.append(
            [
                change(
                    head,
                    events=events,
                    inbox=[answer(f"c{n}") for n in names],
                    diary=[interval(f"appointment/apt_{n}", DAY + round_, resource=f"r{n}") for n in names],
                    diary_cleared=[(TENANT, "appointment/apt_1")],
                    timers=[Timer(TENANT, f"appointment/apt_{n}", "expiry", now()) for n in names],
                    timers_cleared=[(TENANT, "appointment/apt_1")],
                    look_ups=[LookUp(TENANT, f"e{n}", "cus") for n in names],
                    keys=[KeyRow(TENANT, f"cus_{n}", 1, b"k") for n in names],
                    books=[BookRow(TENANT, head.position, b"book")],
                )
            ],
            now(),
        )


async def scans(dsn: str) -> dict[str, int]:
    """How often each table was read from end to end so far."""
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("select relname, seq_scan from pg_stat_user_tables where schemaname = 'booking'")
    await connection.close()
    return {row["relname"]: row["seq_scan"] for row in rows if row["relname"] in LARGE}


def literal(value: Any) -> str:
    """A parameter as text of SQL."""
    match value:
        case None:
            return "null"
        case int():
            return str(value)
        case list():
            return "'{" + ",".join(f'"{one}"' for one in value) + "}'"
        case _:
            return f"'{value}'"


async def explained(dsn: str, statement: str, arguments: tuple[Any, ...], settings: dict[str, str]) -> str:
    """The plan that the prepared statement runs with, and what it met."""
    connection = await asyncpg.connect(dsn, server_settings=settings)
    await connection.execute(f"prepare asked as {SQL[statement]}")
    values = ", ".join(map(literal, arguments))
    plan = await connection.fetch(f"explain (analyze, timing off) execute asked ({values})")
    await connection.close()
    return "\n".join(row[0] for row in plan)


async def analyzed(postgres: Any, events: int) -> str:
    """A log with so many rows in every table, which the planner knows to be so few."""
    dsn = await log_database(postgres)
    log = await PostgresLog.open({"main": dsn}, writer=True)
    await filled(log, events, 1)
    await log.close()
    connection = await asyncpg.connect(dsn)
    await connection.execute("analyze")
    await connection.close()
    return dsn


@pytest.mark.parametrize("statement", READS)
async def test_every_read_is_planned_as_index_ranges_even_over_small_tables(postgres: Any, statement: str) -> None:
    """A plan is kept while its tables grow; so it must not fit small ones only."""
    plan = await explained(await analyzed(postgres, 3), statement, READS[statement], SETTINGS)
    assert "Seq Scan" not in plan, plan
    assert "Index" in plan


async def test_without_the_connections_settings_small_tables_are_scanned(postgres: Any) -> None:
    assert "Seq Scan" in await explained(await analyzed(postgres, 3), "load", READS["load"], {"jit": "off"})


async def test_no_call_ever_reads_a_table_from_end_to_end(postgres: Any) -> None:
    dsn = await log_database(postgres)
    before = await scans(dsn)
    log = await PostgresLog.open({"main": dsn}, writer=True)
    await filled(log)
    await log.load([WANTED])
    await log.load_days([WANTED_DAYS])
    await log.read(3, 10, limit=5)
    await log.stream(3, TENANT, "appointment/apt_1")
    await log.keys(3, [(TENANT, "cus_1")])
    await log.due_timers(PARTS, now(), 5)
    await log.close()
    assert await scans(dsn) == before


async def test_a_scan_would_be_counted(postgres: Any) -> None:
    dsn = await log_database(postgres)
    before = await scans(dsn)
    connection = await asyncpg.connect(dsn)
    await connection.fetch("select * from booking.events where state = ''")
    await connection.close()
    assert (await scans(dsn))["events"] == before["events"] + 1


async def test_a_page_reads_no_further_than_its_end(postgres: Any) -> None:
    dsn = await analyzed(postgres, 600)
    plan = await explained(dsn, "read", (3, 10, 12, 1000, TENANT), SETTINGS)
    assert "rows=2 " in plan
    assert "Rows Removed" not in plan, plan


# --- rights -----------------------------------------------------------------------------------------------------------


async def as_role(dsn: str, role: str, statement: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"set role {role}")
        return await connection.fetch(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("table", ["events", "heads", "keys", "eras"])
async def test_readers_may_read_the_published_tables(postgres: Any, table: str) -> None:
    await as_role(await log_database(postgres), "log_reader", f"select * from booking.{table}")


@pytest.mark.parametrize(
    "statement",
    [
        "select * from booking.inbox",
        "select * from booking.diary",
        "select * from booking.look_ups",
        "select * from booking.books",
        "update booking.heads set owner = 'me'",
        "delete from booking.events",
        "delete from booking.keys",
        "select * from booking.take_over('{0}', 'me', now())",
    ],
)
async def test_readers_may_do_nothing_else(postgres: Any, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_role(await log_database(postgres), "log_reader", statement)


async def test_the_owner_may_do_all_that_the_log_does(postgres: Any) -> None:
    dsn = await log_database(postgres)
    await as_role(dsn, "booking", "select booking.new_start(1), (select count(*) from booking.inbox)")
    rows = await as_role(dsn, "booking", "select * from booking.take_over('{0}', 'me', clock_timestamp())")
    assert rows[0]["owner"] == "me"


async def test_nothing_is_written_through_a_readers_connections(postgres: Any) -> None:
    dsn = await log_database(postgres)
    writer, reader = [await PostgresLog.open({"main": dsn}, writer=writer) for writer in (True, False)]
    head = (await take(writer, 3))[3]
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await reader.append([change(head, rows=[event(1)])], now())
    await writer.append([change(head, rows=[event(1)])], now())
    assert [page.pos for page in await reader.read(3, 0)] == [1]
    await writer.close()
    await reader.close()


async def test_a_database_that_does_not_answer_is_an_error_at_once(postgres: Any) -> None:
    with pytest.raises((OSError, asyncpg.PostgresError)):
        await PostgresLog.open({"main": postgres.dsn("no_such_database")}, writer=True)
