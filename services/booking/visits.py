"""Visits: several services back to back, booked in one decision: an appointment each, all of them or none.

Buffers lie around a visit, not within it. Each segment is decided on a diary that has those before it, and whoever is
not named is chosen for each by its own service. Once booked, each lives its own life.
"""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from booking import custom_fields, customers
from booking.change import Change, Decision, appointment_stream, subject_of
from booking.slot import Request, Slot, planned_for, wanted
from booking.together import Taken, in_turn, too_bulky
from booking.view import View
from contracts.commands import BookAppointment
from contracts.errors import Rejection
from contracts.events import AppointmentBooked, AppointmentRequested
from contracts.segments import SegmentBody
from contracts.values import CustomerRef

Opening = Callable[[BookAppointment, Slot, CustomerRef, View], AppointmentBooked | AppointmentRequested]
"""What is written of one slot."""


def book(command: BookAppointment, opening: Opening, view: View) -> Decision:
    requests = _requests(command, view)
    if isinstance(requests, Rejection):
        return requests
    if too_large := too_bulky(command, len(requests)):
        return too_large
    said, names = command.custom_fields, [request.ask.service_id for request in requests]
    if unknown := custom_fields.refused_of_several(said, names, view):
        return unknown
    matched = customers.match(command.customer, view)
    if isinstance(matched, Rejection):
        return matched
    visit_id, streams = view.new_id("vis_"), [appointment_stream(view.new_id("apt_")) for _ in requests]

    def opened(number: int, slot: Slot) -> list[Change]:
        own = command.model_copy(update={"custom_fields": custom_fields.known_to(said, names[number], view)})
        event = replace(opening(own, slot, matched.ref, view), visit_id=visit_id)
        return [Change(streams[number], event, subject_of(streams[number], matched.ref))]

    taken = in_turn(requests, opened, view)
    return _refused(taken) or [*matched.changes, *(change for one in taken for change in one.changes)]


def _requests(command: BookAppointment, view: View) -> list[Request] | Rejection:
    """Each where the one before it ends, at the place of the first."""
    first = wanted(command, view)
    if isinstance(first, Rejection):
        return first
    segments = command.segments or []
    requests, start, place = list[Request](), first.start, command.location_id
    for number, segment in enumerate(segments):
        ask = first.ask._replace(location_id=place, joined=(number > 0, number < len(segments) - 1), **_said(segment))
        requests.append(replace(first, ask=ask, start=start))
        planned = planned_for(requests[-1], view)
        if isinstance(planned, Rejection):
            return _within(number, planned)
        start, place = start + planned.duration, planned.location.defined.id
    return requests


def _said(segment: SegmentBody) -> dict[str, Any]:
    """What a segment says for itself."""
    return {
        "service_id": segment.service_id,
        "option_id": segment.option_id,
        "duration_minutes": segment.duration_minutes,
        "resources": tuple(segment.resources) if segment.resources else None,
        "addons": tuple(segment.addons),
    }


def _within(number: int, rejection: Rejection) -> Rejection:
    """The same refusal, with its field where the sender wrote it."""
    if rejection.field in SegmentBody.model_fields:
        return replace(rejection, field=f"segments.{number}.{rejection.field}")
    return rejection


def _refused(taken: Sequence[Taken]) -> Rejection | None:
    """The first refusal, with all that stands against any segment, and which these are."""
    refused = [(number, one.slot) for number, one in enumerate(taken) if isinstance(one.slot, Rejection)]
    if not refused:
        return None
    blockers = list(dict.fromkeys(fact for _, each in refused for fact in each.blockers))
    members = refused[0][1].members | {"segments": [number for number, _ in refused]}
    return replace(refused[0][1], blockers=blockers, alternatives=[], members=members)


def asked(command: BookAppointment, view: View) -> list[Request | Rejection]:
    requests = _requests(command, view)
    return [requests] if isinstance(requests, Rejection) else [*requests]
