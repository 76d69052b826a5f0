"""Series: the same appointment again and again by a rule, booked and cancelled in one decision.

Each occurrence is an appointment of its own: it can be moved or cancelled alone and stays in the series. Under
`all_or_nothing` every occurrence is had, with one host, or nothing is written; under `skip` those that cannot be had
are told of and left out.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from booking import bookings, custom_fields, customers, life, series_moves
from booking.change import Change, Decision, appointment_stream, subject_of
from booking.occurrences import (
    Refusal,
    known,
    led_to,
    meant,
    named,
    of_series,
    refused,
    series_stream,
)
from booking.pencil import pencil
from booking.refusals import already_used
from booking.rule import Rule, customer_of
from booking.slot import Request, Slot, planned_for, wanted
from booking.together import Taken, all_of, as_many_as_possible, sessions_meant, too_bulky
from booking.view import View
from contracts.commands import BookSeries, CancelAppointment, CancelSeries
from contracts.errors import Rejection
from contracts.events import SeriesCreated, SeriesOccurrenceSkipped
from contracts.values import CustomerRef
from scheduling.recurrence import occurrences
from scheduling.zones import local_text, to_datetime

MOST_LOOKED_AT = 3_000
"""Occurrences, each times everybody who might give it: what one decision loads and looks through."""


def book(command: BookSeries, view: View) -> Decision:
    if command.id and known(command.id, view):
        return already_used("id")
    if unknown := custom_fields.refused(command.custom_fields, command.service_id, view):
        return unknown
    requests = _requests(command, view)
    if isinstance(requests, Rejection):
        return requests
    matched = customers.match(command.customer, view)
    if isinstance(matched, Rejection):
        return matched
    decided = _decide(command, requests, matched.ref, view)
    return decided if isinstance(decided, Rejection) else [*matched.changes, *decided]


def _requests(command: BookSeries, view: View) -> list[Request] | Rejection:
    """A request for each occurrence of the rule, in the wall time of the place."""
    first = wanted(command, view)
    if isinstance(first, Rejection):
        return first
    planned = planned_for(first, view)
    if isinstance(planned, Rejection):
        return planned
    starts = occurrences(command.rrule, first.start, planned.location.defined.tz, tuple(command.exdates))
    if isinstance(starts, Rejection):
        return starts
    if len(starts) * len(set(planned.resources())) > MOST_LOOKED_AT:
        detail = f"Somebody is looked at {MOST_LOOKED_AT} times at most: name the resources, or book fewer."
        return Rejection(code="too_large", field="rrule", detail=detail)
    return too_bulky(command, len(starts)) or _each(command, starts, view)


def _each(command: BookSeries, starts: Iterable[int], view: View) -> list[Request] | Rejection:
    """Each asks for itself: what is meant may depend on when."""
    requests = []
    for start in starts:
        request = wanted(command.model_copy(update={"start": to_datetime(start)}), view)
        if isinstance(request, Rejection):
            return request
        requests.append(request)
    return requests


def _decide(command: BookSeries, requests: list[Request], customer: CustomerRef, view: View) -> Decision:
    series_id = command.id or view.new_id("ser_")
    ids = [view.new_id("apt_") for _ in requests]

    def opening(number: int, slot: Slot) -> list[Change]:
        stream = appointment_stream(ids[number])
        event = replace(bookings.opening(command, slot, customer, view), series_id=series_id)
        return [Change(stream, event, subject_of(stream, customer))]

    everyone = all_of if command.on_conflict == "all_or_nothing" else as_many_as_possible
    taken = everyone(requests, opening, view)
    if why_not := _refused(command, taken):
        return why_not
    created = _created(command, series_id, taken, customer.id, ids)
    rest = [change for one in taken for change in one.changes or [_skipped(series_id, customer.id, one, created.tz)]]
    return [of_series(series_id, customer.id, created), *rest]


def _refused(command: BookSeries, taken: list[Taken]) -> Rejection | None:
    """Why there is no series: one occurrence that cannot be had is enough, or under `skip` that none can."""
    refusals = [(to_datetime(one.request.start), one.slot) for one in taken if isinstance(one.slot, Rejection)]
    enough = 1 if command.on_conflict == "all_or_nothing" else len(taken)
    return refused(refusals) if len(refusals) >= enough else None


def _created(
    command: BookSeries, series_id: str, taken: list[Taken], customer_id: str, ids: list[str]
) -> SeriesCreated:
    slot = next(one.slot for one in taken if isinstance(one.slot, Slot))
    start, tz = taken[0].request.start, slot.facts.tz
    return SeriesCreated(
        rrule=command.rrule,
        exdates=[left_out.isoformat() for left_out in command.exdates],
        start=to_datetime(start),
        tz=tz,
        local_start=local_text(start, tz),
        on_conflict=command.on_conflict,
        service_id=slot.facts.service.id,
        location_id=slot.facts.location_id,
        customer_id=customer_id,
        appointment_ids=[id for id, one in zip(ids, taken, strict=True) if isinstance(one.slot, Slot)],
    )


def _skipped(series_id: str, customer_id: str, one: Taken, tz: str) -> Change:
    assert isinstance(one.slot, Rejection)
    event = SeriesOccurrenceSkipped(
        start=to_datetime(one.request.start),
        local_start=local_text(one.request.start, tz),
        reason=one.slot.code,
        detail=one.slot.detail,
        blocked_by=list(dict.fromkeys(fact.event_id for fact in one.slot.blockers if fact.event_id)),
    )
    return of_series(series_id, customer_id, event)


def cancel(command: CancelSeries, view: View) -> Decision:
    """Each by the rules of its own cancellation, all of them or none; with the last to come the series ends."""
    kepts = meant(command, view)
    if isinstance(kepts, Rejection):
        return kepts
    changes, refusals = list[Change](), list[Refusal]()
    with view.state.trial():
        for kept in kepts:
            decision = life.cancel(_one(command, kept.appointment.id), view)
            if isinstance(decision, Rejection):
                refusals.append((kept.appointment.start, decision))
            else:
                pencil(decision, view)
                changes += decision
    return refused(refusals) if refusals else changes


def _one(command: CancelSeries, appointment_id: str) -> CancelAppointment:
    return CancelAppointment(
        appointment_id=appointment_id, reason=command.reason, refund=command.refund, notify=command.notify
    )


def _opens(command: BookSeries) -> str | None:
    return series_stream(command.id) if command.id else None


def _all_requests(command: BookSeries, view: View) -> list[Request | Rejection]:
    requests = _requests(command, view)
    return [requests] if isinstance(requests, Rejection) else [*requests]


def _sessions(command: BookSeries, view: View) -> list[str]:
    """Those of its class that start then."""
    return sessions_meant(_all_requests(command, view), view)


RULES = (
    Rule(BookSeries, book, customer=customer_of, opens=_opens, slots=_all_requests, later=_sessions),
    Rule(CancelSeries, cancel, names=named, later=led_to),
    *series_moves.RULES,
)
