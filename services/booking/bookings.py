"""Bookings: a slot taken for a customer, at once or subject to acceptance."""

from collections.abc import Iterable
from datetime import timedelta

from msgspec import UNSET
from msgspec.structs import replace

from booking import custom_fields, customers, turns, visits
from booking.change import Change, Decision, appointment_stream, subject_of
from booking.policies import told
from booking.refusals import already_used
from booking.rule import Rule, customer_of, on_appointment
from booking.slot import Request, Slot, again, as_booked, asked, days_named, session_named, take, wanted
from booking.transitions import travel
from booking.view import View
from contracts.appointment import Kept
from contracts.commands import AcceptRequest, BookAppointment, DetailsBody, OnAppointment
from contracts.errors import Rejection
from contracts.events import AppointmentBooked, AppointmentRequested, Details, RequestAccepted, ServiceDefined
from contracts.values import Chosen, CustomerRef, Notify, Overridden, SlotFacts


def book(command: BookAppointment, view: View) -> Decision:
    if command.segments:
        return visits.book(command, opening, view)
    if command.id and view.kept(command.id):
        return already_used("id")
    if refused := custom_fields.refused(command.custom_fields, command.service_id, view):
        return refused
    matched = customers.match(command.customer, view)
    if isinstance(matched, Rejection):
        return matched
    slot = take(wanted(command, view), view)
    if isinstance(slot, Rejection):
        return slot
    stream = appointment_stream(command.id or view.new_id("apt_"))
    event = opening(command, slot, matched.ref, view)
    booked = Change(stream, event, subject_of(stream, matched.ref))
    waited = turns.booked_instead(command.waitlist_id, stream, view) if command.waitlist_id else []
    return waited if isinstance(waited, Rejection) else [*matched.changes, booked, *waited]


def opening(
    command: BookAppointment, slot: Slot, customer: CustomerRef, view: View
) -> AppointmentBooked | AppointmentRequested:
    """The booking of a slot, or the request for it. An override is the desk's own act, so it needs no acceptance."""
    service = slot.service.defined
    if service.acceptance == "manual" and not slot.overridden:
        return _requested(slot.facts, slot.chosen, customer, _details(command, slot.facts, view), service, view)
    return AppointmentBooked(
        slot=slot.facts,
        customer=customer,
        details=_details(command, slot.facts, view),
        chosen=slot.chosen,
        override=slot.overridden,
        override_reason=command.reason if slot.overridden else None,
        overridden=slot.against or UNSET,
    )


def of_hold(command: DetailsBody, kept: Kept, customer: CustomerRef, view: View) -> Change:
    """The hold's own slot, now the customer's."""
    stream = appointment_stream(kept.appointment.id)
    service = view.book.services[kept.appointment.service.id].defined
    facts, chosen = held_facts(kept), Chosen(strategy="hold")
    details = _details(command, facts, view)
    event: AppointmentBooked | AppointmentRequested
    if service.acceptance == "manual":
        event = _requested(facts, chosen, customer, details, service, view)
    else:
        event = AppointmentBooked(slot=facts, customer=customer, details=details, chosen=chosen)
    return Change(stream, event, subject_of(stream, customer))


def _requested(
    facts: SlotFacts, chosen: Chosen, customer: CustomerRef, details: Details, service: ServiceDefined, view: View
) -> AppointmentRequested:
    within = service.accept_within_minutes
    return AppointmentRequested(
        slot=replace(facts, blocks=service.pending_blocks),
        customer=customer,
        details=details,
        chosen=chosen,
        accept_until=view.now + timedelta(minutes=within) if within else None,
    )


def _details(command: DetailsBody, slot: SlotFacts, view: View) -> Details:
    return Details(
        notes=command.notes,
        internal_notes=command.internal_notes,
        custom_fields=dict(command.custom_fields),
        external_ids=command.external_ids,
        source=command.source,
        coordinators=command.coordinators,
        notify=told(command.notify, slot, view),
    )


def held_facts(kept: Kept) -> SlotFacts:
    """The facts of the slot an appointment already has."""
    seen = kept.appointment
    return SlotFacts(
        service=seen.service,
        location_id=seen.location_id,
        resources=seen.resources,
        start=seen.start,
        end=seen.end,
        busy=seen.busy,
        tz=seen.tz,
        local_start=seen.local_start,
        seats=seen.seats,
        session_id=seen.session_id,
        price=seen.price,
        addons=seen.addons or UNSET,
        tax=seen.tax or UNSET,
    )


def accept(command: AcceptRequest, view: View) -> Decision:
    kept = travel(command, "scheduled", view)
    if isinstance(kept, Rejection):
        return kept
    notify = told(command.notify, kept.appointment, view)
    return accepted(kept, notify, view, override=command.override, reason=command.reason, sub_status=command.sub_status)


def accepted(
    kept: Kept,
    notify: Notify,
    view: View,
    *,
    override: bool = False,
    reason: str | None = None,
    sub_status: str | None = None,
) -> Decision:
    """What blocked keeps its slot; what did not is decided against the diary now, like a booking."""
    facts, against = None, list[Overridden]()
    if not kept.blocks:
        slot = take(again(kept, view, override=override), view)
        if isinstance(slot, Rejection):
            return slot
        facts, against = as_booked(slot.facts, kept), slot.against
    stream = appointment_stream(kept.appointment.id)
    event = RequestAccepted(
        slot=facts,
        notify=notify,
        override=bool(against) or UNSET,
        overridden=against or UNSET,
        reason=reason or UNSET,
        sub_status=sub_status or UNSET,
    )
    return [Change(stream, event, subject_of(stream, kept.appointment.customer))]


def asked_again(command: OnAppointment, view: View) -> list[Request]:
    """The slot of a request that did not block: it is taken only now."""
    kept = view.kept(command.appointment_id)
    return [] if kept is None or kept.blocks else [again(kept, view)]


def _asked(command: BookAppointment, view: View) -> list[Request | Rejection]:
    return visits.asked(command, view) if command.segments else asked(command, view)


def _opens(command: BookAppointment) -> str | None:
    return appointment_stream(command.id) if command.id else None


def _names(command: BookAppointment) -> list[str]:
    return [*session_named(command), *([turns.waitlist_stream(command.waitlist_id)] if command.waitlist_id else [])]


def _later(command: BookAppointment, view: View) -> Iterable[str]:
    return turns.others_asked(command.waitlist_id, view) if command.waitlist_id else ()


RULES = (
    Rule(
        BookAppointment,
        book,
        names=_names,
        customer=customer_of,
        opens=_opens,
        days=days_named,
        slots=_asked,
        later=_later,
    ),
    Rule(AcceptRequest, accept, names=on_appointment, slots=asked_again),
)
