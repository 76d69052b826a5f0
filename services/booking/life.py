"""An appointment's life after it was booked: confirmed, checked in, started, ended, declined, cancelled.

Each command leads to one status, where the state table has an arrow for it.
"""

from typing import Literal

from booking import bookings, holds
from booking.change import Change, Decision, appointment_stream, subject_of
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
from contracts.values import Notify

_REFUND: dict[str | bool, Literal["policy", "true", "false"]] = {"policy": "policy", True: "true", False: "false"}


def confirm(command: ConfirmAppointment, view: View) -> Decision:
    """The customer's yes. To a request it is the acceptance too, decided against the diary where it has to be."""
    kept = travel(command, "confirmed", view)
    if isinstance(kept, Rejection):
        return kept
    notify = _notify(command)
    yes = _change(kept, e.AppointmentConfirmed(notify=notify))
    if kept.appointment.status != "requested":
        return [yes]
    accepted = bookings.accepted(kept, notify, view)
    return accepted if isinstance(accepted, Rejection) else [*accepted, yes]


def cancel(command: CancelAppointment, view: View) -> Decision:
    kept = travel(command, "cancelled", view)
    if isinstance(kept, Rejection):
        return kept
    if kept.appointment.status == "held":
        return holds.release_cancelled(kept, command.reason, view)
    refund = _REFUND[command.refund]
    return [_change(kept, e.AppointmentCancelled(reason=command.reason, refund=refund, notify=_notify(command)))]


def decline(command: DeclineRequest, view: View) -> Decision:
    """Only a request can be declined, although more than requests can be cancelled."""
    return _become(command, "cancelled", view, e.AppointmentDeclined(reason=command.reason, notify=_notify(command)))


def check_in(command: CheckIn, view: View) -> Decision:
    return _become(command, "checked_in", view, e.AppointmentCheckedIn())


def start(command: StartAppointment, view: View) -> Decision:
    return _become(command, "in_progress", view, e.AppointmentStarted())


def complete(command: CompleteAppointment, view: View) -> Decision:
    return _become(command, "completed", view, e.AppointmentCompleted(reason=command.reason, notify=_notify(command)))


def miss(command: MarkNoShow, view: View) -> Decision:
    return _become(command, "no_show", view, e.AppointmentNoShow(reason=command.reason, notify=_notify(command)))


def _become(command: Transition, to: str, view: View, event: e.Event) -> Decision:
    kept = travel(command, to, view)
    return kept if isinstance(kept, Rejection) else [_change(kept, event)]


def _notify(command: Transition) -> Notify:
    return Notify(customer=command.notify.customer, staff=command.notify.staff)


def _change(kept: Kept, event: e.Event) -> Change:
    stream = appointment_stream(kept.appointment.id)
    return Change(stream, event, subject_of(stream, kept.appointment.customer))
