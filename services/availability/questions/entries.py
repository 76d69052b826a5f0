"""Sessions and waitlist entries as they are stored: one, and lists in order, page by page at one moment."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from availability.cursor import Cursor, foreign
from availability.entries import Entry, decode_entry
from availability.moment import Moment
from availability.sources import Sources
from contracts.record import Record
from eventlog.statements import statements

SQL = statements("availability", "questions/entries.sql")


class Wanted(NamedTuple):
    """A list's filters; None means any. `first` and `last` are places: `[first, last)`."""

    first: int | None = None
    last: int | None = None
    service_ids: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    customer_ids: Sequence[str] | None = None


async def one(sources: Sources, at: Moment, stream: str) -> Any:
    """The state of its fold as it was; None when there was none."""
    stored = await sources.pool.fetchval(SQL["one"], at.generation, at.tenant, stream, at.pos)
    return decode_entry(stream, stored) if stored is not None else None


async def listed(
    sources: Sources, at: Moment, kind: str, wanted: Wanted, *, limit: int, cursor: Cursor | None
) -> tuple[list[Any], Cursor | None]:
    """A page of the states of a kind, and where the next one goes on."""
    rows = await sources.pool.fetch(
        SQL["listed"], at.generation, at.tenant, kind, at.pos, at.now, *wanted, *_after(cursor), limit + 1
    )
    page = [decode_entry(row["stream"], row["kept"]) for row in rows[:limit]]
    if len(rows) <= limit:
        return page, None
    return page, Cursor.at(at, [str(rows[limit - 1]["place"]), rows[limit - 1]["stream"]])


def _after(cursor: Cursor | None) -> tuple[int | None, str | None]:
    if cursor is None:
        return None, None
    if len(cursor.where) != 2 or not cursor.where[0].isdecimal() or len(cursor.where[0]) > 18:
        raise foreign()
    return int(cursor.where[0]), cursor.where[1]


async def versions(sources: Sources, at: Moment, found: Sequence[Record]) -> dict[tuple[str, int], Entry]:
    """The states before and after these events, by stream and version."""
    if not found:
        return {}
    streams = [record.stream for record in found]
    rows = await sources.pool.fetch(
        SQL["versions"], at.generation, at.tenant, streams, [record.version for record in found]
    )
    return {(row["stream"], row["version"]): decode_entry(row["stream"], row["kept"]) for row in rows}
