"""Details: what a booking says beside its slot, changed member by member.

What is sealed stays sealed: a text that is not given is carried on as it stands in the log, and one that is given is
news even if it says the same.
"""

from typing import Any

from msgspec import UNSET, UnsetType

from booking import custom_fields, labels
from booking.change import Change, Decision, appointment_stream, subject_of
from booking.policies import told
from booking.rule import Rule, on_appointment
from booking.transitions import illegal, located
from booking.view import View
from contracts.appointment import Appointment, Kept
from contracts.commands import ChangeDetails, Changes, ReviseAppointment
from contracts.errors import Rejection
from contracts.events import AppointmentDetailsChanged, Details

WITHOUT = frozenset({"held", "expired"})
"""Statuses of what was never booked: it has no details."""
MEMBERS = tuple(Changes.model_fields)
NOTHING = Details()


def change(command: ChangeDetails | ReviseAppointment, view: View) -> Decision:
    """With the members that the command gives; nothing is written where they say what is said already."""
    kept = located(command, view)
    if isinstance(kept, Rejection):
        return kept
    status = view.status(kept)
    if status in WITHOUT:
        return illegal(status, status, kept, view)
    seen, label = kept.appointment, _label(command, kept)
    given = {name: _value(command, name) for name in MEMBERS if name in command.model_fields_set}
    if refused := _refused(given, label, kept, view):
        return refused
    if label is UNSET and all(getattr(seen, name) == value for name, value in given.items()):
        return []
    details = Details(notify=told(command.notify, seen, view), source=seen.source, **_said(seen) | given)
    return [_changed(kept, AppointmentDetailsChanged(details=details, sub_status=label))]


def _label(command: Changes, kept: Kept) -> str | UnsetType | None:
    """Another label for the status that it has: a revision that leads to another status gives the label with that."""
    if not isinstance(command, ReviseAppointment) or not relabels(command, kept):
        return UNSET
    return UNSET if command.sub_status == kept.appointment.sub_status else command.sub_status


def relabels(command: ReviseAppointment, kept: Kept) -> bool:
    return "sub_status" in command.model_fields_set and command.status in (None, kept.appointment.status)


def _refused(given: dict[str, Any], label: str | UnsetType | None, kept: Kept, view: View) -> Rejection | None:
    seen = kept.appointment
    if "custom_fields" in given and (refused := custom_fields.refused(given["custom_fields"], seen.service.id, view)):
        return refused
    return labels.misplaced(label or None, seen.status, kept, view)


def _value(command: Changes, name: str) -> Any:
    """Null empties a list or a map too."""
    value = getattr(command, name)
    return getattr(NOTHING, name) if value is None else value


def _said(seen: Appointment) -> dict[str, Any]:
    return {name: getattr(seen, name) for name in MEMBERS}


def _changed(kept: Kept, event: AppointmentDetailsChanged) -> Change:
    stream = appointment_stream(kept.appointment.id)
    return Change(stream, event, subject_of(stream, kept.appointment.customer))


RULES = (Rule(ChangeDetails, change, names=on_appointment),)
