"""The waitlist: who waits for a slot that is taken now. What is offered to whom stands in offers.py."""

from datetime import datetime

import msgspec

from booking import customers
from booking.change import Change, Decision, customer_stream
from booking.refusals import already_used, not_found
from booking.rule import Rule, customer_of
from booking.turns import about, entry_of, given_up, not_waiting, others_asked, waitlist_stream
from booking.view import View
from contracts.commands import JoinWaitlist, LeaveWaitlist
from contracts.errors import Rejection
from contracts.events import WaitlistJoined, WaitlistLeft
from contracts.values import ServiceRef
from contracts.waitlist import Wants, seen_at
from scheduling.plans import Ask, plan
from scheduling.zones import resolve, to_datetime


def join(command: JoinWaitlist, view: View) -> Decision:
    """For what could be booked at all: a slot that nobody can give is not waited for."""
    if command.id and entry_of(command.id, view):
        return already_used("id")
    matched = customers.match(command.customer, view)
    if isinstance(matched, Rejection):
        return matched
    named = tuple(command.wants.resources)
    planned = plan(view.book, Ask(command.service_id, location_id=command.location_id, resources=named or None))
    if isinstance(planned, Rejection):
        return _of_wants(planned)
    wants = _wants(command, view)
    if isinstance(wants, Rejection):
        return wants
    service = planned.service.defined
    event = WaitlistJoined(
        service=ServiceRef(id=service.id, name=service.name),
        location_id=command.location_id,
        customer=matched.ref,
        wants=wants,
    )
    stream = waitlist_stream(command.id or view.new_id("wai_"))
    return [*matched.changes, Change(stream, event, customer_stream(matched.ref.id))]


def _of_wants(refused: Rejection) -> Rejection:
    return msgspec.structs.replace(refused, field="wants.resources") if refused.field == "resources" else refused


def _wants(command: JoinWaitlist, view: View) -> Wants | Rejection:
    first = _instant(command.wants.from_, "wants.from", command)
    last = _instant(command.wants.to, "wants.to", command)
    moved_up = _start_of(command.earlier_than, view)
    for one in (first, last, moved_up):
        if isinstance(one, Rejection):
            return one
    end = min((one for one in (last, moved_up) if isinstance(one, datetime)), default=None)
    if end is not None and end <= view.now:
        return Rejection(code="in_past", field="wants.to", detail="There is nothing left to wait for.")
    return Wants(from_=first if isinstance(first, datetime) else None, to=end, resources=list(command.wants.resources))


def _start_of(appointment_id: str | None, view: View) -> datetime | Rejection | None:
    if appointment_id is None:
        return None
    kept = view.kept(appointment_id)
    return kept.appointment.start if kept else not_found("earlier_than", "appointment")


def _instant(at: datetime | None, field: str, command: JoinWaitlist) -> datetime | Rejection | None:
    minute = resolve(at, command.tz) if at else None
    if isinstance(minute, Rejection):
        return msgspec.structs.replace(minute, field=field)
    return None if minute is None else to_datetime(minute)


def leave(command: LeaveWaitlist, view: View) -> Decision:
    """What was offered to them goes to the next who was to be asked, else it is free again."""
    kept = entry_of(command.waitlist_id, view)
    if kept is None:
        return not_found("waitlist_id", "waitlist entry")
    status = seen_at(kept, view.now).status
    if status not in ("waiting", "offered"):
        return not_waiting(status, "left")
    left = about(kept, WaitlistLeft(reason=command.reason))
    return [left, *given_up(kept, view)]


def _opens(command: JoinWaitlist) -> str | None:
    return waitlist_stream(command.id) if command.id else None


def _appointment(command: JoinWaitlist) -> list[str]:
    return [f"appointment/{command.earlier_than}"] if command.earlier_than else []


RULES = (
    Rule(JoinWaitlist, join, names=_appointment, customer=customer_of, opens=_opens),
    Rule(
        LeaveWaitlist, leave, names=lambda command: [waitlist_stream(command.waitlist_id)],
        later=lambda command, view: others_asked(command.waitlist_id, view),
    ),
)  # fmt: skip
