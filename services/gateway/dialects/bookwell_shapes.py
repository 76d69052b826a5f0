"""Bookwell's appointment: each member taken from the native one, and which of them each answer shows, in its order."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Native = dict[str, Any]
Schema = dict[str, Any]

WORDS = {
    "scheduled": "confirmed",
    "confirmed": "confirmed",
    "checked_in": "confirmed",
    "in_progress": "confirmed",
    "completed": "completed",
    "no_show": "no_show",
    "cancelled": "cancelled",
}
"""Statuses as they are shown; what is not here is not shown."""

# --- members ------------------------------------------------------------------------------------------------------


class Member(NamedTuple):
    schema: Schema
    take: Callable[[Native], Any]


def instant(text: str | None) -> str | None:
    """Whole seconds, as Bookwell writes them; the native interface says `…:00.123456Z`."""
    return None if text is None else f"{text[:19]}Z"


def _status(appointment: Native) -> str:
    status: str = appointment["status"]
    return WORDS.get(status, status)


def _therapist(appointment: Native) -> dict[str, Any]:
    staff = [one for one in appointment["resources"] if one["kind"] == "staff"]
    return staff[0] if staff else {}


def _customer(appointment: Native) -> dict[str, Any]:
    return appointment["customer"] or {}


def _whole_customer(appointment: Native) -> dict[str, Any] | None:
    customer = appointment["customer"]
    return customer and {name: customer.get(name) for name in ("id", "name", "email", "phone")}


def _currency(appointment: Native) -> str | None:
    price = appointment["price"]
    return str(price["currency"]).lower() if price else None


def _refund(appointment: Native) -> dict[str, Any]:
    refunds: list[dict[str, Any]] = appointment["payment"].get("refunds", [])
    return refunds[-1] if refunds else {}


def with_own_refund(outcome: dict[str, Any]) -> Native:
    """A cancelled appointment with no refund but the one that came of cancelling it."""
    cancelled, events = outcome["appointment"], outcome["events"]
    own = any(event["type"] == "RefundRequested" for event in events)
    payment: Native = cancelled["payment"]
    refunds = payment.get("refunds", [])[-1:] if own else []
    return {**cancelled, "payment": payment | {"refunds": refunds}}


_TEXT: Schema = {"type": "string"}
_MAYBE: Schema = {"type": ["string", "null"]}
_WHEN: Schema = {"type": "string", "format": "date-time"}
_WHOLE: Schema = {"type": "integer"}

MEMBERS: dict[str, Member] = {
    "id": Member(_TEXT, lambda one: one["id"]),
    "service_id": Member(_TEXT, lambda one: one["service"]["id"]),
    "service_name": Member(_TEXT, lambda one: one["service"]["name"]),
    "customer_id": Member(_MAYBE, lambda one: _customer(one).get("id")),
    "customer_name": Member(_MAYBE, lambda one: _customer(one).get("name")),
    "customer": Member({"anyOf": [{"$ref": "#/components/schemas/CustomerShown"}, {"type": "null"}]}, _whole_customer),
    "therapist_id": Member(_MAYBE, lambda one: _therapist(one).get("id")),
    "therapist_name": Member(_MAYBE, lambda one: _therapist(one).get("name")),
    "start_time": Member(_WHEN, lambda one: instant(one["start"])),
    "end_time": Member(_WHEN, lambda one: instant(one["end"])),
    "status": Member(_TEXT | {"examples": sorted(set(WORDS.values()))}, _status),
    "price": Member({"type": ["integer", "null"]}, lambda one: (one["price"] or {}).get("amount_minor")),
    "currency": Member(_MAYBE, _currency),
    "notes": Member(_MAYBE, lambda one: one["notes"]),
    "addons": Member({"type": "array", "items": _TEXT}, lambda one: [addon["id"] for addon in one["addons"]]),
    "payment_status": Member(_TEXT, lambda one: one["payment"]["status"]),
    "created_at": Member(_WHEN, lambda one: instant(one["created_at"])),
    "updated_at": Member(_WHEN, lambda one: instant(one["updated_at"])),
    "cancelled_at": Member(_WHEN, lambda one: instant(one["cancelled_at"])),
    "cancellation_reason": Member(_MAYBE, lambda one: one["reasons"].get("cancelled")),
    "refund_amount": Member(_WHOLE, lambda one: (_refund(one).get("amount") or {}).get("amount_minor", 0)),
    "refund_status": Member(_TEXT, lambda one: _refund(one).get("status", "none")),
}

LISTED = (
    "id", "service_id", "service_name", "customer_id", "customer_name", "therapist_id", "therapist_name", "start_time",
    "end_time", "status", "price", "currency", "created_at",
)  # fmt: skip
WHOLE = (
    "id", "service_id", "service_name", "customer_id", "customer", "therapist_id", "therapist_name", "start_time",
    "end_time", "status", "price", "currency", "notes", "addons", "payment_status", "created_at", "updated_at",
)  # fmt: skip
CREATED = (
    "id", "service_id", "service_name", "customer_id", "therapist_id", "start_time", "end_time", "status", "price",
    "currency", "notes", "created_at",
)  # fmt: skip
CHANGED = ("id", "start_time", "end_time", "status", "notes", "updated_at")
CANCELLED = ("id", "status", "cancelled_at", "cancellation_reason", "refund_amount", "refund_status")


def shown(appointment: Native, names: Sequence[str]) -> dict[str, Any]:
    """An appointment with just these members."""
    return {name: MEMBERS[name].take(appointment) for name in names}


# --- their schemas ------------------------------------------------------------------------------------------------


def data(names: Sequence[str]) -> Schema:
    """The schema of an answer that is one appointment."""
    return _object(data=_object(**{name: MEMBERS[name].schema for name in names}))


def _object(**members: Schema) -> Schema:
    return {"type": "object", "required": list(members), "properties": members}


def _many(items: Schema) -> Schema:
    return {"type": "array", "items": items}


LIST: Schema = _object(
    data=_many(_object(**{name: MEMBERS[name].schema for name in LISTED})),
    meta=_object(page=_WHOLE, per_page=_WHOLE, total=_WHOLE, total_pages=_WHOLE),
)
_SLOT = _object(start_time=_WHEN, end_time=_WHEN, therapist_id=_MAYBE, therapist_name=_MAYBE)
OFFERS: Schema = _object(data=_object(date={"type": "string", "format": "date"}, service_id=_TEXT, slots=_many(_SLOT)))
ERROR: Schema = _object(
    error={
        "type": "object",
        "required": ["code", "message"],
        "properties": {"code": _TEXT, "message": _TEXT, "field": _TEXT},
    }
)
SHAPES: dict[str, Schema] = {"CustomerShown": _object(id=_TEXT, name=_MAYBE, email=_MAYBE, phone=_MAYBE)}
