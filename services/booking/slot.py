"""The slot that a command asks for: resolved against the book, decided against the diary, stated as facts.

Holds, bookings and moves all take their slot here, with the same `choose` that offers slots (P4).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

import msgspec
from msgspec import UNSET
from msgspec.structs import replace as with_members

from booking import seats
from booking.change import appointment_stream
from booking.tax import tax_of
from booking.view import View
from contracts.appointment import Appointment, Kept
from contracts.commands import BookAppointment, RescheduleAppointment, Wanted
from contracts.errors import Rejection
from contracts.session import KeptSession
from contracts.values import Chosen, Money, Overridden, ResourceRef, ServiceRef, SlotFacts, Span
from scheduling.book import Location, Service
from scheduling.sessions import session_stream
from scheduling.slots import Ask, Choice, Plan, choose, plan
from scheduling.zones import local_text, resolve, to_datetime, to_minute

EPOCH = date(1970, 1, 1).toordinal()


class Slot(msgspec.Struct, frozen=True):
    """A slot that may be taken. `overridden` tells whether something stood against it: what, is in `against`."""

    facts: SlotFacts
    chosen: Chosen
    service: Service
    location: Location
    overridden: bool
    against: list[Overridden] = []


class Request(msgspec.Struct, frozen=True):
    """What a command asks of the diary: which start, and what has to be free."""

    ask: Ask
    start: int
    excluded: Collection[str] = ()
    """Resources that are not to be chosen."""


def wanted(command: Wanted, view: View) -> Request | Rejection:
    """What a hold or a booking asks for."""
    start = resolve(command.start, command.tz)
    if isinstance(start, Rejection):
        return start
    ask = Ask(
        service_id=command.service_id,
        option_id=command.option_id,
        duration_minutes=command.duration_minutes,
        location_id=command.location_id,
        resources=tuple(command.resources) if command.resources else None,
        seats=command.seats,
        addons=tuple(command.addons),
        imported=view.imported,
        override=isinstance(command, BookAppointment) and command.override,
        session_id=command.session_id,
    )
    return Request(ask, start)


def days_named(command: Wanted) -> list[tuple[str, int]]:
    """The days of those it names, where its start is an instant: nearly always all that decides about it."""
    if not command.resources or command.start.tzinfo is None:
        return []
    day = command.start.toordinal() - EPOCH
    return [(resource_id, day) for resource_id in command.resources]


def asked(command: Wanted, view: View) -> list[Request | Rejection]:
    """The one slot that a hold or a booking asks for."""
    return [wanted(command, view)]


def session_named(command: Wanted | RescheduleAppointment) -> list[str]:
    return [session_stream(command.session_id)] if command.session_id else []


def take(request: Request | Rejection, view: View) -> Slot | Rejection:
    """The slot asked for, if every rule of `choose` agrees."""
    if isinstance(request, Rejection):
        return request
    planned = planned_for(request, view)
    if isinstance(planned, Rejection):
        return planned
    choice = choose(view.book, view.diary, planned, request.start, view.now, view.state.entries.get)
    return choice if isinstance(choice, Rejection) else stated(planned, choice, view)


def stated(planned: Plan, choice: Choice, view: View) -> Slot:
    """The choice as facts; of seats they are the session's own."""
    facts = _facts(planned, choice, planned.ask, view)
    if choice.session is not None:
        facts = _in_session(facts, choice.session)
    location = view.book.locations[facts.location_id]
    against = [
        Overridden(reason=one.reason, event_id=one.event_id, resource_id=one.resource_id) for one in choice.overridden
    ]
    return Slot(facts, choice.chosen, planned.service, location, bool(against), against)


def _in_session(facts: SlotFacts, kept: KeptSession) -> SlotFacts:
    """Each seat costs what the service does."""
    seen, price = kept.session, facts.price
    return with_members(
        facts,
        location_id=seen.location_id,
        resources=seen.resources,
        tz=seen.tz,
        local_start=seen.local_start,
        session_id=seen.id,
        price=price and with_members(price, amount_minor=price.amount_minor * facts.seats),
    )


def planned_for(request: Request, view: View) -> Plan | Rejection:
    """What the request means against the book, without those excluded."""
    planned = plan(view.book, request.ask)
    if isinstance(planned, Rejection) or not request.excluded:
        return planned
    needs = tuple(
        replace(need, pool=tuple(able for able in need.pool if able not in request.excluded)) for need in planned.needs
    )
    return replace(planned, needs=needs)


def _facts(planned: Plan, choice: Choice, ask: Ask, view: View) -> SlotFacts:
    service, location = planned.service.defined, planned.location.defined
    return SlotFacts(
        service=ServiceRef(id=service.id, name=service.name, option=ask.option_id),
        location_id=location.id,
        resources=[_ref(view, resource_id) for resource_id in choice.resources],
        start=to_datetime(choice.start),
        end=to_datetime(choice.end),
        busy=Span(start=to_datetime(choice.busy_start), end=to_datetime(choice.busy_end)),
        tz=location.tz,
        local_start=local_text(choice.start, location.tz),
        seats=ask.seats,
        price=_price(planned),
        tax=tax_of(planned) or UNSET,
        addons=[ServiceRef(id=one.defined.id, name=one.defined.name) for one in planned.addons] or UNSET,
    )


def _price(planned: Plan) -> Money | None:
    """Of the option or service, and of what is given with it: a plan has but one currency."""
    service, option = planned.service.defined, planned.option
    base = option.price if option and option.price else service.price
    if not planned.addons:
        return base
    prices = [price for price in (base, *(one.defined.price for one in planned.addons)) if price]
    return with_members(prices[0], amount_minor=sum(price.amount_minor for price in prices)) if prices else None


def as_booked(facts: SlotFacts, kept: Kept) -> SlotFacts:
    """Another slot for an appointment: what it is for, and what it costs, were agreed on before."""
    seen = kept.appointment
    agreed = {"service": seen.service, "price": seen.price, "tax": seen.tax or UNSET, "addons": seen.addons or UNSET}
    return with_members(facts, **agreed)


def _ref(view: View, resource_id: str) -> ResourceRef:
    resource = view.book.resources[resource_id].defined
    return ResourceRef(id=resource.id, kind=resource.kind, name=resource.name)


def again(
    kept: Kept,
    view: View,
    *,
    start: int | None = None,
    duration_minutes: int | None = None,
    resources: Sequence[str] | None = None,
    excluded: Collection[str] = (),
    begun: bool = False,
    override: bool = False,
    session_id: str | None = None,
) -> Request:
    """The slot of an appointment asked for once more, where its own interval does not block itself.

    What is not named stays as it is. `excluded` are not taken again; `begun` allows for a start that has passed. A
    start that stays was agreed on when it was far enough ahead.
    What has seats moves among the sessions of its class, what has none to one that is named alone.
    """
    seen = kept.appointment
    first, last = to_minute(seen.start), to_minute(seen.end)
    named = tuple(resources) if resources is not None else None
    ask = Ask(
        service_id=seen.service.id,
        option_id=seen.service.option,
        duration_minutes=duration_minutes or last - first,
        location_id=seen.location_id,
        resources=tuple(resource.id for resource in seen.resources) if named is None else named,
        seats=seen.seats,
        reschedule_of=appointment_stream(seen.id),
        imported=view.imported,
        agreed=start is None,
        begun=begun,
        joined=_joined(seen) if start in (None, first) else (False, False),
        override=override,
        among="diary",
    )
    request = Request(ask, first if start is None else start, excluded)
    if session_id is None and seen.session_id is None:
        return request
    if session_id is None and request.start == first and named is None and duration_minutes is None:
        session_id = seats.at_hand(str(seen.session_id), view).session.id
    return _seated(request, session_id, duration_minutes, named)


def _seated(request: Request, session_id: str | None, minutes: int | None, named: tuple[str, ...] | None) -> Request:
    """The same in the session named, else in any that is as asked: what was not named is as the session has it."""
    ask = request.ask._replace(
        duration_minutes=minutes,
        resources=None if request.excluded else named,
        location_id=None if session_id else request.ask.location_id,
        session_id=session_id,
        among="sessions",
        excluded=tuple(request.excluded),
    )
    return Request(ask, request.start, request.excluded)


def _joined(seen: Appointment) -> tuple[bool, bool]:
    """Where it stays in its visit it is as close to the other parts as it was."""
    return (seen.busy.start == seen.start, seen.busy.end == seen.end) if seen.visit_id else (False, False)
