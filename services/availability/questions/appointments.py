"""Appointments: one, its versions, and lists of them, as they were at the moment; what lapsed by then is expired."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from availability.cursor import Cursor, foreign
from availability.fold import stream_of
from availability.kept import decode_kept
from availability.moment import Moment
from availability.sources import Sources
from contracts import record as records
from contracts.appointment import Appointment, Kept
from eventlog.statements import statements
from kit.problems import Problem
from scheduling.advance import lapsed
from scheduling.occupancy import deadline

SQL = statements("availability", "questions/appointments.sql")


class Wanted(NamedTuple):
    """A list's filters; None means any."""

    first: int | None = None
    last: int | None = None
    resource_ids: Sequence[str] | None = None
    customer_ids: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    location_ids: Sequence[str] | None = None
    service_ids: Sequence[str] | None = None


async def one(sources: Sources, at: Moment, appointment_id: str) -> Kept:
    """The appointment as it was; `not_found` when there was none."""
    kept = await sources.pool.fetchval(SQL["one"], at.generation, at.tenant, appointment_id, at.pos)
    if kept is None:
        raise Problem("not_found", "There is no such appointment.")
    return as_seen(decode_kept(kept), at.now)


def as_seen(kept: Kept, now: datetime) -> Kept:
    """A hold or request whose time is over is expired, whether or not an event has said so yet (P7)."""
    seen = kept.appointment
    if not lapsed(seen.status, deadline(seen), now):
        return kept
    expired = msgspec.structs.replace(seen, status="expired", sub_status=None, hold=None)
    return msgspec.structs.replace(kept, appointment=expired)


async def held(sources: Sources, at: Moment, hold_id: str, owner: str | None) -> Kept:
    """A hold, by the id it keeps as an appointment; another owner may not see it while it is one."""
    kept = await one(sources, at, hold_id)
    if owner is not None and kept.owner is not None and kept.owner != owner:
        raise Problem("hold_not_owner", "This hold has another owner.")
    return kept


async def listed(
    sources: Sources, at: Moment, wanted: Wanted, *, sort: str, limit: int, cursor: Cursor | None, offset: int = 0
) -> tuple[list[Appointment], Cursor | None]:
    """A page in the order of `sort`, and where the next one goes on. `offset`: how many are passed over first."""
    where = cursor.where if cursor else [None, None]
    rows = await sources.pool.fetch(
        SQL[f"listed_by_{sort.removeprefix('-')}_{'down' if sort.startswith('-') else 'up'}"],
        at.generation, at.tenant, at.pos, at.now, *wanted, *_after(sort, where), limit + 1, offset,
    )  # fmt: skip
    page = [as_seen(decode_kept(row["kept"]), at.now).appointment for row in rows[:limit]]
    if len(rows) <= limit:
        return page, None
    return page, Cursor.at(at, [_text(rows[limit - 1]["place"]), rows[limit - 1]["id"]])


async def counted(sources: Sources, at: Moment, wanted: Wanted) -> int:
    """How many there are on all pages."""
    count: int = await sources.pool.fetchval(SQL["counted"], at.generation, at.tenant, at.pos, at.now, *wanted)
    return count


async def history(sources: Sources, at: Moment, appointment_id: str) -> list[dict[str, Any]]:
    """Every version: who, when, why, by which event, and the appointment after it."""
    rows = await sources.pool.fetch(SQL["versions"], at.generation, at.tenant, appointment_id, at.pos)
    if not rows:
        raise Problem("not_found", "There is no such appointment.")
    stream = await sources.log.stream(at.part, at.tenant, stream_of(appointment_id))
    by_version = {row.version: records.decode(row.state) for row in stream if row.pos <= at.pos}
    return [_version(by_version[row["version"]], decode_kept(row["kept"]).appointment) for row in rows]


def _version(record: records.Record, after: Appointment) -> dict[str, Any]:
    return {
        "version": record.version,
        "event_id": record.event_id,
        "type": record.type,
        "position": record.position,
        "occurred_at": record.occurred_at,
        "decided_at": record.decided_at,
        "actor": record.actor,
        "source": record.source,
        "command_id": record.command_id,
        "reason": records.reason_of(record),
        "appointment": after,
    }


def _text(place: int | datetime) -> str:
    return place.isoformat() if isinstance(place, datetime) else str(place)


def _after(sort: str, where: Sequence[str | None]) -> tuple[int | datetime | None, str | None]:
    try:
        place, appointment_id = where
        if place is None:
            return None, None
        return (int(place) if sort.endswith("start") else datetime.fromisoformat(place)), appointment_id
    except ValueError:
        raise foreign() from None
