"""What subscribers see of the log: one total table from event to public types, and the body of each.

`PUBLIC_TYPES` has a row for every event; an empty row is an event that stays inside (supply, people, tenants).
`bodies` is pure: webhook deliveries and `GET /v1/events` make the same bodies, now or again years later.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from contracts import events as e
from contracts.appointment import Appointment, Kept
from contracts.record import Record

_INSIDE: tuple[str, ...] = ()

PUBLIC_TYPES: dict[type[e.Event], tuple[str, ...]] = {
    e.TenantDefined: _INSIDE,
    e.LocationDefined: _INSIDE,
    e.ServiceDefined: _INSIDE,
    e.ResourceDefined: _INSIDE,
    e.ScheduleSet: _INSIDE,
    e.ScheduleExceptionSet: _INSIDE,
    e.ScheduleExceptionCleared: _INSIDE,
    e.TimeOffAdded: _INSIDE,
    e.TimeOffRemoved: _INSIDE,
    e.CustomerRegistered: _INSIDE,
    e.CustomerLinked: _INSIDE,
    e.AppointmentHeld: ("appointment.held",),
    e.HoldExtended: ("appointment.updated",),
    e.HoldReleased: ("appointment.released",),
    e.HoldExpired: ("appointment.hold_expired",),
    e.AppointmentRequested: ("appointment.requested",),
    e.RequestAccepted: ("appointment.created", "appointment.status_changed"),
    e.AppointmentDeclined: ("appointment.declined", "appointment.status_changed"),
    e.AppointmentBooked: ("appointment.created",),
    e.AppointmentConfirmed: ("appointment.confirmed", "appointment.status_changed"),
    e.AppointmentRescheduled: ("appointment.rescheduled", "appointment.updated"),
    e.AppointmentReassigned: ("appointment.reassigned", "appointment.updated"),
    e.AppointmentCheckedIn: ("appointment.checked_in", "appointment.status_changed"),
    e.AppointmentStarted: ("appointment.started", "appointment.status_changed"),
    e.AppointmentCompleted: ("appointment.completed", "appointment.status_changed"),
    e.AppointmentNoShow: ("appointment.no_show", "appointment.status_changed"),
    e.AppointmentCancelled: ("appointment.cancelled", "appointment.status_changed"),
}
"""A request becomes an appointment (`created`) when it is accepted; until then it is `requested`."""

_ALWAYS_NEW = frozenset({"version", "updated_at", "position"})


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery's body. `sequence` is the appointment's version; `previous` holds what changed, as it was before.

    `previous_sequence` is the last one sent to this reader for this appointment: null when there is none.
    """

    type: str
    timestamp: datetime
    data: Appointment
    sequence: int
    previous_sequence: int | None
    previous: dict[str, Any]
    gap: list[int] = []
    event_id: str
    position: str


def public_types(event: e.Event) -> tuple[str, ...]:
    return PUBLIC_TYPES[type(event)]


def bodies(before: Kept | None, after: Kept | None, record: Record) -> list[Body]:
    """The bodies of one event, in order, for a reader who gets every type; `chained` fits them to another."""
    types = public_types(record.event)
    if not types or after is None:
        return []
    last_sent = before.appointment.version if before else None
    first = Body(
        type=types[0],
        timestamp=record.occurred_at,
        data=after.appointment,
        sequence=record.version,
        previous_sequence=last_sent,
        previous=_previous(before, after),
        event_id=record.event_id,
        position=record.position,
    )
    return chained([replace(first, type=name) for name in types], last_sent)


def chained(sent: Sequence[Body], last_sent: int | None) -> list[Body]:
    """Bodies of one appointment with the `previous_sequence` of a reader who got just these, after `last_sent`."""
    before = [last_sent, *(body.sequence for body in sent)]
    return [replace(body, previous_sequence=previous) for body, previous in zip(sent, before, strict=False)]


def webhook_id(event_id: str, public_type: str) -> str:
    """The id of a delivery: the same on every retry and replay. No dots, they separate the signed content."""
    return f"msg_{hashlib.sha256(f'{event_id} {public_type}'.encode()).hexdigest()[:32]}"


def _previous(before: Kept | None, after: Kept) -> dict[str, Any]:
    if before is None:
        return {}
    old, new = msgspec.to_builtins(before.appointment), msgspec.to_builtins(after.appointment)
    return {name: value for name, value in old.items() if name not in _ALWAYS_NEW and value != new[name]}
