"""Replay: of a range of a tenant's log those are told who were not told when it happened, since an operator asks.

Rows that are there already stay as they are, so nobody is told twice; nor is anybody told of what lies so far back that
rows have been purged since.
"""

from datetime import timedelta

from contracts import record as records
from contracts.notifications import NotificationReplay
from contracts.record import Record
from eventlog.statements import statements
from kit.problems import Problem
from notification.life import Life, live
from notification.planning import plan
from notification.rows import Row
from notification.sources import Sources
from scheduling import book as books
from scheduling.book import SUPPLY, Book

SQL = statements("notification", "store.sql")

READ = 1000


async def replay(sources: Sources, wanted: NotificationReplay, hold_notice: timedelta) -> int:
    """How many rows were planned that were not there."""
    part = sources.part(wanted.tenant)
    first, last = position(wanted.from_, part, "from"), position(wanted.to, part, "to")
    telling = _Telling(wanted, first, hold_notice)
    at = planned = 0
    while rows := await sources.log.read(part, at, upto=last, limit=READ, tenant=wanted.tenant):
        found = [row for page in rows for row in telling.of(records.decode(page.state))]
        planned += await _add(sources, found) if found else 0
        at = rows[-1].pos
    return planned


async def _add(sources: Sources, found: list[Row]) -> int:
    """Not while rows are being purged: what has gone must be known to have gone."""
    now = sources.clock()
    rows = [row._replace(settled_at=now) if row.settled_at else row for row in found]
    async with sources.pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL["hold_purging"])
        added: int = await connection.fetchval(SQL["add_new"], rows)
        return added


class _Telling:
    """Folds a tenant's log from its beginning, and plans what lies in the range."""

    def __init__(self, wanted: NotificationReplay, first: int, hold_notice: timedelta) -> None:
        self._wanted, self._first, self._hold_notice = wanted, first, hold_notice
        self._book = Book.empty(wanted.tenant)
        self._lives: dict[str, Life] = {}

    def of(self, record: Record) -> list[Row]:
        if record.type in SUPPLY:
            self._book = books.evolve(self._book, record)
        if not record.stream.startswith("appointment/"):
            return []
        before = self._lives.get(record.stream)
        after = live(before, record)
        if after is None:
            return []
        self._lives[record.stream] = after
        if record.pos <= self._first:
            return []
        return plan(before, record, after, self._book, hold_notice=self._hold_notice, asked=self._wanted.imported).rows


def position(text: str, part: int, field: str) -> int:
    """The number in a position of this tenant's partition."""
    named, _, pos = text.partition(".")
    if not (named.isdecimal() and pos.isdecimal() and len(pos) < 19):
        raise Problem("invalid_query", f"{field} is a position as an answer gave it, such as {part}.1.", field=field)
    if int(named) != part:
        raise Problem("invalid_query", f"{field} is a position of another diary.", field=field)
    return int(pos)
