"""The tenant's events in order, as the bodies that webhooks get: the pull side of delivery, with the same ids."""

from collections.abc import Sequence
from typing import Any

import msgspec

from availability.kept import decode_kept
from availability.moment import Moment
from availability.sources import Sources
from contracts import record as records
from contracts.appointment import Kept, appointment_id
from contracts.public_events import bodies, public_types, webhook_id
from contracts.record import Record
from eventlog.statements import statements

SQL = statements("availability", "questions/events.sql")

READ = 1000


async def page(
    sources: Sources, at: Moment, after: int, types: Sequence[str], limit: int
) -> tuple[list[dict[str, Any]], int]:
    """At least `limit` bodies if there are so many, all of each event's; and the position they reach to."""
    items: list[dict[str, Any]] = []
    while len(items) < limit:
        rows = await sources.log.read(at.part, after, upto=at.pos, limit=READ, tenant=at.tenant)
        if not rows:
            return items, at.pos
        found = [records.decode(row.state) for row in rows]
        kept = await _kept(sources, at, [one for one in found if public_types(one.event)])
        for record in found:
            items += _items(record, kept, types)
            after = record.pos
            if len(items) >= limit:
                break
    return items, after


def _items(record: Record, kept: dict[tuple[str, int], Kept], types: Sequence[str]) -> list[dict[str, Any]]:
    after = kept.get((record.stream, record.version))
    before = kept.get((record.stream, record.version - 1))
    return [
        {"id": webhook_id(body.event_id, body.type), **msgspec.to_builtins(body)}
        for body in bodies(before, after, record)
        if not types or matches(body.type, types)
    ]


def matches(name: str, types: Sequence[str]) -> bool:
    """A type is named whole, or by its beginning: `appointment.*`; `*` is every type."""
    return any(name == one or (one.endswith("*") and name.startswith(one[:-1])) for one in types)


async def _kept(sources: Sources, at: Moment, found: Sequence[Record]) -> dict[tuple[str, int], Kept]:
    """The appointments before and after these events, by stream and version."""
    if not found:
        return {}
    ids = [appointment_id(record.stream) for record in found]
    rows = await sources.pool.fetch(
        SQL["versions"], at.generation, at.tenant, ids, [record.version for record in found]
    )
    return {(f"appointment/{row['id']}", row["version"]): decode_kept(row["kept"]) for row in rows}
