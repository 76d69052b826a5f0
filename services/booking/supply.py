"""Supply: the tenant, its places, services and resources, and when these are there.

A definition replaces the one before it. One that changes nothing is accepted and writes nothing.
"""

from collections.abc import Container, Sequence
from typing import TypeVar

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from booking.change import Change, Decision, resource_stream
from booking.refusals import invalid, not_found, unknown_zone
from booking.rule import Rule
from booking.view import View
from contracts.commands import Command
from contracts.errors import Rejection
from contracts.events import Event, LocationDefined, ResourceDefined, ServiceDefined, TenantDefined
from contracts.supply import DefineLocation, DefineResource, DefineService, DefineTenant
from scheduling.book import Location, Resource, Service
from scheduling.zones import zone

Defined = TypeVar("Defined", bound=Event)


def define_tenant(command: DefineTenant, view: View) -> Decision:
    book = view.book
    if command.id != view.state.tenant:
        return invalid("id", f"the command was sent for the tenant {view.state.tenant}")
    if command.default_location_id and command.default_location_id not in book.locations:
        return not_found("default_location_id", "location")
    known = book.defined and (command.name, command.default_location_id) == (book.name, book.default_location_id)
    stream = f"tenant/{command.id}"
    return [] if known else [Change(stream, event_of(TenantDefined, command), stream)]


def define_location(command: DefineLocation, view: View) -> Decision:
    if zone(command.tz) is None:
        return unknown_zone("tz")
    before = view.book.locations.get(command.id)
    return _definition(f"location/{command.id}", event_of(LocationDefined, command), before)


def define_service(command: DefineService, view: View) -> Decision:
    if missing := _missing(command.location_ids, view.book.locations, "location"):
        return missing
    before = view.book.services.get(command.id)
    event = event_of(ServiceDefined, command)
    event = replace(
        event,
        custom_fields=event.custom_fields or UNSET,
        capacity=UNSET if event.capacity is None else event.capacity,
    )
    return _definition(f"service/{command.id}", event, before)


def define_resource(command: DefineResource, view: View) -> Decision:
    if command.tz is not None and zone(command.tz) is None:
        return unknown_zone("tz")
    for number, trip in enumerate(command.travel):
        if zone(trip.tz) is None:
            return unknown_zone(f"travel.{number}.tz")
    missing = _missing(command.location_ids, view.book.locations, "location")
    missing = missing or _missing(command.service_ids, view.book.services, "service")
    if missing:
        return missing
    event = event_of(ResourceDefined, command)
    event = event if event.travel else replace(event, travel=UNSET)
    return _definition(resource_stream(command.id), event, view.book.resources.get(command.id))


def event_of(kind: type[Defined], command: Command) -> Defined:
    """The event with the command's own members; one that may be left out is, where it says nothing."""
    said = command.model_dump(by_alias=True, exclude={"actor"})
    silent = {one.encode_name for one in msgspec.structs.fields(kind) if one.default is msgspec.UNSET}
    says = {name: value for name, value in said.items() if name not in silent or not (value is None or value is False)}
    return msgspec.convert(says, kind)


def _definition(stream: str, event: Event, before: Location | Service | Resource | None) -> Decision:
    """A sealed member equals nothing, so a definition that gives one again is written again. So is one of what was
    retired: it is there again."""
    same = before is not None and not before.retired and event == before.defined
    return [] if same else [Change(stream, event, stream)]


def _missing(ids: Sequence[str], known: Container[str], what: str) -> Rejection | None:
    for number, wanted in enumerate(ids):
        if wanted not in known:
            return not_found(f"{what}_ids.{number}", what)
    return None


RULES = (
    Rule(DefineTenant, define_tenant, writes=lambda command, _: f"tenant/{command.id}"),
    Rule(DefineLocation, define_location, writes=lambda command, _: f"location/{command.id}"),
    Rule(DefineService, define_service, writes=lambda command, _: f"service/{command.id}"),
    Rule(DefineResource, define_resource, writes=lambda command, _: resource_stream(command.id)),
)
