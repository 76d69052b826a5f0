"""The tenant's events in order, as the bodies that webhooks get: the pull side of delivery, with the same ids."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from availability.entries import ENTRIES
from availability.kept import decode_kept
from availability.moment import Moment
from availability.questions import entries
from availability.sources import Sources
from contracts import record as records
from contracts.appointment import appointment_id
from contracts.public_events import PublicEvent, Seen, bodies, encode
from contracts.public_types import EVERYTHING, named, public_types, told_by
from contracts.record import Record
from eventlog.statements import statements

SQL = statements("availability", "questions/events.sql")

READ, READS = 1000, 20
"""Records read at once, and how often for one page: who asks for what seldom happens gets `more` with an empty page."""


class Told(NamedTuple):
    """A public event, and the last one of its stream that a reader of these types was told before."""

    event: PublicEvent
    previous_sequence: int | None


async def page(sources: Sources, at: Moment, after: int, types: Sequence[str], limit: int) -> tuple[list[Told], int]:
    """At least `limit` of them if there are so many within reach, all of each event's; and the position reached."""
    wanted = named(frozenset(types or [EVERYTHING]))
    found, reached = await _found(sources, at, after, wanted, limit)
    return _chained(found, await _told_before(sources, at, found, wanted)), reached


async def _found(
    sources: Sources, at: Moment, after: int, wanted: frozenset[str], limit: int
) -> tuple[list[PublicEvent], int]:
    found: list[PublicEvent] = []
    for _ in range(READS):
        rows = await sources.log.read(at.part, after, upto=at.pos, limit=READ, tenant=at.tenant)
        if not rows:
            return found, at.pos
        read = [records.decode(row.state) for row in rows]
        kept = await _kept(sources, at, [one for one in read if not wanted.isdisjoint(public_types(one.type))])
        for record in read:
            found += [one for one in _public(record, kept) if one.type in wanted]
            after = record.pos
            if len(found) >= limit:
                return found, after
    return found, after


def _public(record: Record, kept: Mapping[tuple[str, int], Seen]) -> list[PublicEvent]:
    before = kept.get((record.stream, record.version - 1))
    return bodies(record, before, kept.get((record.stream, record.version)))


async def _told_before(
    sources: Sources, at: Moment, found: Sequence[PublicEvent], wanted: frozenset[str]
) -> Mapping[str, int]:
    """What was told of each stream before the page: whoever asks by types has holes that are no losses."""
    first = {one.stream: one.sequence for one in reversed(found)}
    begun = {stream: sequence for stream, sequence in first.items() if sequence > 1}
    return await sources.log.last_before(at.part, at.tenant, begun, told_by(wanted)) if begun else {}


def _chained(found: Sequence[PublicEvent], before: Mapping[str, int]) -> list[Told]:
    last = dict(before)
    told = []
    for event in found:
        told.append(Told(event, last.get(event.stream)))
        last[event.stream] = event.sequence
    return told


def written(told: Told, clear: Mapping[str, Any]) -> msgspec.Raw:
    """An item of the feed: the very body that a webhook gets, and its id. `clear` are the members once sealed."""
    event = msgspec.structs.replace(told.event, **clear)
    body = encode(event, previous_sequence=told.previous_sequence)
    return msgspec.Raw(b'{"id":"%s",%s' % (event.webhook_id.encode(), body[1:]))


async def _kept(sources: Sources, at: Moment, found: Sequence[Record]) -> Mapping[tuple[str, int], Seen]:
    """What these events are about, before and after each, by stream and version."""
    booked = [record for record in found if not record.stream.startswith(ENTRIES)]
    others = await entries.versions(sources, at, [record for record in found if record.stream.startswith(ENTRIES)])
    return {**await _appointments(sources, at, booked), **others}


async def _appointments(sources: Sources, at: Moment, found: Sequence[Record]) -> dict[tuple[str, int], Seen]:
    if not found:
        return {}
    ids = [appointment_id(record.stream) for record in found]
    rows = await sources.pool.fetch(
        SQL["versions"], at.generation, at.tenant, ids, [record.version for record in found]
    )
    return {(f"appointment/{row['id']}", row["version"]): decode_kept(row["kept"]) for row in rows}
