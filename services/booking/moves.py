"""Moves: to another time, or to other resources at the same time. Its own interval never blocks an appointment.

A move that changes nothing is accepted and writes nothing.
"""

from msgspec.structs import replace

from booking import windows
from booking.change import Change, Decision, appointment_stream, subject_of
from booking.policies import told
from booking.rule import Rule, on_appointment
from booking.slot import Request, Slot, again, as_booked, session_named, take
from booking.transitions import illegal, located, travel
from booking.view import View
from contracts.appointment import Kept
from contracts.commands import ReassignAppointment, RescheduleAppointment
from contracts.errors import Rejection
from contracts.events import AppointmentReassigned, AppointmentRescheduled
from contracts.values import Span
from scheduling.zones import resolve, to_minute

REASSIGNABLE = frozenset({"requested", "scheduled", "confirmed", "checked_in", "in_progress"})
"""Until an appointment has ended somebody else may take it over."""


def reschedule(command: RescheduleAppointment, view: View) -> Decision:
    kept = _movable(command, view)
    if isinstance(kept, Rejection):
        return kept
    if refused := windows.moving(kept, view):
        return refused
    request = rescheduled(command, kept, view)
    if isinstance(request, Rejection):
        return request
    if _stays(kept, request):
        return []
    slot = take(request, view)
    return slot if isinstance(slot, Rejection) else [_moved(command, kept, slot, view)]


def _movable(command: RescheduleAppointment, view: View) -> Kept | Rejection:
    """Scheduled stays scheduled, confirmed stays confirmed; nothing else moves."""
    kept = view.kept(command.appointment_id)
    confirmed = kept is not None and kept.appointment.status == "confirmed"
    return travel(command, "confirmed" if confirmed else "scheduled", view)


def rescheduled(command: RescheduleAppointment, kept: Kept, view: View) -> Request | Rejection:
    """What a reschedule asks for."""
    start = resolve(command.start, command.tz)
    if isinstance(start, Rejection):
        return start
    return again(
        kept,
        view,
        start=start,
        duration_minutes=command.duration_minutes,
        resources=command.resources,
        session_id=command.session_id,
    )


def _stays(kept: Kept, request: Request) -> bool:
    seen, ask = kept.appointment, request.ask
    if ask.among == "sessions":
        return ask.session_id == seen.session_id and request.start == to_minute(seen.start)
    now = to_minute(seen.start), to_minute(seen.end), _ids(kept)
    return now == (request.start, request.start + (ask.duration_minutes or 0), set(ask.resources or ()))


def _ids(kept: Kept) -> set[str]:
    return {resource.id for resource in kept.appointment.resources}


def _moved(command: RescheduleAppointment, kept: Kept, slot: Slot, view: View) -> Change:
    seen = kept.appointment
    event = AppointmentRescheduled(
        slot=as_booked(slot.facts, kept),
        previous=Span(start=seen.start, end=seen.end),
        previous_resources=seen.resources,
        chosen=slot.chosen,
        reason=command.reason,
        notify=told(command.notify, slot.facts, view),
    )
    return _change(kept, event)


def reassign(command: ReassignAppointment, view: View) -> Decision:
    """To the resources named, else to any other staff by the service's assignment."""
    kept = located(command, view)
    if isinstance(kept, Rejection):
        return kept
    status = view.status(kept)
    if status not in REASSIGNABLE:
        return illegal(status, status, kept, view)
    if command.resources and set(command.resources) == _ids(kept):
        return []
    slot = take(reassigned(command, kept, view), view)
    return slot if isinstance(slot, Rejection) else [_taken_over(command, kept, slot, view)]


def reassigned(command: ReassignAppointment, kept: Kept, view: View) -> Request:
    """What a reassignment asks for. The time stays, so that it may have begun is no obstacle."""
    named = command.resources
    if named:
        return again(kept, view, resources=named, begun=True)
    staff = [resource.id for resource in kept.appointment.resources if resource.kind == "staff"]
    leaving = staff or sorted(_ids(kept))
    staying = sorted(_ids(kept) - set(leaving))
    return again(kept, view, resources=staying, excluded=leaving, begun=True)


def _taken_over(command: ReassignAppointment, kept: Kept, slot: Slot, view: View) -> Change:
    event = AppointmentReassigned(
        slot=replace(as_booked(slot.facts, kept), blocks=kept.blocks),
        previous_resources=kept.appointment.resources,
        chosen=slot.chosen,
        reason=command.reason,
        notify=told(command.notify, slot.facts, view),
    )
    return _change(kept, event)


def _change(kept: Kept, event: AppointmentRescheduled | AppointmentReassigned) -> Change:
    stream = appointment_stream(kept.appointment.id)
    return Change(stream, event, subject_of(stream, kept.appointment.customer))


def _slot_moved_to(command: RescheduleAppointment, view: View) -> list[Request | Rejection]:
    kept = view.kept(command.appointment_id)
    return [rescheduled(command, kept, view)] if kept else []


def _slot_taken_over(command: ReassignAppointment, view: View) -> list[Request]:
    kept = view.kept(command.appointment_id)
    return [reassigned(command, kept, view)] if kept else []


def _streams(command: RescheduleAppointment) -> list[str]:
    return [*on_appointment(command), *session_named(command)]


RULES = (
    Rule(RescheduleAppointment, reschedule, names=_streams, slots=_slot_moved_to),
    Rule(ReassignAppointment, reassign, names=on_appointment, slots=_slot_taken_over),
)
