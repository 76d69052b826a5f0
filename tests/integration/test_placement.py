"""Placing partitions on two databases and moving one while its owner writes (D13)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from eventlog import placement
from eventlog.log import BookRow, InboxKey, KeyRow, LookUp, NotPlaced, Timer, Wanted, WantedDays
from eventlog.placement import Misplaced, list_placements, move, place
from eventlog.postgres import PostgresLog
from logs import TENANT, answer, change, event, interval, log_database, now, take

DAY = 20_500
PART = 3


@dataclass
class Two:
    """Two databases: partitions 0 to 5 in `west`, 6 to 11 in `east`, and a log over both."""

    databases: dict[str, str]
    log: PostgresLog

    async def homes(self, part: int) -> list[tuple[str, str | None]]:
        """Where the partition has head rows, and where each says that it went."""
        found = await list_placements(self.databases)
        return [(row.database, row.moved_to) for row in found if row.part == part]


@pytest.fixture
async def two(postgres: Any) -> AsyncIterator[Two]:
    databases = {name: await log_database(postgres, parts=()) for name in ("west", "east")}
    for part in range(12):
        await place(databases, part, "west" if part < 6 else "east")
    log = await PostgresLog.open(databases, writer=True)
    yield Two(databases, log)
    await log.close()


async def written(two: Two) -> None:
    """Something of every kind in the partition."""
    head = (await take(two.log, PART))[PART]
    everything = change(
        head,
        events=3,
        offset=7,
        published=2,
        inbox=[answer("c1")],
        diary=[interval("appointment/apt_1", DAY)],
        timers=[Timer(TENANT, "appointment/apt_1", "expiry", now())],
        look_ups=[LookUp(TENANT, "e", "cus_1")],
        keys=[KeyRow(TENANT, "", 1, b"key")],
        books=[BookRow(TENANT, 1, b"book")],
    )
    assert await two.log.append([everything], now()) == set()


async def contents(log: PostgresLog) -> list[Any]:
    wanted = Wanted(
        part=PART,
        tenants={TENANT},
        streams={(TENANT, "appointment/apt_2")},
        inbox={InboxKey(TENANT, "web", "c1")},
        look_ups={(TENANT, "e")},
    )
    days = WantedDays(part=PART, days={(TENANT, "ann", DAY)})
    timers = await log.due_timers([PART], now(), 9)
    return [await log.read(PART, 0), await log.load([wanted]), await log.load_days([days]), timers]


async def test_placing_again_where_it_is_changes_nothing(two: Two) -> None:
    await written(two)
    again = await place(two.databases, PART, "west")
    assert (again.database, again.position, again.moved_to) == ("west", 3, None)


async def test_a_placed_partition_is_not_placed_a_second_time_elsewhere(two: Two) -> None:
    with pytest.raises(Misplaced):
        await place(two.databases, PART, "east")
    assert await two.homes(PART) == [("west", None)]


async def test_a_database_must_have_a_name(two: Two) -> None:
    with pytest.raises(Misplaced):
        await place(two.databases, 99, "north")
    with pytest.raises(Misplaced):
        await move(two.databases, PART, "north")


async def test_a_partition_that_was_never_placed_cannot_move(two: Two) -> None:
    with pytest.raises(NotPlaced):
        await move(two.databases, 99, "east")


async def test_one_append_reaches_the_partitions_of_both_databases(two: Two) -> None:
    heads = await take(two.log, 0, 11)
    assert await two.log.append([change(heads[part], events=1) for part in (0, 11)], now()) == set()
    assert [(await two.log.heads())[part].position for part in (0, 11)] == [1, 1]
    one = await PostgresLog.open({"east": two.databases["east"]}, writer=False)
    assert set(await one.heads()) == set(range(6, 12))
    with pytest.raises(NotPlaced):
        await one.read(0, 0)
    await one.close()


async def test_starts_rise_over_databases_that_a_predecessor_did_not_know(two: Two) -> None:
    west = await PostgresLog.open({"west": two.databases["west"]}, writer=True)
    before = [await west.new_owner("a") for _ in range(5)][-1]
    await west.close()
    assert (await two.log.new_owner("a")).start > before.start


async def test_a_move_takes_everything_along(two: Two) -> None:
    await written(two)
    before, head = await contents(two.log), (await two.log.heads())[PART]
    moved = await move(two.databases, PART, "east")
    assert (moved.database, moved.position, moved.owner) == ("east", 3, None)
    assert await place(two.databases, PART, "east") == moved
    assert await contents(two.log) == before
    after = (await two.log.heads())[PART]
    assert (after.position, after.offset, after.published, after.era) == (3, 7, 2, head.era)
    assert after.decided_at == head.decided_at
    assert after.epoch > head.epoch


async def test_a_move_fences_the_owner_who_then_takes_over_at_the_new_place(two: Two) -> None:
    await written(two)
    old = (await take(two.log, PART))[PART]
    await move(two.databases, PART, "east")
    assert await two.log.append([change(old, events=1)], now()) == {PART}
    new = (await take(two.log, PART))[PART]
    assert await two.log.append([change(new, rows=[event(4)])], now()) == set()
    assert [page.pos for page in await two.log.read(PART, 0)] == [1, 2, 3, 4]


async def test_a_reader_follows_a_partition_that_moved(two: Two) -> None:
    await written(two)
    reader = await PostgresLog.open(two.databases, writer=False)
    assert len(await reader.read(PART, 0)) == 3
    await move(two.databases, PART, "east")
    await two.log.append([change((await take(two.log, PART))[PART], rows=[event(4)])], now())
    assert [page.pos for page in await reader.read(PART, 3)] == [4]
    await reader.close()


async def test_a_finished_move_does_nothing_when_repeated(two: Two) -> None:
    await written(two)
    first = await move(two.databases, PART, "east")
    await two.log.append([change((await take(two.log, PART))[PART], rows=[event(4)])], now())
    again = await move(two.databases, PART, "east")
    assert (again.epoch, again.position) == (first.epoch + 1, 4)
    assert await place(two.databases, PART, "east") == again
    assert await two.homes(PART) == [("east", None), ("west", "east")]


class Crash(Exception):
    """The mover dies here."""


@pytest.mark.parametrize("step", ["_copy", "_forget", "_copy_table", "_carried"])
async def test_a_move_that_died_goes_on_when_called_again(two: Two, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await written(two)
    before = await contents(two.log)

    def die(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(placement, step, die)
        with pytest.raises(Crash):
            await move(two.databases, PART, "east")
    assert await two.homes(PART) == [("west", "east")]
    assert await take(two.log, PART) == {}
    with pytest.raises(Misplaced):
        await place(two.databases, PART, "west")
    await move(two.databases, PART, "east")
    assert await contents(two.log) == before
    assert await two.homes(PART) == [("east", None), ("west", "east")]


async def test_a_begun_move_goes_on_to_where_it_was_going(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(placement, "_copy", die)
        with pytest.raises(Crash):
            await move(two.databases, PART, "east")
    with pytest.raises(Misplaced):
        await move(two.databases, PART, "west")


async def test_a_partition_moves_back_over_what_it_left_behind(two: Two) -> None:
    await written(two)
    await move(two.databases, PART, "east")
    await two.log.append([change((await take(two.log, PART))[PART], rows=[event(4)])], now())
    before = await contents(two.log)
    await move(two.databases, PART, "west")
    assert await contents(two.log) == before
    assert await two.homes(PART) == [("west", None), ("east", "west")]


async def test_a_table_larger_than_what_is_kept_in_memory_is_copied_whole(two: Two) -> None:
    head = (await take(two.log, PART))[PART]
    rows = [event(n)._replace(state=bytes(5000)) for n in range(1, 2001)]
    await two.log.append([change(head, rows=rows)], now())
    await move(two.databases, PART, "east")
    assert [page.pos for page in await two.log.read(PART, 0, limit=5000)] == list(range(1, 2001))


async def test_a_partition_open_in_two_databases_is_refused(two: Two) -> None:
    connection = await asyncpg.connect(two.databases["east"])
    await connection.execute("insert into booking.heads (part) values ($1)", PART)
    await connection.close()
    with pytest.raises(NotPlaced):
        await two.log.heads()


async def test_every_table_of_a_partition_is_moved(two: Two) -> None:
    connection = await asyncpg.connect(two.databases["west"])
    rows = await connection.fetch(
        "select table_name from information_schema.columns where table_schema = 'booking' and column_name = 'part'"
    )
    await connection.close()
    assert {row["table_name"] for row in rows} == {"heads", *placement.TABLES}
