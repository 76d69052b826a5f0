"""When a resource is there: its weekly schedules, the dates that differ, its time off.

What changes nothing is accepted and writes nothing.
"""

from datetime import datetime
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from booking.change import Change, Decision, resource_stream
from booking.recurring import repeating
from booking.refusals import already_used, not_found
from booking.rule import Rule
from booking.supply import event_of
from booking.view import View
from contracts.errors import Rejection
from contracts.events import (
    Event,
    ScheduleExceptionCleared,
    ScheduleExceptionSet,
    ScheduleSet,
    TimeOffAdded,
    TimeOffRemoved,
)
from contracts.supply import AddTimeOff, ClearScheduleException, RemoveTimeOff, SetSchedule, SetScheduleException
from scheduling.book import Resource
from scheduling.zones import resolve, to_datetime


def set_schedule(command: SetSchedule, view: View) -> Decision:
    resource = _resource(command.resource_id, view)
    if isinstance(resource, Rejection):
        return resource
    event = event_of(ScheduleSet, command)
    before = resource.schedules.get(command.layer)
    if before and (before.weekly, before.from_, before.until) == (event.weekly, event.from_, event.until):
        return []
    return _written(event, command.resource_id)


def set_exception(command: SetScheduleException, view: View) -> Decision:
    resource = _resource(command.resource_id, view)
    if isinstance(resource, Rejection):
        return resource
    event = event_of(ScheduleExceptionSet, command)
    before = resource.exceptions.get(command.date)
    return [] if before and before.windows == event.windows else _written(event, command.resource_id)


def clear_exception(command: ClearScheduleException, view: View) -> Decision:
    resource = _resource(command.resource_id, view)
    if isinstance(resource, Rejection):
        return resource
    if command.date not in resource.exceptions:
        return []
    return _written(event_of(ScheduleExceptionCleared, command), command.resource_id)


def add_time_off(command: AddTimeOff, view: View) -> Decision:
    resource = _resource(command.resource_id, view)
    if isinstance(resource, Rejection):
        return resource
    if command.id and command.id in resource.time_off:
        return already_used("id")
    span = _span(command)
    if isinstance(span, Rejection):
        return span
    if command.rrule is not None:
        span = repeating(command, span, view.book.hours(command.resource_id).rota)
        if isinstance(span, Rejection):
            return span
    time_off_id = command.id or view.new_id("off_")
    busy_type = UNSET if command.busy_type == "unavailable" else command.busy_type
    event = TimeOffAdded(
        resource_id=command.resource_id, time_off_id=time_off_id, reason=command.reason, busy_type=busy_type, **span
    )
    return _written(event, command.resource_id)


def _span(command: AddTimeOff) -> dict[str, Any] | Rejection:
    """Whole local days where dates were given, else instants."""
    if not (isinstance(command.start, datetime) and isinstance(command.end, datetime)):
        return {"start_date": command.start, "end_date": command.end}
    start, end = _minute("start", command.start, command.tz), _minute("end", command.end, command.tz)
    if isinstance(start, Rejection):
        return start
    if isinstance(end, Rejection):
        return end
    return {"start": to_datetime(start), "end": to_datetime(end)}


def _minute(field: str, start: datetime, tz: str | None) -> int | Rejection:
    """As `resolve` says; what is wrong with the time itself is told of the member that holds it."""
    minute = resolve(start, tz)
    if isinstance(minute, Rejection) and minute.field == "start":
        return replace(minute, field=field)
    return minute


def remove_time_off(command: RemoveTimeOff, view: View) -> Decision:
    resource = _resource(command.resource_id, view)
    if isinstance(resource, Rejection):
        return resource
    if command.time_off_id not in resource.time_off:
        return not_found("time_off_id", "time off")
    return _written(event_of(TimeOffRemoved, command), command.resource_id)


def _resource(resource_id: str, view: View) -> Resource | Rejection:
    return view.book.resources.get(resource_id) or not_found("resource_id", "resource")


def _written(event: Event, resource_id: str) -> list[Change]:
    stream = resource_stream(resource_id)
    return [Change(stream, event, stream)]


def _stream(command: SetSchedule, tenant: str) -> str:
    return resource_stream(command.resource_id)


RULES = (
    Rule(SetSchedule, set_schedule, writes=_stream),
    Rule(SetScheduleException, set_exception, writes=_stream),
    Rule(ClearScheduleException, clear_exception, writes=_stream),
    Rule(AddTimeOff, add_time_off, writes=_stream),
    Rule(RemoveTimeOff, remove_time_off, writes=_stream),
)
