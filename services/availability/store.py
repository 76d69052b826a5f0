"""The read model `availability` in PostgreSQL: loads what a fold continues, writes what it drew, hashes what stands."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from availability.entries import ENTRIES, decode_entry
from availability.fold import Closed, Drawn, Fold, Key, stream_of
from availability.kept import decode_kept
from contracts.appointment import appointment_id
from contracts.events import CustomerErased
from contracts.record import Record, decode
from eventlog.log import LogReader
from eventlog.statements import statements
from projections.model import Connection

SQL = statements("availability", "store.sql")

Erased = Callable[[str, str], None]

CAPACITY = 20_000
"""Streams that a partition's fold keeps in memory between batches."""
LOADING = 20_000
"""The same while a generation is loaded; about 100 MB."""

TABLES = ("moments", "supply", "customers", "appointments", "diary", "endings", "entries")

_MOMENTS = ("part", "decided_at", "pos", "tzdata")
_SUPPLY = ("part", "tenant", "pos", "record")
_CUSTOMERS = ("part", "tenant", "id", "from_pos", "record")
_APPOINTMENTS = (
    "part", "tenant", "id", "version", "from_pos", "to_pos", "status", "deadline", "starts", "ends", "created",
    "service_id", "location_id", "customer_id", "resource_ids", "kept",
)  # fmt: skip
_DIARY = (
    "part", "tenant", "resource_id", "day", "stream", "starts", "ends", "busy_start", "busy_end", "kind", "expires_at",
    "owner", "event_id", "from_pos", "to_pos",
)  # fmt: skip
_ENTRIES = (
    "part", "tenant", "stream", "version", "from_pos", "to_pos", "status", "deadline", "place", "service_id",
    "customer_id", "kept",
)  # fmt: skip
_ENDINGS = ("part", "tenant", "stream", "resource_id", "day", "pos")


class DiaryModel:
    """The read model as the projector knows it. `erased` is told the tenant and subject of whoever is erased."""

    name = "availability"
    tables = TABLES

    def __init__(self, erased: Erased = lambda tenant, subject: None) -> None:
        self._erased = erased

    def fold(self, part: int) -> "StoredFold":
        return StoredFold(part, self._erased)

    async def rewind(self, connection: Connection, generation: int, part: int, pos: int) -> None:
        await connection.execute(SQL["rewind"], generation, part, pos)

    async def settle(self, connection: Connection, generation: int) -> None:
        for statement in ("end_appointments", "end_entries", "end_diary", "forget_endings"):
            await connection.execute(SQL[statement], generation)

    async def hashes(self, connection: Connection, generation: int, upto: Mapping[int, int]) -> Mapping[str, str]:
        rows = await connection.fetch(SQL["hashes"], generation, list(upto), list(upto.values()))
        return {row["thing"]: row["hash"] for row in rows}


class StoredFold:
    """A partition's fold with the database behind it."""

    def __init__(self, part: int, erased: Erased) -> None:
        self._fold, self._erased = Fold(part), erased

    async def load(self, connection: Connection, generation: int, records: Sequence[Record]) -> None:
        self._fold.keep_at_most(CAPACITY)
        unknown = self._fold.unknown(records)
        if entries := {key for key in unknown if key[1].startswith(ENTRIES)}:
            await self._load_entries(connection, generation, entries)
        if not (unknown := unknown - entries):
            return
        tenants = [tenant for tenant, _ in unknown]
        ids = [appointment_id(stream) for _, stream in unknown]
        for row in await connection.fetch(SQL["known"], generation, tenants, ids):
            self._fold.know((row["tenant"], f"appointment/{row['id']}"), decode_kept(row["kept"]))

    async def _load_entries(self, connection: Connection, generation: int, keys: set[Key]) -> None:
        columns = zip(*keys, strict=True)
        for row in await connection.fetch(SQL["known_entries"], generation, *map(list, columns)):
            self._fold.know((row["tenant"], row["stream"]), decode_entry(row["stream"], row["kept"]))

    async def recall(self, log: LogReader, records: Sequence[Record]) -> None:
        self._fold.keep_at_most(LOADING)
        for tenant, stream in self._fold.unknown(records):
            earlier = [decode(row.state) for row in await log.stream(self._fold.part, tenant, stream)]
            self._fold.recall([one for one in earlier if one.pos < records[0].pos])

    def add(self, record: Record) -> None:
        self._fold.add(record)
        if isinstance(record.event, CustomerErased):
            self._erased(record.tenant, record.stream)

    async def write(self, connection: Connection, generation: int) -> None:
        drawn = self._fold.take()
        await _close(connection, "close_appointments", generation, drawn.closed_appointments)
        await _close(connection, "close_entries", generation, drawn.closed_entries)
        await _close(connection, "close_diary", generation, drawn.closed_diary)
        await _add(connection, "add_appointments", generation, drawn.appointments)
        await _add(connection, "add_entries", generation, drawn.entries)
        await _add(connection, "add_diary", generation, drawn.diary)
        await _add(connection, "add_supply", generation, drawn.supply)
        await _add(connection, "add_customers", generation, drawn.customers)
        await _add(connection, "add_moments", generation, drawn.moments)

    async def copy(self, connection: Connection, generation: int, *, last: bool) -> None:
        for table, columns, rows in _bulk(self._fold.part, self._fold.take(but_open=not last)):
            if rows:
                own = f"{table}_g{generation}"
                await connection.copy_records_to_table(own, columns=columns, records=rows)


def _bulk(part: int, drawn: Drawn) -> list[tuple[str, tuple[str, ...], Sequence[Any]]]:
    return [
        ("moments", _MOMENTS, drawn.moments),
        ("supply", _SUPPLY, drawn.supply),
        ("customers", _CUSTOMERS, drawn.customers),
        ("appointments", _APPOINTMENTS, drawn.appointments),
        ("entries", _ENTRIES, drawn.entries),
        ("diary", _DIARY, drawn.diary),
        ("endings", _ENDINGS, _endings(part, drawn)),
    ]


def _endings(part: int, drawn: Drawn) -> list[tuple[Any, ...]]:
    """Of rows that were written open: a bare table cannot be asked for them now."""
    ended = [(part, tenant, stream_of(id), None, None, pos) for (tenant, id), pos in drawn.closed_appointments]
    ended += [(part, tenant, stream, None, None, pos) for (tenant, stream), pos in drawn.closed_entries]
    cleared = [
        (part, tenant, stream, resource_id, day, pos) for (tenant, resource_id, day, stream), pos in drawn.closed_diary
    ]
    return ended + cleared


async def _close(connection: Connection, statement: str, generation: int, closed: Sequence[Closed]) -> None:
    if closed:
        columns = zip(*((*one.key, one.pos) for one in closed), strict=True)
        await connection.execute(SQL[statement], generation, *map(list, columns))


async def _add(connection: Connection, statement: str, generation: int, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        await connection.execute(SQL[statement], [(generation, *row) for row in rows])
