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
    LocationDefined,
    Policies,
    PoliciesSet,
    ResourceDefined,
    ScheduleExceptionCleared,
    ScheduleExceptionSet,
    ScheduleSet,
    Scope,
    ServiceDefined,
    TenantDefined,
    TimeOffAdded,
    TimeOffRemoved,
)
from contracts.record import Record
from contracts.values import ResourceKind
from scheduling.hours import Hours
from scheduling.scopes import rule_starts, to_midnight
from scheduling.supply import Closure, ExceptionDay, Layer
from scheduling.zones import to_minute, to_minute_up

FALLBACK_ZONE = "UTC"
"""Of a resource that names neither zone nor place, in a tenant that has none."""


class Location(msgspec.Struct, frozen=True, kw_only=True):
    defined: LocationDefined
    event_id: str


class Service(msgspec.Struct, frozen=True, kw_only=True):
    defined: ServiceDefined
    event_id: str


class Resource(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A resource and its supply: `schedules` by layer, `exceptions` by local date, `time_off` by id."""

    defined: ResourceDefined
    event_id: str
    schedules: dict[int, Layer] = {}
    exceptions: dict[date, ExceptionDay] = {}
    time_off: dict[str, Closure] = {}

    @property
    def kind(self) -> ResourceKind:
        return self.defined.kind

    @cached_property
    def _hours(self) -> dict[str | tuple[str, bool], Hours]:
        return {}

    def hours(self, tz: str, to_midnight: bool = False) -> Hours:
        """Its hours by the clocks of `tz`: expanded once for this version of the resource."""
        key = (tz, True) if to_midnight else tz
        found = self._hours.get(key)
        if found is None:
            always = self.kind != "staff" and not self.schedules
            found = self._hours[key] = Hours(
                tz, self.schedules, self.exceptions, self.time_off, always, self.event_id, to_midnight
            )
        return found


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
    policy_events: dict[str, str] = {}
    """By scope too: the event that set them."""

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
        if self.default_location_id in self.locations:
            return self.locations[self.default_location_id]
        primary = sorted(place.defined.id for place in self.locations.values() if place.defined.primary)
        if primary or len(self.locations) == 1:
            return self.locations[next(iter(primary or self.locations))]
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
        if resource.tz:
            return resource.tz
        place = self._home(resource)
        return place.defined.tz if place else FALLBACK_ZONE

    def _home(self, resource: ResourceDefined) -> Location | None:
        place = self.locations.get(resource.location_ids[0]) if resource.location_ids else None
        return place or self.location()

    def hours(self, resource_id: str) -> Hours:
        resource, tz = self.resources[resource_id], self.zone_of(resource_id)
        if self.policies:
            return resource.hours(tz, self._to_midnight(resource_id))
        return resource.hours(tz)

    @cached_property
    def _midnights(self) -> dict[str, bool]:
        return {}

    def _to_midnight(self, resource_id: str) -> bool:
        """By its own policy, else its place's or the tenant's."""
        found = self._midnights.get(resource_id)
        if found is None:
            place = self._home(self.resources[resource_id].defined)
            keys = f"resource/{resource_id}", f"location/{place.defined.id}" if place else TENANT, TENANT
            found = self._midnights[resource_id] = to_midnight(self.policies, keys)
        return found

    @cached_property
    def rules_starts(self) -> bool:
        return rule_starts(self.policies.values())

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
            able = (one for one in self.resources.values() if one.kind == kind and serves(one, service_id, location_id))
            found = self._eligible[key] = tuple(sorted(one.defined.id for one in able))
        return found


def serves(resource: Resource, service_id: str, location_id: str) -> bool:
    """Whether a resource can give that service at that place; an empty list means all."""
    services, places = resource.defined.service_ids, resource.defined.location_ids
    return (not services or service_id in services) and (not places or location_id in places)


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
    return _with(book, replace(known, defined=event, event_id=event_id))


def _schedule(book: Book, event: ScheduleSet, event_id: str) -> Book:
    layer = Layer(weekly=event.weekly, from_=event.from_, until=event.until, event_id=event_id)
    resource = book.resources[event.resource_id]
    return _with_hours(book, replace(resource, schedules=resource.schedules | {event.layer: layer}))


def _exception(book: Book, event: ScheduleExceptionSet, event_id: str) -> Book:
    resource = book.resources[event.resource_id]
    day = ExceptionDay(windows=event.windows, event_id=event_id)
    return _with_hours(book, replace(resource, exceptions=resource.exceptions | {event.date: day}))


def _exception_cleared(book: Book, event: ScheduleExceptionCleared, event_id: str) -> Book:
    resource = book.resources[event.resource_id]
    return _with_hours(book, replace(resource, exceptions=_without(resource.exceptions, event.date)))


def _time_off(book: Book, event: TimeOffAdded, event_id: str) -> Book:
    resource = book.resources[event.resource_id]
    closure = Closure(
        start=to_minute(event.start) if event.start else 0,
        end=to_minute_up(event.end) if event.end else 0,
        start_date=event.start_date,
        end_date=event.end_date,
        event_id=event_id,
    )
    return _with_hours(book, replace(resource, time_off=resource.time_off | {event.time_off_id: closure}))


def _time_off_removed(book: Book, event: TimeOffRemoved, event_id: str) -> Book:
    resource = book.resources[event.resource_id]
    return _with_hours(book, replace(resource, time_off=_without(resource.time_off, event.time_off_id)))


def _policies(book: Book, event: PoliciesSet, event_id: str) -> Book:
    key = scope_key(event.scope)
    policies, events = book.policies | {key: event.policies}, book.policy_events | {key: event_id}
    return replace(book, policies=policies, policy_events=events)


def _with(book: Book, resource: Resource) -> Book:
    return replace(book, resources=book.resources | {resource.defined.id: resource})


def _with_hours(book: Book, resource: Resource) -> Book:
    """Another's hours change neither who is eligible nor any zone, so what was found of them is kept."""
    after = _with(book, resource)
    after.__dict__.update(book.__dict__)
    return after


def _without(mapping: dict[Any, Any], key: Any) -> dict[Any, Any]:
    return {name: value for name, value in mapping.items() if name != key}


_STEPS: dict[type, Callable[[Book, Any, str], Book]] = {
    TenantDefined: _tenant,
    LocationDefined: _location,
    ServiceDefined: _service,
    ResourceDefined: _resource,
    ScheduleSet: _schedule,
    ScheduleExceptionSet: _exception,
    ScheduleExceptionCleared: _exception_cleared,
    TimeOffAdded: _time_off,
    TimeOffRemoved: _time_off_removed,
    PoliciesSet: _policies,
}

SUPPLY: frozenset[str] = frozenset(event.__name__ for event in _STEPS)
"""The event types that a book is folded from."""
