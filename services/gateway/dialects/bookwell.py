"""Bookwell: appointments of therapists under `/bookwell`, as its document writes them. Translation only.

Where the document is silent, this is what its users find here:

- A refusal is `{"error": {"code", "message", "field"}}`. Codes that the document does not name are the native ones,
  with their statuses; fields are told by Bookwell's names.
- `confirmed` is everything from booked to begun; what nobody came for is `no_show`, a word that the document lacks.
  Holds and requests are not shown; the answer to a booking that needs acceptance says `requested`.
- A refusal is `therapist_unavailable` if a therapist was named and is busy or off, else `slot_unavailable`.
- `date_to` is exclusive; dates are days of the location. A list is in the order of its starts. `total_pages` of nothing
  is 0. Without a refund `refund_amount` is 0 and `refund_status` is `none`.
- Slots stand therapist by therapist, each in the order of time.
- Bookwell lets a booking be completed at once: its locations are defined with the profile `lenient`.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Literal

from pydantic import Field

from contracts.fields import DiaryDate
from contracts.parts import Body
from gateway.api.table import WRITE
from gateway.dialects import bookwell_shapes as shapes
from gateway.dialects.base import Dialect, Operation, Query
from gateway.dialects.visit import Visit
from gateway.refusals import not_found
from kit.problems import Problem

NAME = "bookwell"
SEEN_BY, SLOTS_SEEN_BY = ("appointments:read",), ("appointments:read", "supply:write")
PER_PAGE, MOST_PER_PAGE = 20, 100
MOST_STARTS = 1500
"""More than the minutes of the longest day."""

STATUSES: dict[str, tuple[str, ...]] = {
    "confirmed": ("scheduled", "confirmed", "checked_in", "in_progress"),
    "cancelled": ("cancelled",),
    "completed": ("completed",),
    "no_show": ("no_show",),
}
"""What each word means here; what none of them means is not shown."""

Status = Literal["confirmed", "cancelled", "completed", "no_show"]

# --- what is sent -------------------------------------------------------------------------------------------------


class ListQuery(Query):
    status: Status | None = Field(None, description="Filter by status")
    date_from: str | None = Field(None, description="Start date (ISO 8601)")
    date_to: str | None = Field(None, description="End date (ISO 8601)")
    therapist_id: str | None = Field(None, description="Filter by therapist")
    customer_id: str | None = Field(None, description="Filter by customer")
    page: int = Field(1, ge=1, le=10**6, description="Page number")
    per_page: int = Field(PER_PAGE, ge=1, le=MOST_PER_PAGE, description="Results per page")


class AvailabilityQuery(Query):
    service_id: str = Field(description="Service to check")
    day: DiaryDate = Field(alias="date", description="Date to check (YYYY-MM-DD)")
    therapist_id: str | None = Field(None, description="Specific therapist")
    duration: int | None = Field(None, ge=1, le=1440, description="Override duration (minutes)")


class Customer(Body):
    email: str = Field(description="Customer email")
    name: str = Field(description="Customer name")
    phone: str | None = Field(None, description="Customer phone")


class NewAppointment(Body):
    service_id: str = Field(description="The service to book")
    therapist_id: str | None = Field(None, description="Specific therapist (or auto-assign)")
    start_time: str = Field(description="Appointment start (ISO 8601)", json_schema_extra={"format": "date-time"})
    customer: Customer = Field(description="Customer information")
    notes: str | None = Field(None, description="Booking notes")
    addons: list[str] | None = Field(None, description="Add-on service IDs")
    send_confirmation: bool = Field(True, description="Send email confirmation")


class AppointmentChange(Body):
    start_time: str | None = Field(None, description="New start time (ISO 8601)")
    therapist_id: str | None = Field(None, description="Reassign to different therapist")
    notes: str | None = Field(None, description="Update notes")
    status: Status | None = Field(None, description="Update status")


class Cancellation(Body):
    reason: str | None = Field(None, description="Cancellation reason")
    notify_customer: bool = Field(True, description="Send notification")
    refund: bool | None = Field(None, description="Process refund (default: per policy)")


# --- what is done -------------------------------------------------------------------------------------------------


async def list_appointments(visit: Visit) -> tuple[int, Any]:
    query: ListQuery = visit.query
    statuses = STATUSES[query.status] if query.status else [one for group in STATUSES.values() for one in group]
    wanted = {"from": query.date_from, "to": query.date_to, "status": statuses, "total": "true",
              "resource_id": query.therapist_id, "customer_id": query.customer_id,
              "limit": query.per_page, "offset": (query.page - 1) * query.per_page}  # fmt: skip
    found = await visit.read("/v1/appointments", wanted)
    total = found["total"]
    meta = {"page": query.page, "per_page": query.per_page, "total": total, "total_pages": -(-total // query.per_page)}
    return 200, {"data": [shapes.shown(one, shapes.LISTED) for one in found["items"]], "meta": meta}


async def get_appointment(visit: Visit) -> tuple[int, Any]:
    found = await visit.read_one("appointments")
    if found["status"] not in shapes.WORDS:
        raise not_found("appointment")
    return 200, {"data": shapes.shown(found, shapes.WHOLE)}


async def create_appointment(visit: Visit) -> tuple[int, Any]:
    wish: NewAppointment = visit.body
    data = {"service_id": wish.service_id, "start": wish.start_time, "resources": _named(wish.therapist_id),
            "customer": wish.customer.model_dump(exclude_none=True), "notes": wish.notes, "addons": wish.addons,
            "notify": {"customer": wish.send_confirmation}}  # fmt: skip
    made = await _decide(visit, "BookAppointment", data, wish.therapist_id)
    return 201, {"data": shapes.shown(made["appointment"], shapes.CREATED)}


async def update_appointment(visit: Visit) -> tuple[int, Any]:
    wish: AppointmentChange = visit.body
    data = {"appointment_id": visit.id, "start": wish.start_time, "resources": _named(wish.therapist_id),
            "notes": wish.notes, "status": await _news(visit, wish.status)}  # fmt: skip
    changed = await _decide(visit, "ReviseAppointment", data, wish.therapist_id)
    return 200, {"data": shapes.shown(changed["appointment"], shapes.CHANGED)}


async def _news(visit: Visit, status: Status | None) -> Status | None:
    """The status that is to change. One word here stands for several: what is shown already is no news."""
    if status is None or shapes.WORDS.get((await visit.read_one("appointments"))["status"]) == status:
        return None
    return status


async def cancel_appointment(visit: Visit) -> tuple[int, Any]:
    wish: Cancellation = visit.body
    data = {"appointment_id": visit.id, "reason": wish.reason, "refund": wish.refund,
            "notify": {"customer": wish.notify_customer}}  # fmt: skip
    cancelled = await _decide(visit, "CancelAppointment", data)
    return 200, {"data": shapes.shown(shapes.with_own_refund(cancelled), shapes.CANCELLED)}


async def check_availability(visit: Visit) -> tuple[int, Any]:
    query: AvailabilityQuery = visit.query
    wanted = {"service_id": query.service_id, "from": str(query.day), "to": str(query.day + timedelta(days=1)),
              "resource_id": query.therapist_id, "duration_minutes": query.duration, "include": "resources",
              "limit": MOST_STARTS}  # fmt: skip
    found = await visit.read("/v1/availability", wanted)
    staff = {one["id"]: one["name"] for one in found["resources"] if one["kind"] == "staff"}
    slots = sorted(_slots(found["slots"], staff), key=lambda slot: (slot["therapist_id"] or "", slot["start_time"]))
    return 200, {"data": {"date": str(query.day), "service_id": query.service_id, "slots": slots}}


def _named(therapist_id: str | None) -> list[str] | None:
    return [therapist_id] if therapist_id is not None else None


async def _decide(visit: Visit, command: str, data: dict[str, Any], therapist_id: str | None = None) -> Any:
    """The outcome; what was not sent is not said."""
    try:
        return await visit.decide(command, {name: value for name, value in data.items() if value is not None})
    except Problem as problem:
        raise _unavailable(problem, therapist_id) from None


TAKEN = frozenset({"slot_unavailable", "resource_unavailable", "outside_hours"})
"""What Bookwell tells by two codes: the therapist who was named cannot, or the time as such is gone."""


def _unavailable(problem: Problem, therapist_id: str | None) -> Problem:
    if problem.code not in TAKEN:
        return problem
    against = {blocker.get("resource_id") for blocker in problem.members.get("blockers", ())}
    code = "therapist_unavailable" if therapist_id is not None and therapist_id in against else "slot_unavailable"
    return Problem(code, problem.detail, status=409, headers=problem.headers)


def _slots(offers: Iterable[dict[str, Any]], staff: dict[str, str]) -> Iterator[dict[str, Any]]:
    """A row for each therapist who can take a start; one without any where the service needs none."""
    for offer in offers:
        who = dict.fromkeys(next((one for one in group if one in staff), None) for group in offer["candidates"])
        for therapist_id in who:
            yield {
                "start_time": shapes.instant(offer["start"]),
                "end_time": shapes.instant(offer["end"]),
                "therapist_id": therapist_id,
                "therapist_name": staff.get(therapist_id or ""),
            }


# --- how it is refused --------------------------------------------------------------------------------------------

CODES = {"in_past": "past_booking"}


def refusal(problem: Problem) -> tuple[int, Any]:
    error = {"code": CODES.get(problem.code, problem.code), "message": problem.detail}
    return problem.status, {"error": error | ({"field": problem.field} if problem.field is not None else {})}


# --- the whole ----------------------------------------------------------------------------------------------------

_BOOKED = {"start": "start_time", "resources": "therapist_id", "appointment_id": "id"}
_LISTED = {"from": "date_from", "to": "date_to", "resource_id": "therapist_id"}
_OFFERED = {"from": "date", "to": "date", "resource_id": "therapist_id", "duration_minutes": "duration"}

DIALECT = Dialect(
    name=NAME,
    base=f"/{NAME}",
    title="Bookwell appointments",
    says="Create and manage bookings in Bookwell's own words. `PATCH` is one decision: all of it or nothing. Events "
    "are subscribed to at `/v1/webhooks/endpoints` of the native interface.",
    refusal=refusal,
    error=shapes.ERROR,
    shapes=shapes.SHAPES,
    webhooks={
        "appointment.created": "New booking",
        "appointment.updated": "Booking modified",
        "appointment.cancelled": "Booking cancelled",
        "appointment.completed": "Service completed",
    },
    operations=(
        Operation(name="listAppointments", method="GET", path="/v1/appointments",
                  says="Retrieve a list of appointments", scopes=SEEN_BY, query=ListQuery, words=_LISTED,
                  handler=list_appointments, answer=shapes.LIST),
        Operation(name="getAppointment", method="GET", path="/v1/appointments/{id}",
                  says="Retrieve a single appointment", scopes=SEEN_BY, words=_BOOKED, handler=get_appointment,
                  answer=shapes.data(shapes.WHOLE)),
        Operation(name="createAppointment", method="POST", path="/v1/appointments", says="Create a new appointment",
                  scopes=(WRITE,), body=NewAppointment, words=_BOOKED, handler=create_appointment, status=201,
                  answer=shapes.data(shapes.CREATED)),
        Operation(name="updateAppointment", method="PATCH", path="/v1/appointments/{id}",
                  says="Update an existing appointment", scopes=(WRITE,), body=AppointmentChange, words=_BOOKED,
                  handler=update_appointment, answer=shapes.data(shapes.CHANGED)),
        Operation(name="cancelAppointment", method="POST", path="/v1/appointments/{id}/cancel",
                  says="Cancel an appointment", scopes=(WRITE,), body=Cancellation, words=_BOOKED,
                  handler=cancel_appointment, answer=shapes.data(shapes.CANCELLED)),
        Operation(name="checkAvailability", method="GET", path="/v1/availability", says="Get available time slots",
                  scopes=SLOTS_SEEN_BY, query=AvailabilityQuery, words=_OFFERED, handler=check_availability,
                  answer=shapes.OFFERS),
    ),
)  # fmt: skip
