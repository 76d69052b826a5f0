"""The read model `availability` in PostgreSQL: loads what a fold continues, writes what it drew, hashes what stands."""

from collections.abc import Mapping, Sequence
from typing import Any

from availability.fold import Closed, Drawn, Fold, decode_kept
from contracts.appointment import appointment_id
from contracts.record import Record
from eventlog.statements import statements
from projections.model import Connection

SQL = statements("availability", "store.sql")

CAPACITY = 20_000
"""Appointments that a partition's fold keeps in memory between batches."""

TABLES = ("moments", "supply", "customers", "appointments", "diary")

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


class DiaryModel:
    """The read model as the projector knows it."""

    name = "availability"
    tables = TABLES

    def fold(self, part: int) -> "StoredFold":
        return StoredFold(part)

    async def rewind(self, connection: Connection, generation: int, part: int, pos: int) -> None:
        await connection.execute(SQL["rewind"], generation, part, pos)

    async def hashes(self, connection: Connection, generation: int, part: int, pos: int) -> Mapping[str, str]:
        rows = await connection.fetch(SQL["hashes"], generation, part, pos)
        return {row["thing"]: row["hash"] for row in rows}


class StoredFold:
    """A partition's fold with the database behind it."""

    def __init__(self, part: int) -> None:
        self._fold = Fold(part)

    async def load(self, connection: Connection, generation: int, records: Sequence[Record]) -> None:
        self._fold.keep_at_most(CAPACITY)
        if not (unknown := self._fold.unknown(records)):
            return
        tenants = [tenant for tenant, _ in unknown]
        ids = [appointment_id(stream) for _, stream in unknown]
        for row in await connection.fetch(SQL["known"], generation, tenants, ids):
            self._fold.know((row["tenant"], f"appointment/{row['id']}"), decode_kept(row["kept"]))

    def add(self, record: Record) -> None:
        self._fold.add(record)

    async def write(self, connection: Connection, generation: int) -> None:
        drawn = self._fold.take()
        await _close(connection, "close_appointments", generation, drawn.closed_appointments)
        await _close(connection, "close_diary", generation, drawn.closed_diary)
        await _add(connection, "add_appointments", generation, drawn.appointments)
        await _add(connection, "add_diary", generation, drawn.diary)
        await _add(connection, "add_supply", generation, drawn.supply)
        await _add(connection, "add_customers", generation, drawn.customers)
        await _add(connection, "add_moments", generation, list(drawn.moments.values()))

    async def copy(self, connection: Connection, generation: int, *, last: bool) -> None:
        drawn = self._fold.take(but_open=not last)
        for table, columns, rows in _bulk(drawn):
            if rows:
                await connection.copy_records_to_table(
                    f"{table}_g{generation}",
                    columns=("generation", *columns),
                    records=[(generation, *row) for row in rows],
                )


def _bulk(drawn: Drawn) -> list[tuple[str, tuple[str, ...], list[list[Any]]]]:
    return [
        ("moments", _MOMENTS, list(drawn.moments.values())),
        ("supply", _SUPPLY, drawn.supply),
        ("customers", _CUSTOMERS, drawn.customers),
        ("appointments", _APPOINTMENTS, drawn.appointments),
        ("diary", _DIARY, drawn.diary),
    ]


async def _close(connection: Connection, statement: str, generation: int, closed: Sequence[Closed]) -> None:
    if closed:
        columns = zip(*((*one.key, one.pos) for one in closed), strict=True)
        await connection.execute(SQL[statement], generation, *map(list, columns))


async def _add(connection: Connection, statement: str, generation: int, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        await connection.execute(SQL[statement], [(generation, *row) for row in rows])
