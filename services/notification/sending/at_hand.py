"""What a wave of due rows is made from, read at once: the streams as they are at the log's head, books, keys."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from contracts import record as records
from contracts.record import Record
from eventlog.log import LogReader
from eventlog.statements import statements
from eventlog.vault import TENANT, Vault, sealed_subjects
from notification.rows import Row
from projections.model import Connection, Pool
from scheduling import book as books
from scheduling.book import Book

SQL = statements("notification", "store.sql")

Key = tuple[str, str]
"""(tenant, stream)."""


class AtHand:
    """What was read for one wave."""

    def __init__(self, log: LogReader, vault: Vault, shelf: "Shelf") -> None:
        self._log, self._vault, self._shelf = log, vault, shelf
        self.streams: dict[Key, Sequence[Record]] = {}
        self.books: Mapping[str, Book] = {}

    async def read(self, connection: Connection | Pool, rows: Sequence[Row]) -> None:
        """The appointments' streams, and the tenants' books."""
        await self.read_streams((row.part, (row.tenant, f"appointment/{row.appointment_id}")) for row in rows)
        self.books = await self._shelf.books(connection, {row.tenant for row in rows})

    async def read_streams(self, wanted: Iterable[tuple[int, Key]]) -> None:
        by_part: defaultdict[int, set[Key]] = defaultdict(set)
        for part, key in wanted:
            if key not in self.streams:
                by_part[part].add(key)
        for part, keys in by_part.items():
            for key, pages in (await self._log.streams(part, keys)).items():
                self.streams[key] = [records.decode(page.state) for page in pages]

    async def read_keys(self, part: int, tenant: str, values: Iterable[Any]) -> None:
        """Those that these sealed values need and the vault does not have."""
        subjects = set().union(*(sealed_subjects(msgspec.to_builtins(value)) for value in values))
        missing = {subject for subject in {*subjects, TENANT} if not self._vault.knows(tenant, subject)}
        if missing:
            self._vault.learn(part, await self._log.keys(part, [(tenant, subject) for subject in missing]))

    def stream(self, tenant: str, stream: str) -> Sequence[Record]:
        return self.streams.get((tenant, stream), ())

    def book(self, tenant: str) -> Book:
        return self.books.get(tenant) or Book.empty(tenant)


class Shelf:
    """Books as they were planned with; those that have not changed are not decoded again."""

    MOST = 500

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, Book]] = {}

    async def books(self, connection: Connection | Pool, tenants: set[str]) -> Mapping[str, Book]:
        if len(self._kept) > self.MOST:
            self._kept.clear()
        asked = list(tenants)
        known = [self._kept[one][0] if one in self._kept else -1 for one in asked]
        for tenant, pos, state in await connection.fetch(SQL["other_books"], asked, known):
            self._kept[tenant] = pos, books.decode(state)
        return {one: self._kept[one][1] for one in asked if one in self._kept}
