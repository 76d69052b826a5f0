"""The roster: what is not given any more, and who may give what.

What is retired is hidden from new bookings and lists; what is booked stays as it is, and a later definition brings it
back. What changes nothing is accepted and writes nothing.
"""

from booking.change import Change, Decision, resource_stream
from booking.refusals import not_found
from booking.rule import Rule
from booking.supply import event_of
from booking.view import View
from contracts.errors import Rejection
from contracts.events import Event, LocationRetired, ResourceEligibilitySet, ResourceRetired, ServiceRetired
from contracts.roster import RetireLocation, RetireResource, RetireService, SetEligibility
from scheduling.book import Location, Resource, Service


def retire_location(command: RetireLocation, view: View) -> Decision:
    known = view.book.locations.get(command.id)
    return _retired(known, LocationRetired(id=command.id), f"location/{command.id}", not_found("id", "location"))


def retire_service(command: RetireService, view: View) -> Decision:
    unknown = Rejection(code="service_not_found", field="id", detail="There is no such service.")
    return _retired(view.book.services.get(command.id), ServiceRetired(id=command.id), f"service/{command.id}", unknown)


def retire_resource(command: RetireResource, view: View) -> Decision:
    known, stream = view.book.resources.get(command.id), resource_stream(command.id)
    return _retired(known, ResourceRetired(id=command.id), stream, not_found("id", "resource"))


def _retired(known: Location | Service | Resource | None, event: Event, stream: str, unknown: Rejection) -> Decision:
    if known is None:
        return unknown
    return [] if known.retired else [Change(stream, event, stream)]


def set_eligibility(command: SetEligibility, view: View) -> Decision:
    resource = view.book.resources.get(command.resource_id)
    if resource is None:
        return not_found("resource_id", "resource")
    if missing := _missing(command, view):
        return missing
    event = event_of(ResourceEligibilitySet, command)
    stream = resource_stream(command.resource_id)
    return [] if event.services == resource.certified else [Change(stream, event, stream)]


def _missing(command: SetEligibility, view: View) -> Rejection | None:
    for number, one in enumerate(command.services or ()):
        field = f"services.{number}"
        if one.service_id not in view.book.services:
            return Rejection(code="service_not_found", field=f"{field}.service_id", detail="There is no such service.")
        for place, location_id in enumerate(one.location_ids):
            if location_id not in view.book.locations:
                return not_found(f"{field}.location_ids.{place}", "location")
    return None


RULES = (
    Rule(RetireLocation, retire_location, writes=lambda command, _: f"location/{command.id}"),
    Rule(RetireService, retire_service, writes=lambda command, _: f"service/{command.id}"),
    Rule(RetireResource, retire_resource, writes=lambda command, _: resource_stream(command.id)),
    Rule(SetEligibility, set_eligibility, writes=lambda command, _: resource_stream(command.resource_id)),
)
