"""The diary as a fold of the log: which rows there must be, compared with those there are, and remade from nothing.

The rows are kept in every append, so they should never differ; `verify` shows it and `rebuild diary` repairs it.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, NamedTuple

import asyncpg

from contracts.appointment import Kept
from contracts.record import Record, decode
from contracts.session import KeptSession
from eventlog.log import DiaryRow, LogReader
from eventlog.placement import list_placements
from eventlog.statements import statements
from scheduling.diary import Busy
from scheduling.occupancy import FOLDS, busy_intervals

SQL = statements("eventlog", "diary.sql")
DAY = 1440
PAGE = 2_000


class Difference(NamedTuple):
    """Of one partition: rows that the log's fold has and the table lacks, and the other way round."""

    part: int
    missing: list[DiaryRow]
    surplus: list[DiaryRow]


def diary_rows(tenant: str, busy: Busy) -> list[DiaryRow]:
    """The interval under every UTC day that it touches, buffers included."""
    return [
        DiaryRow(
            tenant, busy.resource_id, day, busy.stream, busy.start, busy.end, busy.busy_start, busy.busy_end,
            busy.kind, busy.expires_at, busy.owner, busy.event_id,
        )
        for day in range(busy.busy_start // DAY, (busy.busy_end - 1) // DAY + 1)
    ]  # fmt: skip


class Diaries:
    """Folds a partition's records into the rows that its diary must have."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Kept | KeptSession] = {}

    def feed(self, record: Record) -> None:
        if fold := FOLDS.get(record.stream.partition("/")[0]):
            key = record.tenant, record.stream
            if (after := fold(self._kept.get(key), record)) is not None:
                self._kept[key] = after

    def rows(self) -> set[DiaryRow]:
        return {
            row
            for (tenant, stream), kept in self._kept.items()
            for busy in busy_intervals(kept, stream)
            for row in diary_rows(tenant, busy)
        }


async def compare(databases: Mapping[str, str], part: int, expected: Iterable[DiaryRow]) -> Difference:
    """What the table of a partition has otherwise than `expected`."""
    connection = await asyncpg.connect(await _home(databases, part), timeout=10)
    try:
        there = {DiaryRow(*row) for row in await connection.fetch(SQL["rows"], part)}
    finally:
        await connection.close()
    wanted = set(expected)
    return Difference(part, sorted(wanted - there, key=_order), sorted(there - wanted, key=_order))


async def remake(databases: Mapping[str, str], log: LogReader, part: int) -> int:
    """Writes the diary of a partition anew from its events, its owner fenced meanwhile; how many rows it has."""
    connection = await asyncpg.connect(await _home(databases, part), timeout=10)
    try:
        async with connection.transaction():
            position = await connection.fetchval(SQL["hold_head"], part)
            diaries = Diaries()
            async for record in records(log, part, position):
                diaries.feed(record)
            await connection.execute(SQL["clear"], part)
            rows = [(part, *row) for row in diaries.rows()]
            await connection.copy_records_to_table("diary", schema_name="booking", records=rows)
            return len(rows)
    finally:
        await connection.close()


async def records(log: LogReader, part: int, upto: int, after: int = 0) -> AsyncIterator[Record]:
    """Every record of `(after, upto]`, page by page."""
    while pages := await log.read(part, after, upto=upto, limit=PAGE):
        for page in pages:
            yield decode(page.state)
        after = pages[-1].pos


async def _home(databases: Mapping[str, str], part: int) -> str:
    places = await list_placements(databases)
    return databases[next(place.database for place in places if place.part == part and place.moved_to is None)]


def _order(row: DiaryRow) -> tuple[Any, ...]:
    return row.tenant, row.resource_id, row.day, row.start
