"""Sessions of a class: scheduled, resized, cancelled. Who has a seat is told by seats.py.

A session takes its resources' time like an appointment does, but may start at any minute of their hours: the grid is
for those who choose a start, and so are notice and horizon. It counts once in a resource's limits, whoever sits in it.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from booking import money, occurrences
from booking.change import Change, Decision, appointment_stream, subject_of
from booking.pencil import pencil
from booking.policies import told
from booking.refusals import already_used, invalid, not_found
from booking.rule import Rule
from booking.slot import Request, Slot, planned_for, stated
from booking.view import View
from contracts.classes import CAPACITY, CancelSession, ChangeCapacity, OnSession, ScheduleSession
from contracts.errors import Rejection
from contracts.events import AppointmentCancelled, CapacityChanged, HoldReleased, SessionCancelled, SessionScheduled
from contracts.session import KeptSession
from scheduling.sessions import StreamsNotLoaded, session_stream
from scheduling.slots import Ask, choose
from scheduling.zones import resolve

ENDED = frozenset({"completed", "no_show", "cancelled", "expired"})
"""What has ended is not cancelled with its session."""


def schedule(command: ScheduleSession, view: View) -> Decision:
    if command.id and session_stream(command.id) in view.state.entries:
        return already_used("id")
    request = _asked(command, view)
    slot = _taken(request, view)
    if isinstance(slot, Rejection):
        return slot
    capacity = command.capacity if command.capacity is not None else slot.service.defined.capacity
    if not isinstance(capacity, int):
        return invalid("capacity", "the service has none of its own, so it has to be given")
    stream = session_stream(command.id or view.new_id("ses_"))
    event = SessionScheduled(
        slot=slot.facts,
        capacity=capacity,
        chosen=slot.chosen,
        override=slot.overridden,
        override_reason=command.reason if slot.overridden else None,
        overridden=slot.against or msgspec.UNSET,
    )
    return [Change(stream, event, stream)]


def _asked(command: ScheduleSession, view: View) -> Request | Rejection:
    start = resolve(command.start, command.tz)
    end = resolve(command.end, command.tz) if command.end else None
    if isinstance(start, Rejection):
        return start
    if isinstance(end, Rejection):
        return msgspec.structs.replace(end, field="end")
    if end is not None and end <= start:
        return invalid("end", "it lies after start")
    ask = Ask(
        service_id=command.service_id,
        duration_minutes=command.duration_minutes if end is None else end - start,
        location_id=command.location_id,
        resources=tuple(command.resources) if command.resources else None,
        imported=view.imported,
        override=command.override,
        agreed=True,
        among="diary",
    )
    return Request(ask, start)


def _taken(request: Request | Rejection, view: View) -> Slot | Rejection:
    """The time of its resources, on the grid or not."""
    if isinstance(request, Rejection):
        return request
    planned = planned_for(request, view)
    if isinstance(planned, Rejection):
        return planned
    planned = planned.off_the_grid()
    choice = choose(view.book, view.diary, planned, request.start, view.now)
    return choice if isinstance(choice, Rejection) else stated(planned, choice, view)


def resize(command: ChangeCapacity, view: View) -> Decision:
    kept = _located(command, view)
    if isinstance(kept, Rejection):
        return kept
    before = kept.session.capacity
    if command.capacity == before:
        return []
    return [_change(kept, CapacityChanged(capacity=command.capacity, previous=before))]


def cancel(command: CancelSession, view: View) -> Decision:
    """And all its appointments: of holds nothing is left, the others are cancelled whatever the window for that is."""
    kept = _located(command, view)
    if isinstance(kept, Rejection):
        return kept
    attending = _attending(kept)
    if len(attending) > CAPACITY:
        return Rejection(code="too_large", detail=f"A session with more than {CAPACITY} appointments is not cancelled.")
    if missing := [stream for stream in attending if stream not in view.state.kept]:
        raise StreamsNotLoaded(*missing)
    changes = _all_sent_away(attending, command, view)
    event = SessionCancelled(reason=command.reason, notify=told(command.notify, kept.session, view))
    return [_change(kept, event), *changes]


def _attending(kept: KeptSession) -> list[str]:
    """Those who have seats, in the order in which they took them."""
    return list(dict.fromkeys(appointment_stream(seat.appointment_id) for seat in kept.session.seats))


def _all_sent_away(attending: list[str], command: CancelSession, view: View) -> list[Change]:
    """And the end of each series of which one of them was the last to come."""
    changes = list[Change]()
    with view.state.trial():
        for stream in attending:
            if one := _sent_away(stream, command, view):
                one += occurrences.ended_with(view.state.kept[stream], view)
                pencil(one, view)
                changes += one
    return changes


def _sent_away(stream: str, command: CancelSession, view: View) -> list[Change]:
    kept = view.state.kept[stream]
    if view.status(kept) in ENDED:
        return []
    subject = subject_of(stream, kept.appointment.customer)
    if kept.appointment.status == "held":
        return [Change(stream, HoldReleased(reason=command.reason), subject)]
    event = AppointmentCancelled(
        reason=command.reason,
        refund=_REFUND[command.refund],
        notify=told(command.notify, kept.appointment, view),
    )
    return [Change(stream, event, subject), *money.of_cancellation(kept, command.refund, view)]


_REFUND: dict[str | bool, Literal["policy", "true", "false"]] = {"policy": "policy", True: "true", False: "false"}


def _located(command: OnSession, view: View) -> KeptSession | Rejection:
    """The session named, at the version expected, if it is not cancelled."""
    kept: KeptSession | None = view.state.entries.get(session_stream(command.session_id))
    if kept is None:
        return not_found("session_id", "session")
    seen = kept.session
    if command.expected_version not in (None, seen.version):
        detail = f"The session is at version {seen.version}."
        return Rejection(code="version_conflict", detail=detail, members={"version": seen.version})
    if seen.status == "cancelled":
        members = {"from": "cancelled", "to": "cancelled", "allowed": list[str]()}
        return Rejection(code="invalid_transition", detail="The session is cancelled.", members=members)
    return kept


def _change(kept: KeptSession, event: CapacityChanged | SessionCancelled) -> Change:
    stream = session_stream(kept.session.id)
    return Change(stream, event, stream)


def _opens(command: ScheduleSession) -> str | None:
    return session_stream(command.id) if command.id else None


def _named(command: OnSession) -> list[str]:
    return [session_stream(command.session_id)]


def _written(command: OnSession, tenant: str) -> str:
    return session_stream(command.session_id)


def _slot(command: ScheduleSession, view: View) -> list[Request | Rejection]:
    return [_asked(command, view)]


def _with_it(command: CancelSession, view: View) -> Iterable[str]:
    """Whoever has a seat is cancelled with it, which may end a series."""
    session: KeptSession | None = view.state.entries.get(session_stream(command.session_id))
    for stream in _attending(session) if session else ():
        yield stream
        if kept := view.state.kept.get(stream):
            yield from occurrences.to_be_asked(kept, view)


RULES = (
    Rule(ScheduleSession, schedule, opens=_opens, slots=_slot),
    Rule(CancelSession, cancel, names=_named, writes=_written, later=_with_it),
    Rule(ChangeCapacity, resize, names=_named, writes=_written),
)
