"""Occupancy: the intervals an appointment takes of its resources' diaries.

The diary in memory, the diary rows of the log and every read model are made of what this one function gives.
"""

from datetime import datetime

from contracts.appointment import LIVE, Appointment, Kept
from scheduling.diary import Busy
from scheduling.zones import to_minute

_KINDS = {"held": "held", "requested": "requested"}


def busy_intervals(kept: Kept, stream: str) -> list[Busy]:
    """One interval a resource; none when the appointment does not, or no longer, take time."""
    seen = kept.appointment
    if not kept.blocks or seen.status not in LIVE:
        return []
    start, end = to_minute(seen.start), to_minute(seen.end)
    busy_start, busy_end = to_minute(seen.busy.start), to_minute(seen.busy.end)
    kind, until = _KINDS.get(seen.status, "booked"), deadline(seen)
    return [
        Busy(stream, resource.id, start, end, busy_start, busy_end, kind, until, kept.owner, kept.slot_event)
        for resource in seen.resources
    ]


def deadline(appointment: Appointment) -> datetime | None:
    """When a hold, or a request with a deadline, ends by time alone; None for all else."""
    if appointment.status == "held" and appointment.hold:
        return appointment.hold.expires_at
    return appointment.accept_until if appointment.status == "requested" else None
