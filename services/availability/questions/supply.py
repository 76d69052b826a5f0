"""Places, services and resources as their events left them."""

from datetime import datetime
from typing import Any

import msgspec

from availability.moment import Moment
from availability.questions.book import book_at
from availability.sources import Sources
from contracts.events import Policies, Scope
from kit.problems import Problem
from scheduling.book import Book, Location, Resource, Service, scope_key
from scheduling.zones import to_datetime

KINDS = ("locations", "services", "resources")


async def one(sources: Sources, at: Moment, kind: str, item_id: str) -> dict[str, Any]:
    """A place, service or resource by its id."""
    book = await book_at(sources, at)
    found = getattr(book, kind).get(item_id)
    if found is None:
        code = "service_not_found" if kind == "services" else "not_found"
        raise Problem(code, f"There is no such {kind[:-1]}.")
    return _members(found, book)


async def every(sources: Sources, at: Moment, kind: str) -> list[dict[str, Any]]:
    """All of a kind, by id, but for what is retired."""
    book = await book_at(sources, at)
    items = getattr(book, kind)
    return [_members(items[item_id], book) for item_id in sorted(items) if not items[item_id].retired]


def _members(found: Location | Service | Resource, book: Book) -> dict[str, Any]:
    """As defined, and the policies set for just this."""
    policies = book.policies.get(scope_key(_scope(found)), Policies())
    members: dict[str, Any] = msgspec.to_builtins(found.defined) | {"event_id": found.event_id}
    members["retired"] = found.retired
    members["policies"] = msgspec.to_builtins(policies)
    if isinstance(found, Resource):
        members |= _hours(found)
    return members


def _scope(found: Location | Service | Resource) -> Scope:
    match found:
        case Location():
            return Scope(location_id=found.defined.id)
        case Service():
            return Scope(service_id=found.defined.id)
        case Resource():
            return Scope(resource_id=found.defined.id)


def _hours(resource: Resource) -> dict[str, Any]:
    """In the words of the commands that set them."""
    return {
        "schedules": [
            {"layer": layer, "weekly": msgspec.to_builtins(one.weekly), "from": one.from_, "until": one.until,
             "event_id": one.event_id}
            for layer, one in sorted(resource.schedules.items())
        ],
        "exceptions": [
            {"date": local, "windows": msgspec.to_builtins(one.windows), "event_id": one.event_id}
            for local, one in sorted(resource.exceptions.items())
        ],
        "time_off": [
            {"id": time_off_id, "start": one.start_date or _instant(one.start),
             "end": one.end_date or _instant(one.end), "rrule": one.rrule, "busy_type": one.busy_type,
             "event_id": one.event_id}
            for time_off_id, one in sorted(resource.time_off.items())
        ],
        "eligibility": msgspec.to_builtins(resource.certified),
        "external_busy": [
            {"source": source, "intervals": len(one.intervals), "event_id": one.event_id}
            for source, one in sorted(resource.foreign.items())
        ],
    }  # fmt: skip


def _instant(minute: int | None) -> datetime | None:
    return None if minute is None else to_datetime(minute)
