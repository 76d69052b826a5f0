"""A series moved: so much wall time later or earlier, every occurrence meant or none.

They are decided on a diary without any of them, so none stands in another's way; each gives up where it was with the
event that takes where it goes, so at no instant is neither taken.
"""

from datetime import datetime, timedelta

from booking import moves
from booking.change import Change, Decision, appointment_stream
from booking.occurrences import Refusal, known, led_to, meant, named, nothing_left, of_series, refused
from booking.pencil import pencil, told
from booking.rule import Rule
from booking.slot import Request
from booking.together import sessions_meant
from booking.view import View
from contracts.appointment import Kept
from contracts.commands import RescheduleAppointment
from contracts.errors import Rejection
from contracts.events import SeriesRescheduled
from contracts.series import RescheduleSeries
from scheduling.sessions import StreamsNotLoaded
from scheduling.zones import known_zone, resolve, to_datetime, to_local, to_minute

Move = tuple[Kept, RescheduleAppointment]


def reschedule(command: RescheduleSeries, view: View) -> Decision:
    found = _moves(command, view)
    if isinstance(found, Rejection):
        return found
    shift, each = found
    changes = _all_moved(_one_by_one(each, shift), view)
    if isinstance(changes, Rejection) or not changes:
        return changes
    series = known(command.series_id, view)
    assert series is not None
    streams = {change.stream for change in changes}
    moved = SeriesRescheduled(
        scope=command.scope,
        shift_minutes=shift // timedelta(minutes=1),
        appointment_ids=[kept.appointment.id for kept, _ in each if appointment_stream(kept.appointment.id) in streams],
        reason=command.reason,
    )
    return [of_series(series.id, series.customer_id, moved), *changes]


def _one_by_one(each: list[Move], shift: timedelta) -> list[Move]:
    """Decided and written in an order in which none lands where another still is: who goes later, the last first (P1
    holds at every position, not only after the decision, and a seat is free once it was left)."""
    return each[::-1] if shift > timedelta() else each


def _moves(command: RescheduleSeries, view: View) -> tuple[timedelta, list[Move]] | Rejection:
    """By how much wall time, and the move of each."""
    kepts = meant(command, view)
    if isinstance(kepts, Rejection):
        return kepts
    start = resolve(command.start, command.tz)
    if isinstance(start, Rejection):
        return start
    anchor = next((kept for kept in kepts if command.appointment_id in (None, kept.appointment.id)), None)
    if anchor is None:
        return nothing_left()
    place = known_zone(anchor.appointment.tz)
    shift = to_local(start, place).replace(tzinfo=None) - _wall(anchor)
    return shift, [(kept, _move(command, kept, shift, start if kept is anchor else None)) for kept in kepts]


def _wall(kept: Kept) -> datetime:
    seen = kept.appointment
    return to_local(to_minute(seen.start), known_zone(seen.tz)).replace(tzinfo=None)


def _move(command: RescheduleSeries, kept: Kept, shift: timedelta, exactly: int | None) -> RescheduleAppointment:
    return RescheduleAppointment(
        appointment_id=kept.appointment.id,
        start=_wall(kept) + shift if exactly is None else to_datetime(exactly),
        tz=kept.appointment.tz,
        resources=command.resources,
        reason=command.reason,
        notify=command.notify,
    )


def _all_moved(each: list[Move], view: View) -> Decision:
    """On a diary without any of them, where each finds those that were moved before it."""
    changes, refusals = list[Change](), list[Refusal]()
    with view.state.trial():
        for kept, _ in each:
            view.diary.clear(appointment_stream(kept.appointment.id))
        for kept, move in each:
            decision = moves.reschedule(move, view)
            if isinstance(decision, Rejection):
                refusals.append((kept.appointment.start, told(decision)))
                continue
            _settle(kept, decision, view)
            changes += decision
    return refused(sorted(refusals, key=lambda one: one[0])) if refusals else changes


def _settle(kept: Kept, decision: list[Change], view: View) -> None:
    """Pencilled in where it goes, or back where it stays."""
    stream = appointment_stream(kept.appointment.id)
    if decision:
        pencil(decision, view)
    else:
        view.diary.write(stream, view.state.taken.get(stream, ()))


def _slots_moved_to(command: RescheduleSeries, view: View) -> list[Request | Rejection]:
    try:
        found = _moves(command, view)
    except StreamsNotLoaded:
        return []
    return [found] if isinstance(found, Rejection) else [moves.rescheduled(move, kept, view) for kept, move in found[1]]


def _later(command: RescheduleSeries, view: View) -> list[str]:
    """Beside those that it leads to the sessions, if it has seats, that are moved to."""
    return [*led_to(command, view), *sessions_meant(_slots_moved_to(command, view), view)]


RULES = (Rule(RescheduleSeries, reschedule, names=named, slots=_slots_moved_to, later=_later),)
