"""The roster: who may give what where, what is not given any more, and on which dates all is closed.

Steps of the book's fold; what is retired stays in the book, for what is booked with it.
"""

from typing import TYPE_CHECKING

from msgspec import UNSET
from msgspec.structs import replace

from contracts.events import LocationRetired, PoliciesSet, ResourceEligibilitySet, ResourceRetired, ServiceRetired
from scheduling.supply import Holidays

if TYPE_CHECKING:
    from scheduling.book import Book, Resource


def serves(resource: "Resource", service_id: str, location_id: str) -> bool:
    """Whether a resource can give that service at that place; an empty list means all."""
    services, places = resource.defined.service_ids, resource.defined.location_ids
    fits = (not services or service_id in services) and (not places or location_id in places)
    return fits and not resource.retired and _certified(resource, service_id, location_id)


def _certified(resource: "Resource", service_id: str, location_id: str) -> bool:
    if resource.certified is None:
        return True
    where = next((one.location_ids for one in resource.certified if one.service_id == service_id), None)
    return where is not None and (not where or location_id in where)


def location_retired(book: "Book", event: LocationRetired, event_id: str) -> "Book":
    return replace(book, locations=book.locations | {event.id: replace(book.locations[event.id], retired=True)})


def service_retired(book: "Book", event: ServiceRetired, event_id: str) -> "Book":
    return replace(book, services=book.services | {event.id: replace(book.services[event.id], retired=True)})


def resource_retired(book: "Book", event: ResourceRetired, event_id: str) -> "Book":
    return replace(book, resources=book.resources | {event.id: replace(book.resources[event.id], retired=True)})


def eligibility_set(book: "Book", event: ResourceEligibilitySet, event_id: str) -> "Book":
    resource = replace(book.resources[event.resource_id], certified=event.services)
    return replace(book, resources=book.resources | {event.resource_id: resource})


def observed(before: dict[str, Holidays], scope: str, event: PoliciesSet, event_id: str) -> dict[str, Holidays]:
    """The holidays of every scope that says which there are; null and an empty list say that there are none."""
    others = {key: holidays for key, holidays in before.items() if key != scope}
    if event.policies.holidays is UNSET:
        return others
    dates = {one.date: one.windows for one in event.policies.holidays or ()}
    return others | {scope: Holidays(dates=dates, event_id=event_id)}
