"""Sample messages: a small clinic on a Monday, and the commands its desk sends. Times are `HH:MM` of that Monday.

Every command is made the way a sender's is, from JSON members, so no test holds what could not have arrived.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from contracts import commands as c
from contracts.errors import Rejection

TENANT = "acme"
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Kind = TypeVar("Kind", bound=c.Command)


def instant(text: str) -> datetime:
    """`10:00`, `10:00:30.5`, or on another day of that week `wed 10:00`."""
    day, _, clock = text.rpartition(" ")
    hours, minutes, seconds = ([*clock.split(":"), "0"])[:3]
    length = timedelta(days=DAYS.index(day or "mon"), hours=int(hours), minutes=int(minutes), seconds=float(seconds))
    return MONDAY + length


def iso(text: str) -> str:
    return instant(text).isoformat()


def command(kind: type[Kind], /, **members: Any) -> Kind:
    """The command with these JSON members; fails where a sender would be refused."""
    made = c.validate(kind, members)
    assert not isinstance(made, Rejection), made
    assert isinstance(made, kind)
    return made


def tenant(**members: Any) -> c.DefineTenant:
    return command(c.DefineTenant, **{"id": TENANT, "name": "Acme Clinics"} | members)


def location(id: str = "main", **members: Any) -> c.DefineLocation:
    whole = {"id": id, "name": "Main Street", "tz": "UTC", "primary": id == "main"}
    return command(c.DefineLocation, **whole | members)


def service(id: str = "cut", **members: Any) -> c.DefineService:
    return command(c.DefineService, **{"id": id, "name": "Haircut", "duration_minutes": 30} | members)


def resource(id: str = "ann", **members: Any) -> c.DefineResource:
    whole = {"id": id, "kind": "staff", "name": id.title(), "location_ids": ["main"], "service_ids": ["cut"]}
    return command(c.DefineResource, **whole | members)


def schedule(id: str = "ann", *windows: str, **members: Any) -> c.SetSchedule:
    """`09:00-17:00` on every day of the week."""
    weekly = [{"days": list(DAYS), **window(text)} for text in windows]
    return command(c.SetSchedule, **{"resource_id": id, "weekly": weekly} | members)


def window(text: str) -> dict[str, str]:
    start, end = text.split("-")
    return {"start": start, "end": end}


def hold_slot(start: str, /, *, by: str = "A", **members: Any) -> c.HoldSlot:
    return command(c.HoldSlot, **{"service_id": "cut", "start": iso(start), "owner": by} | members)


def book(start: str, /, **members: Any) -> c.BookAppointment:
    whole = {"service_id": "cut", "start": iso(start), "customer": {"name": "Joe Doe", "email": "joe@example.com"}}
    return command(c.BookAppointment, **whole | members)


def book_visit(start: str, /, *segments: dict[str, Any], **members: Any) -> c.BookAppointment:
    """Several services back to back."""
    whole = {
        "start": iso(start),
        "segments": list(segments),
        "customer": {"name": "Joe Doe", "email": "joe@example.com"},
    }
    return command(c.BookAppointment, **whole | members)


def book_series(start: str, rrule: str, /, **members: Any) -> c.BookSeries:
    """The same booking by a rule."""
    whole = {"service_id": "cut", "start": iso(start), "customer": {"name": "Joe Doe", "email": "joe@example.com"}}
    return command(c.BookSeries, **whole | {"rrule": rrule} | members)


def schedule_session(start: str, /, **members: Any) -> c.ScheduleSession:
    """Three seats of the class `yoga`."""
    whole = {"id": "yoga-1", "service_id": "yoga", "start": iso(start), "capacity": 3, "resources": ["ann"]}
    return command(c.ScheduleSession, **whole | members)


def register(**members: Any) -> c.RegisterCustomer:
    return command(c.RegisterCustomer, **members)


def block(id: str, **members: Any) -> c.BlockCustomer:
    return command(c.BlockCustomer, customer_id=id, **members)


def unblock(id: str) -> c.UnblockCustomer:
    return command(c.UnblockCustomer, customer_id=id)


def policies(
    location_id: str | None = None, service_id: str | None = None, resource_id: str | None = None, **members: Any
) -> c.SetPolicies:
    """The policies of one scope, or without one the tenant's."""
    scope = {"location_id": location_id, "service_id": service_id, "resource_id": resource_id}
    return command(c.SetPolicies, scope=scope, **members)
