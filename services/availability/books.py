"""Books: each tenant's supply, folded from its supply events up to a position, and kept for the next question.

The book kept is asked for what is newer, which is mostly nothing; an older position is folded from the beginning.
"""

from collections import OrderedDict
from typing import NamedTuple, TypeVar

from contracts.record import decode
from eventlog.statements import statements
from projections.model import Pool
from scheduling.book import Book, evolve

SQL = statements("availability", "books.sql")

CAPACITY = 500

K = TypeVar("K")
V = TypeVar("V")


class _Kept(NamedTuple):
    """`pos` is the last supply event folded, `asked` how far the question went."""

    era: int
    pos: int
    asked: int
    book: Book


class Books:
    """At most `capacity` tenants' books at their newest, and as many at older positions."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._newest: OrderedDict[str, _Kept] = OrderedDict()
        self._older: OrderedDict[tuple[str, int, int], Book] = OrderedDict()

    async def book(self, pool: Pool, generation: int, era: int, tenant: str, pos: int) -> Book:
        """The tenant's book at a position."""
        kept = self._newest.get(tenant)
        if kept is None or kept.era != era:
            kept = _Kept(era, 0, 0, Book.empty(tenant))
        if pos < kept.pos:
            return await self._book_then(pool, generation, era, tenant, pos)
        if pos > kept.asked:
            kept = await _folded(pool, generation, tenant, kept, pos)
            self._put(self._newest, tenant, kept)
        return kept.book

    async def _book_then(self, pool: Pool, generation: int, era: int, tenant: str, pos: int) -> Book:
        key = tenant, era, pos
        if (book := self._older.get(key)) is None:
            kept = await _folded(pool, generation, tenant, _Kept(era, 0, 0, Book.empty(tenant)), pos)
            book = kept.book
            self._put(self._older, key, book)
        return book

    def _put(self, mapping: "OrderedDict[K, V]", key: K, value: V) -> None:
        mapping[key] = value
        mapping.move_to_end(key)
        if len(mapping) > self._capacity:
            mapping.popitem(last=False)


async def _folded(pool: Pool, generation: int, tenant: str, kept: _Kept, upto: int) -> _Kept:
    pos, book = kept.pos, kept.book
    for row in await pool.fetch(SQL["supply_between"], generation, tenant, kept.asked, upto):
        pos, book = row["pos"], evolve(book, decode(row["record"]))
    return _Kept(kept.era, pos, upto, book)
