"""Revisions: start, resources, details and status of an appointment changed in one decision, all of it or none.

Each part is decided by the rules of its own command, on the appointment as it stands: a move first, then the details,
then the status. Neither a move nor a detail changes a status, so the parts do not stand in each other's way.
"""

from collections.abc import Iterable
from typing import Any

from booking import bookings, details, life, moves, occurrences, second_thoughts
from booking.change import Change, Decision
from booking.refusals import invalid
from booking.rule import Rule, on_appointment
from booking.slot import Request
from booking.transitions import illegal, located
from booking.view import View
from contracts import commands as c
from contracts.appointment import Kept
from contracts.errors import Rejection

STEPS: dict[str, type[c.Transition]] = {
    "confirmed": c.ConfirmAppointment,
    "checked_in": c.CheckIn,
    "in_progress": c.StartAppointment,
    "completed": c.CompleteAppointment,
    "no_show": c.MarkNoShow,
    "cancelled": c.CancelAppointment,
}
"""What leads to a status, wherever it comes from; to `scheduled` each of `BACK` does from its own."""
BACK: dict[str, type[c.Transition]] = {
    "requested": c.AcceptRequest,
    "confirmed": c.UndoConfirmation,
    "cancelled": c.ReinstateAppointment,
}
OUTCOMES = frozenset({"completed", "no_show"})
"""From one to the other is a correction."""

_MODULES = (moves, bookings, life, second_thoughts)
PARTS: dict[type[c.Command], Rule] = {rule.command: rule for one in _MODULES for rule in one.RULES}


def revise(command: c.ReviseAppointment, view: View) -> Decision:
    kept = located(command, view)
    if isinstance(kept, Rejection):
        return kept
    changes: list[Change] = []
    for part in (_moved(command, kept, view), _detailed(command, kept, view), _stepped(command, kept, view)):
        if isinstance(part, Rejection):
            return part
        changes += part
    return changes


def _moved(command: c.ReviseAppointment, kept: Kept, view: View) -> Decision:
    move = move_of(command, kept)
    return PARTS[type(move)].decide(move, view) if move else []


def _detailed(command: c.ReviseAppointment, kept: Kept, view: View) -> Decision:
    given = any(name in command.model_fields_set for name in details.MEMBERS)
    return details.change(command, view) if given or details.relabels(command, kept) else []


def _stepped(command: c.ReviseAppointment, kept: Kept, view: View) -> Decision:
    """A status that it has already is no change."""
    status = view.status(kept)
    if command.status in (None, status):
        return []
    if {status, command.status} == OUTCOMES and not command.reason:
        return invalid("reason", "a correction needs one")
    step = step_of(command, kept)
    return PARTS[type(step)].decide(step, view) if step else illegal(status, str(command.status), kept, view)


def move_of(command: c.ReviseAppointment, kept: Kept) -> c.Transition | None:
    """The move that a revision contains: other resources at the same time are a reassignment."""
    start = command.start or kept.appointment.start
    if start != kept.appointment.start or command.duration_minutes is not None:
        return c.RescheduleAppointment(
            start=start, tz=command.tz, duration_minutes=command.duration_minutes, **_moving(command)
        )
    return c.ReassignAppointment(**_moving(command)) if command.resources is not None else None


def step_of(command: c.ReviseAppointment, kept: Kept) -> c.Transition | None:
    """The change of status that a revision contains, if any command leads there."""
    if command.status is None:
        return None
    kind = _step(kept.appointment.status, command.status)
    if kind is None or (kind is c.CorrectOutcome and not command.reason):
        return None
    given = {"appointment_id", "notify", "reason", "refund", "sub_status"} & kind.model_fields.keys()
    outcome: dict[str, Any] = {"outcome": command.status} if kind is c.CorrectOutcome else {}
    return kind(**{name: getattr(command, name) for name in given}, **outcome)


def _step(status: str, to: str) -> type[c.Transition] | None:
    if to == "scheduled":
        return BACK.get(status)
    return c.CorrectOutcome if {status, to} == OUTCOMES else STEPS[to]


def _moving(command: c.ReviseAppointment) -> dict[str, Any]:
    given = "appointment_id", "resources", "notify", "reason"
    return {name: getattr(command, name) for name in given}


def _slots(command: c.ReviseAppointment, view: View) -> Iterable[Request | Rejection]:
    """Of the move, else of the step: there is but one slot to an appointment."""
    kept = view.kept(command.appointment_id)
    part = (move_of(command, kept) or step_of(command, kept)) if kept else None
    return PARTS[type(part)].slots(part, view) if part else ()


def _beside(command: c.ReviseAppointment, view: View) -> Iterable[str]:
    """Cancelled, it may have been the last of a series."""
    return occurrences.beside(command, view) if command.status == "cancelled" else ()


RULES = (Rule(c.ReviseAppointment, revise, names=on_appointment, slots=_slots, later=_beside),)
