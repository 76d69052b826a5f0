"""The published appointment: what API, webhook and mail show, as one pure fold of its stream.

`fold` takes the state before and the next record and gives the state after. `Kept` is the state: the published
`Appointment` and the few facts beside it that decisions need and nobody outside sees.
"""

from collections.abc import Callable
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from contracts import events as e
from contracts import payment
from contracts.payment import Payment
from contracts.personal import PersonalNews
from contracts.published import Appointment, Hold, Reschedules, Status
from contracts.record import Record
from contracts.values import Actor, SlotFacts, Value

__all__ = ["LIVE", "Appointment", "Hold", "Kept", "Reschedules", "Status", "appointment_id", "fold"]


class Kept(Value, frozen=True, kw_only=True):
    """The fold's state. `slot_event` is the event that took the present slot: the one that blockers name."""

    appointment: Appointment
    owner: str | None
    blocks: bool
    slot_event: str


LIVE: frozenset[str] = frozenset(
    {"held", "requested", "scheduled", "confirmed", "checked_in", "in_progress", "completed", "no_show"}
)
"""Statuses that occupy their slot (a hold or request only until its deadline)."""


def fold(kept: Kept | None, record: Record) -> Kept | None:
    """The state after `record`; records that are not about an appointment leave it as it is."""
    step = _STEPS.get(type(record.event))
    return step(kept, record, record.event) if step else kept


def appointment_id(stream: str) -> str:
    return stream.removeprefix("appointment/")


def _create(record: Record, slot: SlotFacts, status: Status, **members: Any) -> Appointment:
    """The members of `_slot`, written out: of all folds this one is the most frequent."""
    return Appointment(
        id=appointment_id(record.stream),
        version=record.version,
        status=status,
        service=slot.service,
        location_id=slot.location_id,
        resources=slot.resources,
        start=slot.start,
        end=slot.end,
        busy=slot.busy,
        tz=slot.tz,
        local_start=slot.local_start,
        seats=slot.seats,
        session_id=slot.session_id,
        price=slot.price,
        addons=slot.addons or [],
        tax=slot.tax or None,
        original_start=slot.start,
        created_at=record.decided_at,
        updated_at=record.decided_at,
        position=record.position,
        **members,
    )


def _slot(slot: SlotFacts) -> dict[str, Any]:
    return {
        "service": slot.service, "location_id": slot.location_id, "resources": slot.resources,
        "start": slot.start, "end": slot.end, "busy": slot.busy, "tz": slot.tz, "local_start": slot.local_start,
        "seats": slot.seats, "session_id": slot.session_id, "price": slot.price, "addons": slot.addons or [],
        "tax": slot.tax or None,
    }  # fmt: skip


def _one_of(event: e.AppointmentBooked | e.AppointmentRequested) -> dict[str, Any]:
    """What is one of a series, or of a visit, is so for ever, whatever becomes of it."""
    found = {"series_id": event.series_id, "visit_id": event.visit_id}
    return {name: value for name, value in found.items() if value is not UNSET}


def _details(details: e.Details) -> dict[str, Any]:
    return {
        "notes": details.notes, "internal_notes": details.internal_notes, "custom_fields": details.custom_fields,
        "external_ids": details.external_ids, "source": details.source, "coordinators": details.coordinators,
    }  # fmt: skip


def _change(kept: Kept, record: Record, **members: Any) -> Appointment:
    return replace(
        kept.appointment, version=record.version, updated_at=record.decided_at, position=record.position, **members
    )


def _known(kept: Kept | None, record: Record) -> Kept:
    if kept is None:
        raise ValueError(f"{record.type} {record.event_id} opens the stream {record.stream}: the log is damaged")
    return kept


def _held(kept: Kept | None, record: Record, event: e.AppointmentHeld) -> Kept:
    hold = Hold(
        expires_at=event.expires_at,
        kind=event.kind,
        extensions_left=event.extensions_left,
        offered_to=event.offered_to,
    )
    view = _create(record, event.slot, "held", hold=hold, customer=event.customer)
    return Kept(appointment=view, owner=event.owner, blocks=event.slot.blocks, slot_event=record.event_id)


def _taken(kept: Kept | None, record: Record, status: Status, slot: SlotFacts, **members: Any) -> Kept:
    """A slot is taken: anew, or by the hold that already has it (whose id and first version it keeps)."""
    if kept is None:
        view = _create(record, slot, status, **members)
    else:
        view = _change(kept, record, status=status, hold=None, **_slot(slot), **members)
    return Kept(appointment=view, owner=None, blocks=slot.blocks, slot_event=record.event_id)


def _requested(kept: Kept | None, record: Record, event: e.AppointmentRequested) -> Kept:
    members = _details(event.details) | {"customer": event.customer, "accept_until": event.accept_until}
    members |= _one_of(event)
    return _taken(kept, record, "requested", event.slot, **members)


def _booked(kept: Kept | None, record: Record, event: e.AppointmentBooked) -> Kept:
    members = _details(event.details) | _one_of(event)
    members["customer"], members["override"] = event.customer, event.override
    if event.override_reason is not None:
        members["reasons"] = {"override": event.override_reason}
    return _taken(kept, record, "scheduled", event.slot, **members)


def _extended(kept: Kept | None, record: Record, event: e.HoldExtended) -> Kept:
    kept = _known(kept, record)
    kind = kept.appointment.hold.kind if kept.appointment.hold else "checkout"
    hold = Hold(expires_at=event.expires_at, kind=kind, extensions_left=event.extensions_left)
    return replace(kept, appointment=_change(kept, record, hold=hold))


def _rescheduled(kept: Kept | None, record: Record, event: e.AppointmentRescheduled) -> Kept:
    kept = _known(kept, record)
    moved = _reasons(kept, "rescheduled", event.reason) | {"reschedules": _count(kept, record.actor)}
    view = _change(kept, record, override=False, **_slot(event.slot), **moved)
    return replace(kept, appointment=view, blocks=event.slot.blocks, slot_event=record.event_id)


def _count(kept: Kept, actor: Actor) -> Reschedules:
    counts = kept.appointment.reschedules
    if actor.type == "customer":
        return replace(counts, customer=counts.customer + 1)
    return replace(counts, staff=counts.staff + 1)


def _reassigned(kept: Kept | None, record: Record, event: e.AppointmentReassigned) -> Kept:
    kept = _known(kept, record)
    moved = _reasons(kept, "reassigned", event.reason)
    view = _change(kept, record, override=False, **_slot(event.slot), **moved)
    return replace(kept, appointment=view, blocks=event.slot.blocks, slot_event=record.event_id)


def _reasons(kept: Kept, key: str, reason: PersonalNews) -> dict[str, Any]:
    said = reason is not None and reason is not UNSET
    return {"reasons": kept.appointment.reasons | {key: reason}} if said else {}


def _said(kept: Kept, key: str, event: e.Event) -> dict[str, Any]:
    """What an event says of the status it leads to: why, and its label; the label before it belonged to another."""
    return _reasons(kept, key, getattr(event, "reason", None)) | {
        "sub_status": getattr(event, "sub_status", None) or None
    }


def _becomes(status: Status, stamp: str | None = None, *, ends_hold: bool = False) -> Callable[..., Kept]:
    """A step that changes the status and its label, stamps the instant and keeps a reason under the status' name."""

    def step(kept: Kept | None, record: Record, event: e.Event) -> Kept:
        kept = _known(kept, record)
        members = _said(kept, status, event)
        if stamp:
            members[stamp] = record.decided_at
        if ends_hold:
            members["hold"] = None
        return replace(kept, appointment=_change(kept, record, status=status, **members))

    return step


def _accepted(kept: Kept | None, record: Record, event: e.RequestAccepted) -> Kept:
    kept = _known(kept, record)
    taken = _slot(event.slot) if event.slot else {}
    said = _said(kept, "override" if event.override else "accepted", event)
    view = _change(kept, record, status="scheduled", accept_until=None, override=bool(event.override), **taken, **said)
    return replace(kept, appointment=view, blocks=True, slot_event=record.event_id if taken else kept.slot_event)


def _detailed(kept: Kept | None, record: Record, event: e.AppointmentDetailsChanged) -> Kept:
    kept = _known(kept, record)
    label = {} if event.sub_status is UNSET else {"sub_status": event.sub_status}
    return replace(kept, appointment=_change(kept, record, **_details(event.details), **label))


_NOT_YET: dict[str, Any] = dict.fromkeys(("confirmed_at", "checked_in_at", "started_at", "cancelled_at"))
"""What has not happened to an appointment that stands again."""


def _undone(kept: Kept | None, record: Record, event: e.ConfirmationUndone) -> Kept:
    kept = _known(kept, record)
    said = _said(kept, "unconfirmed", event)
    return replace(kept, appointment=_change(kept, record, status="scheduled", confirmed_at=None, **said))


def _corrected(kept: Kept | None, record: Record, event: e.AppointmentOutcomeCorrected) -> Kept:
    kept = _known(kept, record)
    done = record.decided_at if event.outcome == "completed" else None
    said = _said(kept, "corrected", event)
    return replace(kept, appointment=_change(kept, record, status=event.outcome, completed_at=done, **said))


def _reinstated(kept: Kept | None, record: Record, event: e.AppointmentReinstated) -> Kept:
    kept = _known(kept, record)
    members = _slot(event.slot) | _NOT_YET | _said(kept, "reinstated", event)
    view = _change(kept, record, status="scheduled", override=False, **members)
    return replace(kept, appointment=view, blocks=event.slot.blocks, slot_event=record.event_id)


def _tombstoned(kept: Kept | None, record: Record, event: e.AppointmentTombstoned) -> Kept:
    """It keeps its status and takes no time."""
    kept = _known(kept, record)
    said = _reasons(kept, "tombstoned", event.reason)
    return replace(kept, appointment=_change(kept, record, tombstoned=True, accept_until=None, **said), blocks=False)


def _money(step: Callable[[Payment, Any], Payment]) -> Callable[..., Kept]:
    """A step that changes what is known of the money, and of a refund its reason."""

    def folded(kept: Kept | None, record: Record, event: e.Event) -> Kept:
        kept = _known(kept, record)
        members = _reasons(kept, "refund", getattr(event, "reason", None))
        return replace(
            kept, appointment=_change(kept, record, payment=step(kept.appointment.payment, event), **members)
        )

    return folded


_STEPS: dict[type[e.Event], Callable[..., Kept]] = {
    e.AppointmentHeld: _held,
    e.HoldExtended: _extended,
    e.HoldReleased: _becomes("cancelled", "cancelled_at", ends_hold=True),
    e.HoldExpired: _becomes("expired", ends_hold=True),
    e.AppointmentRequested: _requested,
    e.RequestAccepted: _accepted,
    e.AppointmentDeclined: _becomes("cancelled", "cancelled_at"),
    e.AppointmentBooked: _booked,
    e.AppointmentConfirmed: _becomes("confirmed", "confirmed_at"),
    e.AppointmentRescheduled: _rescheduled,
    e.AppointmentReassigned: _reassigned,
    e.AppointmentCheckedIn: _becomes("checked_in", "checked_in_at"),
    e.AppointmentStarted: _becomes("in_progress", "started_at"),
    e.AppointmentCompleted: _becomes("completed", "completed_at"),
    e.AppointmentNoShow: _becomes("no_show"),
    e.AppointmentCancelled: _becomes("cancelled", "cancelled_at"),
    e.AppointmentDetailsChanged: _detailed,
    e.ConfirmationUndone: _undone,
    e.AppointmentOutcomeCorrected: _corrected,
    e.AppointmentReinstated: _reinstated,
    e.AppointmentTombstoned: _tombstoned,
    e.PaymentRecorded: _money(payment.recorded),
    e.RefundRequested: _money(payment.requested),
    e.RefundSettled: _money(payment.settled),
    e.CouponApplied: _money(payment.discounted),
    e.CreditsUsed: _money(payment.used),
}
