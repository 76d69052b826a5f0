"""A world's facts as the product has them: a book folded from events, a loaded diary, and what is asked of them."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from contracts import events as e
from contracts.errors import Rejection
from contracts.record import Record
from contracts.values import Actor
from scheduling.book import Book, evolve
from scheduling.diary import Busy, Diary
from scheduling.slots import Ask, Plan, days_needed, plan
from worlds import EPOCH, Away, Resource, Taken, Wish, World, instant

SERVICE, LOCATION, ELSEWHERE = "cut", "main", "another-service"


def record(number: int, event: e.Event, stream: str = "supply") -> Record:
    return Record(
        event_id=f"evt_1.7.{number}", type=type(event).__name__, schema_version=1, tenant="acme", stream=stream,
        version=number, part=7, pos=number, era=1, occurred_at=EPOCH, decided_at=EPOCH,
        actor=Actor(type="staff", id="desk"), source="tests", command_id="c", causation_id="c", correlation_id="c",
        tzdata_version=None, event=event,
    )  # fmt: skip


def book_of(events: Iterable[e.Event]) -> Book:
    """The book that these events leave, numbered from 1: `evt_1.7.1`, …"""
    book = Book.empty("acme")
    for number, event in enumerate(events, 1):
        book = evolve(book, record(number, event))
    return book


def book(world: World) -> Book:
    return book_of(events(world))


def events(world: World) -> list[e.Event]:
    requires = [e.Requirement(kind=kind, count=count) for kind, count in world.requires]  # type: ignore[arg-type]
    place: dict[str, Any] = {"buffer_policy": world.policy, "buffers_outside_hours": world.outside}
    service = e.ServiceDefined(
        id=SERVICE, name="Haircut", duration_minutes=world.duration, slot_step_minutes=world.step,
        buffer_before_minutes=world.before, buffer_after_minutes=world.after, requires=requires,
    )  # fmt: skip
    opening: list[e.Event] = [
        e.TenantDefined(id="acme", name="Acme"), e.LocationDefined(id=LOCATION, name="Main", tz="UTC", **place),
        service,
    ]  # fmt: skip
    holidays = [
        e.Holiday(date=day, windows=[e.Window(start=start, end=end) for start, end in walls])
        for day, walls in world.resources[0].holidays
    ]
    if holidays:
        opening.append(e.PoliciesSet(scope=e.Scope(location_id=LOCATION), policies=e.Policies(holidays=holidays)))
    return opening + [event for resource in world.resources for event in _supply(resource)]


def _supply(resource: Resource) -> Iterable[e.Event]:
    services = [] if resource.eligible else [ELSEWHERE]
    kind: Any = resource.kind
    travel = [e.Trip(tz=trip.tz, from_=trip.first, until=trip.until) for trip in resource.trips]
    yield e.ResourceDefined(id=resource.id, kind=kind, name="R", tz=resource.tz, service_ids=services, travel=travel)
    for layer in resource.layers:
        weekly = [e.WeeklyWindow(days=list(days), start=start, end=end) for days, (start, end) in layer.weekly]  # type: ignore[arg-type]
        yield e.ScheduleSet(
            resource_id=resource.id, layer=layer.number, weekly=weekly, from_=layer.first, until=layer.until
        )
    for day, walls in resource.exceptions:
        windows = [e.Window(start=start, end=end) for start, end in walls]
        yield e.ScheduleExceptionSet(resource_id=resource.id, date=day, windows=windows)
    for number, away in enumerate(resource.away):
        members = _span(away.start, away.end) | _repeated(resource, away)
        yield e.TimeOffAdded(resource_id=resource.id, time_off_id=f"off-{number}", **members)
    if resource.elsewhere:
        spans = [e.BusySpan(start=instant(start), end=instant(end)) for start, end in resource.elsewhere]
        yield e.ExternalBusyImported(resource_id=resource.id, source="google", intervals=spans, until=EPOCH)


def _span(start: int | date, end: int | date) -> dict[str, Any]:
    if isinstance(start, date) or isinstance(end, date):
        return {"start_date": start, "end_date": end}
    return {"start": instant(start), "end": instant(end)}


def _repeated(resource: Resource, away: Away) -> dict[str, Any]:
    """As a command would have had it written down."""
    if (again := away.again) is None:
        return {}
    repeats = f"FREQ=WEEKLY;BYDAY={','.join(day[:2].upper() for day in again.weekdays)}" if again.weekdays else ""
    rrule = f"{repeats or f'FREQ=DAILY;INTERVAL={again.days}'};COUNT={again.times}"
    if isinstance(away.start, date) or isinstance(away.end, date):
        return {"rrule": rrule}
    place = ZoneInfo(resource.tz)
    walls = {name: instant(minute).astimezone(place).replace(tzinfo=None).isoformat()
             for name, minute in (("local_start", away.start), ("local_end", away.end))}  # fmt: skip
    return {"rrule": rrule, "tz": resource.tz} | walls


def busy(taken: Taken) -> Busy:
    return Busy(
        taken.stream, taken.resource, taken.start, taken.end, taken.start - taken.before, taken.end + taken.after,
        taken.kind, taken.until, taken.owner, f"event of {taken.stream}",
    )  # fmt: skip


def touches(one: Busy, resource_id: str, day: int) -> bool:
    return one.resource_id == resource_id and one.busy_start < (day + 1) * 1440 and one.busy_end > day * 1440


def diary(world: World, days: Iterable[tuple[str, int]]) -> Diary:
    """A diary that has just these resource-days loaded."""
    loaded, all_ = Diary(), [busy(taken) for taken in world.taken]
    for resource_id, day in days:
        loaded.put_day(resource_id, day, [one for one in all_ if touches(one, resource_id, day)])
    return loaded


def ask(wish: Wish, *, override: bool = False) -> Ask:
    return Ask(
        service_id=SERVICE, resources=wish.named or None, duration_minutes=wish.duration, step_minutes=wish.step,
        owner=wish.owner, hold_stream=wish.hold, reschedule_of=wish.move, imported=wish.imported,
        override=override,
    )  # fmt: skip


def planned(book: Book, wanted: Ask) -> Plan:
    found = plan(book, wanted)
    assert not isinstance(found, Rejection), found
    return found


def loaded_for(world: World, plan: Plan, first: int, last: int) -> Diary:
    """Just what the plan says it needs: a day more would hide a day that is missing."""
    return diary(world, days_needed(plan, first, last))
