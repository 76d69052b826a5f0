"""What is planned, in PostgreSQL: the fold of a partition loads what its records continue, and writes what they plan.

Appointments are not copied: what went before is read from the log, which holds nothing personal in clear. Only books
are kept, as snapshots, since a tenant's supply is not one stream.
"""

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from contracts import record as records
from contracts.events import CustomerErased
from contracts.record import Record
from eventlog.log import LogReader
from eventlog.statements import statements
from notification import erasing
from notification.life import Life, live, lived
from notification.metrics import PLANNED_ROWS
from notification.planning import Plan, endings_of, plan
from projections.model import Connection
from scheduling import book as books
from scheduling.book import SUPPLY, Book

SQL = statements("notification", "store.sql")

LIVES, BOOKS = 20_000, 500
"""Appointments and tenants that a partition's fold keeps in memory between batches."""

Key = tuple[str, str]
"""(tenant, stream)."""
K = TypeVar("K")
V = TypeVar("V")


class Beginning(NamedTuple):
    """Up to `pos` is history, first seen at `seen_at`."""

    pos: int
    seen_at: datetime | None


class NotificationModel:
    """What is planned, as the projector knows it. It is never rebuilt: what was sent cannot be made anew."""

    name = "notification"
    tables = ()

    def __init__(self, log: LogReader, hold_notice: timedelta = timedelta(0)) -> None:
        self._log, self._hold_notice = log, hold_notice

    def fold(self, part: int) -> "Planner":
        return Planner(part, self._log, self._hold_notice)

    async def rewind(self, connection: Connection, generation: int, part: int, pos: int) -> None:
        await connection.execute(SQL["rewind"], part, pos)

    async def settle(self, connection: Connection, generation: int) -> None:
        """Nothing is loaded in bulk."""

    async def hashes(self, connection: Connection, generation: int, upto: Mapping[int, int]) -> Mapping[str, str]:
        return {}


class Planner:
    """One partition's fold."""

    def __init__(self, part: int, log: LogReader, hold_notice: timedelta) -> None:
        self._part, self._log, self._hold_notice = part, log, hold_notice
        self._beginning: Beginning | None = None
        self._lives: OrderedDict[Key, Life] = OrderedDict()
        self._books: OrderedDict[str, Book] = OrderedDict()
        self._changed: dict[str, int] = {}
        self._plans: list[Plan] = []
        self._erased: list[Record] = []

    # --- what records continue --------------------------------------------------------------------------------

    async def load(self, connection: Connection, generation: int, records: Sequence[Record]) -> None:
        if self._beginning is None:
            row = await connection.fetchrow(SQL["beginning"], self._part)
            self._beginning = Beginning(*row) if row else Beginning(0, None)
        _trim(self._lives, LIVES)
        _trim(self._books, BOOKS)
        await self._load_books(connection, {one.tenant for one in records} - self._books.keys())
        await self.recall(self._log, records)

    async def _load_books(self, connection: Connection, tenants: set[str]) -> None:
        if not tenants:
            return
        self._books |= {tenant: Book.empty(tenant) for tenant in tenants}
        for row in await connection.fetch(SQL["books"], list(tenants)):
            self._books[row["tenant"]] = books.decode(row["state"])

    async def recall(self, log: LogReader, found: Sequence[Record]) -> None:
        """The lives that these records continue, from the log, as they were before."""
        first: dict[Key, int] = {}
        for one in found:
            if one.stream.startswith("appointment/"):
                first.setdefault((one.tenant, one.stream), one.version)
        unknown = {key for key, version in first.items() if version > 1} - self._lives.keys()
        if not unknown:
            return
        for key, pages in (await log.streams(self._part, unknown)).items():
            life = lived((records.decode(page.state) for page in pages), upto=first[key] - 1)
            if life is not None:
                self._lives[key] = life

    # --- folding ----------------------------------------------------------------------------------------------

    def add(self, record: Record) -> None:
        if record.type in SUPPLY:
            self._books[record.tenant] = books.evolve(self._books[record.tenant], record)
            self._changed[record.tenant] = record.pos
        elif record.stream.startswith("appointment/"):
            self._appointment(record)
        elif isinstance(record.event, CustomerErased):
            self._erased.append(record)

    def _appointment(self, record: Record) -> None:
        key = record.tenant, record.stream
        before = self._lives.pop(key, None)
        after = live(before, record)
        if after is None:
            return
        self._lives[key] = after
        book = self._books[record.tenant]
        made = plan(before, record, after, book, history=self._history(record), hold_notice=self._hold_notice)
        if made.rows or made.endings:
            self._plans.append(made)

    def _history(self, record: Record) -> datetime | None:
        assert self._beginning is not None
        return self._beginning.seen_at if record.pos <= self._beginning.pos else None

    # --- writing ----------------------------------------------------------------------------------------------

    async def write(self, connection: Connection, generation: int) -> None:
        plans, self._plans = self._plans, []
        changed, self._changed = self._changed, {}
        erased, self._erased = self._erased, []
        if rows := [row for made in plans for row in made.rows]:
            await connection.execute(SQL["add"], rows)
            for labels, count in Counter((row.kind, row.channel, row.status) for row in rows).items():
                PLANNED_ROWS.labels(*labels).inc(count)
        if endings := endings_of(plans):
            await connection.execute(SQL["end"], *map(list, zip(*endings, strict=True)))
        await erasing.erase(connection, erased)
        if changed:
            kept = [(tenant, self._part, pos, books.encode(self._books[tenant])) for tenant, pos in changed.items()]
            await connection.execute(SQL["put_books"], kept)

    async def copy(self, connection: Connection, generation: int, *, last: bool) -> None:
        await self.write(connection, generation)


def _trim(kept: "OrderedDict[K, V]", most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
