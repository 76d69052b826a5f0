"""An appointment's life after it was booked: confirmed, checked in, started, ended, declined, cancelled.

Each command leads to one status, where the state table has an arrow for it.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Any, Literal

from msgspec import UNSET
from msgspec.structs import replace

from booking import bookings, holds, money, occurrences, offers, turns, windows
from booking.change import Change, Decision, appointment_stream, subject_of
from booking.policies import told
from booking.refusals import invalid
from booking.rule import Rule, on_appointment
from booking.slot import Request, again
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
    Step,
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
    yes = _change(kept, e.AppointmentConfirmed(notify=notify, **_said(command)))
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
        return _released(command, kept, view)
    if refused := windows.cancelling(kept, view):
        return refused
    event = e.AppointmentCancelled(
        reason=command.reason,
        refund=_REFUND[command.refund],
        notify=told(command.notify, kept.appointment, view),
        sub_status=command.sub_status or UNSET,
    )
    cancelled = [_change(kept, event), *money.of_cancellation(kept, command.refund, view)]
    freed = offers.offered(again(kept, view), command.waitlist_ids, view) if command.waitlist_ids else []
    return freed if isinstance(freed, Rejection) else [*cancelled, *freed, *occurrences.ended_with(kept, view)]


def _released(command: CancelAppointment, kept: Kept, view: View) -> Decision:
    if command.sub_status is not None:
        return invalid("sub_status", "a hold has none")
    return holds.release_cancelled(kept, command.reason, view)


def decline(command: DeclineRequest, view: View) -> Decision:
    """Only a request can be declined, although more than requests can be cancelled."""
    return _told(command, "cancelled", view, e.AppointmentDeclined(reason=command.reason))


def check_in(command: CheckIn, view: View) -> Decision:
    return _become(command, "checked_in", view, e.AppointmentCheckedIn(**_said(command)))


def start(command: StartAppointment, view: View) -> Decision:
    return _become(command, "in_progress", view, e.AppointmentStarted(**_said(command)))


def complete(command: CompleteAppointment, view: View) -> Decision:
    return _told(command, "completed", view, e.AppointmentCompleted(reason=command.reason))


def miss(command: MarkNoShow, view: View) -> Decision:
    return _told(command, "no_show", view, e.AppointmentNoShow(reason=command.reason))


def _become(command: Step, to: str, view: View, event: e.Event) -> Decision:
    kept = travel(command, to, view)
    return kept if isinstance(kept, Rejection) else [_change(kept, event)]


def _told(command: Step, to: str, view: View, event: Told) -> Decision:
    """The same, and who is told of it."""
    kept = travel(command, to, view)
    if isinstance(kept, Rejection):
        return kept
    notify = told(command.notify, kept.appointment, view)
    return [_change(kept, replace(event, notify=notify, sub_status=command.sub_status or UNSET))]


def _said(command: Step) -> dict[str, Any]:
    """Why, and under which label: written where it says something."""
    return {"reason": command.reason or UNSET, "sub_status": command.sub_status or UNSET}


def _change(kept: Kept, event: e.Event) -> Change:
    stream = appointment_stream(kept.appointment.id)
    return Change(stream, event, subject_of(stream, kept.appointment.customer))


def _with_those_who_wait(command: CancelAppointment) -> list[str]:
    return [*on_appointment(command), *map(turns.waitlist_stream, command.waitlist_ids)]


def _freed(command: CancelAppointment, view: View) -> list[Request]:
    """The slot that is offered to those who wait."""
    kept = view.kept(command.appointment_id) if command.waitlist_ids else None
    return [again(kept, view)] if kept else []


def _later(command: CancelAppointment, view: View) -> Iterable[str]:
    waiting = turns.asked_for(command.appointment_id, view), offers.customers_of(command.waitlist_ids, view)
    return [*chain.from_iterable(waiting), *occurrences.beside(command, view)]


RULES = (
    Rule(ConfirmAppointment, confirm, names=on_appointment, slots=bookings.asked_again),
    Rule(CheckIn, check_in, names=on_appointment),
    Rule(StartAppointment, start, names=on_appointment),
    Rule(CompleteAppointment, complete, names=on_appointment),
    Rule(MarkNoShow, miss, names=on_appointment),
    Rule(CancelAppointment, cancel, names=_with_those_who_wait, slots=_freed, later=_later),
    Rule(DeclineRequest, decline, names=on_appointment),
)
