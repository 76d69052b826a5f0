"""Second thoughts: a yes taken back, an outcome put right, a cancelled booking that stands again, one that never was.

Nothing is taken out of the log: each is an event of its own, with its reason. What is reinstated takes its slot like a
booking does; what is tombstoned takes none, and nothing more can be done with it.
"""

from booking import customers, occurrences
from booking.change import Change, Decision, appointment_stream, subject_of
from booking.policies import told
from booking.refusals import desk_alone
from booking.rule import Rule, on_appointment
from booking.slot import Request, again, as_booked, take
from booking.transitions import illegal, located, travel
from booking.view import View
from contracts.appointment import Kept
from contracts.commands import CorrectOutcome, ReinstateAppointment, TombstoneAppointment, UndoConfirmation
from contracts.errors import Rejection
from contracts.events import (
    AppointmentOutcomeCorrected,
    AppointmentReinstated,
    AppointmentTombstoned,
    ConfirmationUndone,
    Event,
)


def undo(command: UndoConfirmation, view: View) -> Decision:
    kept = travel(command, "scheduled", view)
    if isinstance(kept, Rejection):
        return kept
    return [_change(kept, ConfirmationUndone(reason=command.reason, sub_status=command.sub_status))]


def correct(command: CorrectOutcome, view: View) -> Decision:
    """By the desk: a customer who says that they came tells the desk so."""
    kept = travel(command, command.outcome, view)
    if isinstance(kept, Rejection):
        return kept
    event = AppointmentOutcomeCorrected(outcome=command.outcome, reason=command.reason, sub_status=command.sub_status)
    return desk_alone("correct an outcome", view) or [_change(kept, event)]


def reinstate(command: ReinstateAppointment, view: View) -> Decision:
    """Decided like a booking: the same resources at the same time, for somebody who may book."""
    kept = travel(command, "scheduled", view)
    if isinstance(kept, Rejection):
        return kept
    if refused := _may_not_book(kept, view):
        return refused
    slot = take(again(kept, view), view)
    if isinstance(slot, Rejection):
        return slot
    event = AppointmentReinstated(
        slot=as_booked(slot.facts, kept),
        chosen=slot.chosen,
        reason=command.reason,
        sub_status=command.sub_status,
        notify=told(command.notify, kept.appointment, view),
    )
    return [_change(kept, event)]


def _may_not_book(kept: Kept, view: View) -> Rejection | None:
    """What the desk has to accept is the desk's to reinstate."""
    seen = kept.appointment
    service = view.book.services.get(seen.service.id)
    if service and service.defined.acceptance == "manual" and (refused := desk_alone("reinstate this", view)):
        return refused
    return customers.refused(seen.customer, view) if seen.customer else None


def tombstone(command: TombstoneAppointment, view: View) -> Decision:
    """Whatever its status, which it keeps. A live hold is its owner's to release."""
    kept = located(command, view)
    if isinstance(kept, Rejection):
        return kept
    if view.status(kept) == "held":
        return illegal("held", "held", kept, view)
    if refused := desk_alone("delete this", view):
        return refused
    ended = occurrences.ended_with(kept, view) if occurrences.to_come(kept, view) else []
    return [_change(kept, AppointmentTombstoned(reason=command.reason)), *ended]


def _change(kept: Kept, event: Event) -> Change:
    stream = appointment_stream(kept.appointment.id)
    return Change(stream, event, subject_of(stream, kept.appointment.customer))


def _slot_again(command: ReinstateAppointment, view: View) -> list[Request]:
    kept = view.kept(command.appointment_id)
    return [again(kept, view)] if kept else []


RULES = (
    Rule(UndoConfirmation, undo, names=on_appointment),
    Rule(CorrectOutcome, correct, names=on_appointment),
    Rule(ReinstateAppointment, reinstate, names=on_appointment, slots=_slot_again),
    Rule(TombstoneAppointment, tombstone, names=on_appointment, later=occurrences.beside),
)
