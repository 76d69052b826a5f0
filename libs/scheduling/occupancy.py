"""Occupancy: the intervals an appointment, or a session of a class, takes of its resources' diaries.

The diary in memory, the diary rows of the log and every read model are made of what this one function gives.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from contracts import appointment, session
from contracts.appointment import LIVE, Appointment, Kept
from contracts.record import Record
from contracts.session import KeptSession
from scheduling.diary import SESSION, Busy
from scheduling.zones import to_minute

FOLDS: dict[str, Callable[[Any, Record], Any]] = {"appointment": appointment.fold, "session": session.fold}
"""By kind of stream: the fold of what takes time."""

_KINDS = {"held": "held", "requested": "requested"}


def busy_intervals(kept: Kept | KeptSession, stream: str) -> list[Busy]:
    """One interval a resource; none when the appointment does not, or no longer, take time.

    What has seats in a session takes none: the session has it.
    """
    if isinstance(kept, KeptSession):
        return _of_session(kept, stream)
    seen = kept.appointment
    if not kept.blocks or seen.session_id is not None or seen.status not in LIVE:
        return []
    start, end = to_minute(seen.start), to_minute(seen.end)
    busy_start, busy_end = to_minute(seen.busy.start), to_minute(seen.busy.end)
    kind, until = _KINDS.get(seen.status, "booked"), deadline(seen)
    return [
        Busy(stream, resource.id, start, end, busy_start, busy_end, kind, until, kept.owner, kept.slot_event)
        for resource in seen.resources
    ]


def _of_session(kept: KeptSession, stream: str) -> list[Busy]:
    seen = kept.session
    if seen.status != "scheduled":
        return []
    core = to_minute(seen.start), to_minute(seen.end)
    padded = to_minute(kept.busy.start), to_minute(kept.busy.end)
    return [
        Busy(stream, resource.id, *core, *padded, SESSION, None, seen.service.id, kept.slot_event)
        for resource in seen.resources
    ]


def deadline(appointment: Appointment) -> datetime | None:
    """When a hold, or a request with a deadline, ends by time alone; None for all else."""
    if appointment.status == "held" and appointment.hold:
        return appointment.hold.expires_at
    return appointment.accept_until if appointment.status == "requested" else None
