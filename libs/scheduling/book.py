"""The book: a tenant's supply as its events left it: places, services, people and rooms, and when they can be booked.

A book never changes: `evolve` gives a new one that shares all that its event did not touch, so trying a decision on
a copy costs nothing and whoever holds the old book still holds it.
"""

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import Any

import msgspec
from msgspec.structs import replace

from contracts.events import (
    Certified,
    LocationDefined,
    LocationRetired,
    Policies,
    PoliciesSet,
    ResourceDefined,
    ResourceEligibilitySet,
    ResourceRetired,
    Scope,
    ServiceDefined,
    ServiceRetired,
    TenantDefined,
)
from contracts.record import Record
from contracts.values import ResourceKind
from scheduling import roster, timetable
from scheduling.hours import Hours
from scheduling.supply import Closure, ExceptionDay, Foreign, Holidays, Layer

FALLBACK_ZONE = "UTC"
"""Of a resource that names neither zone nor place, in a tenant that has none."""


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """A `retired` one stays known to what is booked there; so do services and resources."""

    defined: LocationDefined
    event_id: str
    retired: bool = False


class Service(msgspec.Struct, frozen=True, kw_only=True):
    defined: ServiceDefined
    event_id: str
    retired: bool = False


class Resource(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A resource and its supply: `schedules` by layer, `exceptions` by local date, `time_off` by id, what calendars
    elsewhere have by source. `certified` are the services it may give; None is all that it is defined for.
    """

    defined: ResourceDefined
    event_id: str
    schedules: dict[int, Layer] = {}
    exceptions: dict[date, ExceptionDay] = {}
    time_off: dict[str, Closure] = {}
    foreign: dict[str, Foreign] = {}
    certified: list[Certified] | None = None
    retired: bool = False

    @property
    def kind(self) -> ResourceKind:
        return self.defined.kind

    @cached_property
    def _hours(self) -> dict[Any, Hours]:
        return {}

    def hours(self, tz: str, holidays: Holidays | None = None) -> Hours:
        """Its hours by the clocks of `tz`: expanded once for this version of the resource."""
        key = (tz, holidays.event_id) if holidays else tz
        found = self._hours.get(key)
        if found is None:
            if len(self._hours) >= _EXPANSIONS:
                self._hours.clear()
            found = self._hours[key] = self._expanded(tz, holidays)
        return found

    def _expanded(self, tz: str, holidays: Holidays | None) -> Hours:
        always = self.kind != "staff" and not self.schedules
        trips = self.defined.travel or ()
        return Hours(
            tz, self.schedules, self.exceptions, self.time_off, always, self.event_id, trips, holidays,
            self.foreign.values(),
        )  # fmt: skip


_EXPANSIONS = 4
"""Kept of one version of a resource: zones and holidays change now and then while it does not."""


class Book(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """`defined` is false until the tenant's first event."""

    tenant: str
    defined: bool = False
    name: str | None = None
    default_location_id: str | None = None
    locations: dict[str, Location] = {}
    services: dict[str, Service] = {}
    resources: dict[str, Resource] = {}
    policies: dict[str, Policies] = {}
    """By scope (`scope_key`)."""
    holidays: dict[str, Holidays] = {}
    """By scope, of those that say which there are."""

    @classmethod
    def empty(cls, tenant: str) -> "Book":
        return cls(tenant=tenant)

    def location(self, location_id: str | None = None) -> Location | None:
        """That place; without an id the tenant's default, else its primary one, else its only one."""
        if location_id is not None:
            return self.locations.get(location_id)
        return self._default_location

    @cached_property
    def _default_location(self) -> Location | None:
        open_ = {id: place for id, place in self.locations.items() if not place.retired}
        if self.default_location_id in open_:
            return open_[self.default_location_id]
        primary = sorted(place.defined.id for place in open_.values() if place.defined.primary)
        if primary or len(open_) == 1:
            return open_[next(iter(primary or open_))]
        return None

    @cached_property
    def _zones(self) -> dict[str, str]:
        return {}

    def zone_of(self, resource_id: str) -> str:
        """A resource's zone: its own, else its first location's, else the default location's."""
        found = self._zones.get(resource_id)
        if found is None:
            found = self._zones[resource_id] = self._find_zone(self.resources[resource_id].defined)
        return found

    def _find_zone(self, resource: ResourceDefined) -> str:
        place = self._home(resource)
        return resource.tz or (place.defined.tz if place else FALLBACK_ZONE)

    def _home(self, resource: ResourceDefined) -> Location | None:
        """The place whose clocks and holidays it has: its first, else the default one."""
        place = self.locations.get(resource.location_ids[0]) if resource.location_ids else None
        return place or self.location()

    def hours(self, resource_id: str) -> Hours:
        holidays = self._holidays_of(resource_id) if self.holidays else None
        return self.resources[resource_id].hours(self.zone_of(resource_id), holidays)

    @cached_property
    def _calendars(self) -> dict[str, Holidays | None]:
        return {}

    def _holidays_of(self, resource_id: str) -> Holidays | None:
        """Those of its place, else the tenant's."""
        if resource_id not in self._calendars:
            place = self._home(self.resources[resource_id].defined)
            own = self.holidays.get(f"location/{place.defined.id}") if place else None
            self._calendars[resource_id] = own or self.holidays.get(TENANT)
        return self._calendars[resource_id]

    @cached_property
    def plans(self) -> dict[Any, Any]:
        """What asks were found to mean against this very book (scheduling.plans)."""
        return {}

    @cached_property
    def _eligible(self) -> dict[tuple[str, str, str], tuple[str, ...]]:
        return {}

    def eligible(self, kind: str, service_id: str, location_id: str) -> tuple[str, ...]:
        """Ids of the resources of a kind that can serve there, in order: the first free of them is chosen."""
        key = kind, service_id, location_id
        found = self._eligible.get(key)
        if found is None:
            alike = (one for one in self.resources.values() if one.kind == kind)
            able = [one.defined.id for one in alike if roster.serves(one, service_id, location_id)]
            found = self._eligible[key] = tuple(sorted(able))
        return found


TENANT = "tenant"
"""The widest scope's key."""


def scope_key(scope: Scope) -> str:
    """`tenant`, or what else policies are set for, written as the stream it has; the narrowest that is named."""
    named = ("resource", scope.resource_id), ("service", scope.service_id), ("location", scope.location_id)
    return next((f"{kind}/{id}" for kind, id in named if id is not None), TENANT)


def encode(book: Book) -> bytes:
    """A snapshot; what it was made of in memory is made again."""
    return msgspec.json.encode(book)


def decode(snapshot: bytes) -> Book:
    return _decoder.decode(snapshot)


_decoder = msgspec.json.Decoder(Book)


def evolve(book: Book, record: Record) -> Book:
    """The book after a record; one that is not about supply leaves it as it is. A later definition replaces."""
    step = _STEPS.get(type(record.event))
    return step(book, record.event, record.event_id) if step else book


def _tenant(book: Book, event: TenantDefined, event_id: str) -> Book:
    return replace(book, defined=True, name=event.name, default_location_id=event.default_location_id)


def _location(book: Book, event: LocationDefined, event_id: str) -> Book:
    return replace(book, locations=book.locations | {event.id: Location(defined=event, event_id=event_id)})


def _service(book: Book, event: ServiceDefined, event_id: str) -> Book:
    return replace(book, services=book.services | {event.id: Service(defined=event, event_id=event_id)})


def _resource(book: Book, event: ResourceDefined, event_id: str) -> Book:
    """Its hours stay: they have events of their own."""
    known = book.resources.get(event.id)
    if known is None:
        return _with(book, Resource(defined=event, event_id=event_id))
    return _with(book, replace(known, defined=event, event_id=event_id, retired=False))


def _policies(book: Book, event: PoliciesSet, event_id: str) -> Book:
    scope = scope_key(event.scope)
    holidays = roster.observed(book.holidays, scope, event, event_id)
    return replace(book, policies=book.policies | {scope: event.policies}, holidays=holidays)


def _with(book: Book, resource: Resource) -> Book:
    return replace(book, resources=book.resources | {resource.defined.id: resource})


def _with_hours(book: Book, resource: Resource) -> Book:
    """Another's hours change neither who is eligible nor any zone, so what was found of them is kept."""
    after = _with(book, resource)
    after.__dict__.update(book.__dict__)
    return after


def _of_hours(step: Callable[[Resource, Any, str], Resource]) -> Callable[[Book, Any, str], Book]:
    return lambda book, event, event_id: _with_hours(book, step(book.resources[event.resource_id], event, event_id))


_STEPS: dict[type, Callable[[Book, Any, str], Book]] = {
    TenantDefined: _tenant,
    LocationDefined: _location,
    ServiceDefined: _service,
    ResourceDefined: _resource,
    PoliciesSet: _policies,
    LocationRetired: roster.location_retired,
    ServiceRetired: roster.service_retired,
    ResourceRetired: roster.resource_retired,
    ResourceEligibilitySet: roster.eligibility_set,
    **{kind: _of_hours(step) for kind, step in timetable.STEPS.items()},
}

SUPPLY: frozenset[str] = frozenset(event.__name__ for event in _STEPS)
"""The event types that a book is folded from."""
