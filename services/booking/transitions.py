"""The state table: which status leads to which, by which commands, under which profile.

An arrow without commands is travelled by time alone. The lenient profile adds the arrows of `LENIENT`.
"""

from collections.abc import Mapping

from booking import labels
from booking.refusals import not_found, version_conflict
from booking.view import View
from contracts.appointment import Kept
from contracts.commands import COMMANDS, OnAppointment, Step, Transition
from contracts.errors import Rejection

Arrow = tuple[str, str]

STRICT: dict[Arrow, tuple[str, ...]] = {
    ("held", "requested"): ("ConfirmHold",),
    ("held", "scheduled"): ("ConfirmHold",),
    ("held", "cancelled"): ("ReleaseHold", "CancelAppointment"),
    ("held", "expired"): (),
    ("requested", "scheduled"): ("AcceptRequest",),
    ("requested", "confirmed"): ("ConfirmAppointment",),
    ("requested", "cancelled"): ("DeclineRequest", "CancelAppointment"),
    ("requested", "expired"): (),
    ("scheduled", "scheduled"): ("RescheduleAppointment",),
    ("scheduled", "confirmed"): ("ConfirmAppointment",),
    ("scheduled", "no_show"): ("MarkNoShow",),
    ("scheduled", "cancelled"): ("CancelAppointment",),
    ("confirmed", "scheduled"): ("UndoConfirmation",),
    ("confirmed", "confirmed"): ("RescheduleAppointment",),
    ("confirmed", "checked_in"): ("CheckIn",),
    ("confirmed", "no_show"): ("MarkNoShow",),
    ("confirmed", "cancelled"): ("CancelAppointment",),
    ("checked_in", "in_progress"): ("StartAppointment",),
    ("checked_in", "no_show"): ("MarkNoShow",),
    ("checked_in", "cancelled"): ("CancelAppointment",),
    ("in_progress", "completed"): ("CompleteAppointment",),
    ("in_progress", "cancelled"): ("CancelAppointment",),
    ("completed", "no_show"): ("CorrectOutcome",),
    ("no_show", "completed"): ("CorrectOutcome",),
    ("cancelled", "scheduled"): ("ReinstateAppointment",),
}

LENIENT: dict[Arrow, tuple[str, ...]] = {
    ("scheduled", "checked_in"): ("CheckIn",),
    ("scheduled", "in_progress"): ("StartAppointment",),
    ("scheduled", "completed"): ("CompleteAppointment",),
    ("confirmed", "in_progress"): ("StartAppointment",),
    ("confirmed", "completed"): ("CompleteAppointment",),
    ("checked_in", "completed"): ("CompleteAppointment",),
}

PROFILES: dict[str, dict[Arrow, tuple[str, ...]]] = {"strict": STRICT, "lenient": STRICT | LENIENT}


def arrows(kept: Kept, view: View) -> Mapping[Arrow, tuple[str, ...]]:
    """Those that an appointment has. A tombstone has none; nor has a hold that was released: it never was booked."""
    seen = kept.appointment
    released = seen.status == "cancelled" and kept.owner is not None
    return {} if seen.tombstoned or released else PROFILES[profile_of(kept, view)]


def allowed(status: str, kept: Kept, view: View) -> list[str]:
    """The other statuses to which some command leads from here."""
    found = arrows(kept, view).items()
    return sorted(to for (start, to), by in found if start == status != to and not COMMANDS.keys().isdisjoint(by))


def illegal(status: str, to: str, kept: Kept, view: View) -> Rejection:
    members = {"from": status, "to": to, "allowed": allowed(status, kept, view)}
    detail = f"This does not lead from {status} to {to}."
    if kept.appointment.tombstoned:
        detail = "This was deleted: nothing more can be done with it."
    return Rejection(code="invalid_transition", detail=detail, members=members)


def profile_of(kept: Kept, view: View) -> str:
    return view.book.locations[kept.appointment.location_id].defined.profile


def travel(command: Transition, to: str, view: View) -> Kept | Rejection:
    """The appointment that `command` may lead to `to`, under the label that it gives; else why not."""
    kept = located(command, view, to)
    if isinstance(kept, Rejection):
        return kept
    status = view.status(kept)
    if type(command).__name__ not in arrows(kept, view).get((status, to), ()):
        return illegal(status, to, kept, view)
    label = command.sub_status if isinstance(command, Step) else None
    return labels.misplaced(label, to, kept, view) or kept


def located(command: OnAppointment, view: View, to: str | None = None) -> Kept | Rejection:
    """The appointment named, at the version expected, if anything may still be done with it."""
    kept = view.kept(command.appointment_id)
    if kept is None:
        return not_found("appointment_id", "appointment")
    current = kept.appointment.version
    if command.expected_version not in (None, current):
        return version_conflict(current)
    if kept.appointment.tombstoned:
        status = kept.appointment.status
        return illegal(status, to or status, kept, view)
    return kept
