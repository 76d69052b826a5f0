"""An appointment's life after it was booked: confirmed, checked in, started, ended, declined, cancelled.

Each command leads to one status, where the state table has an arrow for it.
"""

from datetime import timedelta
from typing import Literal

from msgspec.structs import replace

from booking import bookings, holds, money, occurrences
from booking.change import Change, Decision, appointment_stream, subject_of
from booking.policies import rules_of, told
from booking.refusals import too_late_to_cancel
from booking.rule import Rule, on_appointment
from booking.transitions import travel
from booking.view import View
from contracts import events as e
from contracts.appointment import Kept
from contracts.commands import (
    CancelAppointment,
    CheckIn,
    CompleteAppointment,
    ConfirmAppointment,
    DeclineRequest,
    MarkNoShow,
    StartAppointment,
    Transition,
)
from contracts.errors import Rejection

Told = e.AppointmentDeclined | e.AppointmentCompleted | e.AppointmentNoShow

_REFUND: dict[str | bool, Literal["policy", "true", "false"]] = {"policy": "policy", True: "true", False: "false"}


def confirm(command: ConfirmAppointment, view: View) -> Decision:
    """The customer's yes. To a request it is the acceptance too, decided against the diary where it has to be."""
    kept = travel(command, "confirmed", view)
    if isinstance(kept, Rejection):
        return kept
    notify = told(command.notify, kept.appointment, view)
    yes = _change(kept, e.AppointmentConfirmed(notify=notify))
    if kept.appointment.status != "requested":
        return [yes]
    accepted = bookings.accepted(kept, notify, view)
    return accepted if isinstance(accepted, Rejection) else [*accepted, yes]


def cancel(command: CancelAppointment, view: View) -> Decision:
    """With what goes back of what was paid for it."""
    kept = travel(command, "cancelled", view)
    if isinstance(kept, Rejection):
        return kept
    if kept.appointment.status == "held":
        return holds.release_cancelled(kept, command.reason, view)
    if late := _too_late(kept, view):
        return late
    event = e.AppointmentCancelled(
        reason=command.reason, refund=_REFUND[command.refund], notify=told(command.notify, kept.appointment, view)
    )
    refund = money.of_cancellation(kept, command.refund, view)
    return [_change(kept, event), *refund, *occurrences.ended_with(kept, view)]


def _too_late(kept: Kept, view: View) -> Rejection | None:
    """The window is closed for who may still come; who is here, or was only asked for, can go at any time."""
    if kept.appointment.status not in ("scheduled", "confirmed") or view.imported:
        return None
    until = rules_of(kept.appointment, view).cancel_until_minutes
    if until is None or kept.appointment.start - view.now >= timedelta(minutes=until):
        return None
    return too_late_to_cancel(until)


def decline(command: DeclineRequest, view: View) -> Decision:
    """Only a request can be declined, although more than requests can be cancelled."""
    return _told(command, "cancelled", view, e.AppointmentDeclined(reason=command.reason))


def check_in(command: CheckIn, view: View) -> Decision:
    return _become(command, "checked_in", view, e.AppointmentCheckedIn())


def start(command: StartAppointment, view: View) -> Decision:
    return _become(command, "in_progress", view, e.AppointmentStarted())


def complete(command: CompleteAppointment, view: View) -> Decision:
    return _told(command, "completed", view, e.AppointmentCompleted(reason=command.reason))


def miss(command: MarkNoShow, view: View) -> Decision:
    return _told(command, "no_show", view, e.AppointmentNoShow(reason=command.reason))


def _become(command: Transition, to: str, view: View, event: e.Event) -> Decision:
    kept = travel(command, to, view)
    return kept if isinstance(kept, Rejection) else [_change(kept, event)]


def _told(command: Transition, to: str, view: View, event: Told) -> Decision:
    """The same, and who is told of it."""
    kept = travel(command, to, view)
    if isinstance(kept, Rejection):
        return kept
    return [_change(kept, replace(event, notify=told(command.notify, kept.appointment, view)))]


def _change(kept: Kept, event: e.Event) -> Change:
    stream = appointment_stream(kept.appointment.id)
    return Change(stream, event, subject_of(stream, kept.appointment.customer))


RULES = (
    Rule(ConfirmAppointment, confirm, names=on_appointment, slots=bookings.asked_again),
    Rule(CheckIn, check_in, names=on_appointment),
    Rule(StartAppointment, start, names=on_appointment),
    Rule(CompleteAppointment, complete, names=on_appointment),
    Rule(MarkNoShow, miss, names=on_appointment),
    Rule(CancelAppointment, cancel, names=on_appointment, follows=occurrences.beside),
    Rule(DeclineRequest, decline, names=on_appointment),
)
