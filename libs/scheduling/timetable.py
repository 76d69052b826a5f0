"""The timetable: what each event about somebody's hours makes of their supply. Steps of the book's fold."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from contracts.events import (
    ExternalBusyImported,
    ScheduleExceptionCleared,
    ScheduleExceptionSet,
    ScheduleSet,
    TimeOffAdded,
    TimeOffRemoved,
)
from scheduling.supply import ExceptionDay, Layer, closure, foreign

if TYPE_CHECKING:
    from scheduling.book import Resource


def _schedule(resource: "Resource", event: ScheduleSet, event_id: str) -> "Resource":
    layer = Layer(weekly=event.weekly, from_=event.from_, until=event.until, event_id=event_id)
    return replace(resource, schedules=resource.schedules | {event.layer: layer})


def _exception(resource: "Resource", event: ScheduleExceptionSet, event_id: str) -> "Resource":
    day = ExceptionDay(windows=event.windows, event_id=event_id)
    return replace(resource, exceptions=resource.exceptions | {event.date: day})


def _exception_cleared(resource: "Resource", event: ScheduleExceptionCleared, event_id: str) -> "Resource":
    return replace(resource, exceptions=_without(resource.exceptions, event.date))


def _time_off(resource: "Resource", event: TimeOffAdded, event_id: str) -> "Resource":
    return replace(resource, time_off=resource.time_off | {event.time_off_id: closure(event, event_id)})


def _time_off_removed(resource: "Resource", event: TimeOffRemoved, event_id: str) -> "Resource":
    return replace(resource, time_off=_without(resource.time_off, event.time_off_id))


def _external_busy(resource: "Resource", event: ExternalBusyImported, event_id: str) -> "Resource":
    """Instead of what was imported from that source before."""
    found = {event.source: foreign(event, event_id)} if event.intervals else {}
    return replace(resource, foreign=_without(resource.foreign, event.source) | found)


def _without(mapping: dict[Any, Any], key: Any) -> dict[Any, Any]:
    return {name: value for name, value in mapping.items() if name != key}


STEPS: dict[type, Callable[[Any, Any, str], Any]] = {
    ScheduleSet: _schedule,
    ScheduleExceptionSet: _exception,
    ScheduleExceptionCleared: _exception_cleared,
    TimeOffAdded: _time_off,
    TimeOffRemoved: _time_off_removed,
    ExternalBusyImported: _external_busy,
}
"""By event type: from a resource to the resource after it."""
