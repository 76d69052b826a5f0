"""The catalogue of public types: what each one means and the JSON Schema of its body."""

import copy
from typing import Any

import msgspec

from contracts.appointment import Appointment
from contracts.notices import EndpointNotice, ReminderDue
from contracts.public_events import Body
from contracts.public_types import EVERY_TYPE
from contracts.session import Session
from contracts.waitlist import WaitlistEntry

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IN_DEFS = "#/$defs/{name}"

SAYS: dict[str, str] = {
    "appointment.held": "A slot is held.",
    "appointment.updated": "Something about it is different; `previous` says what.",
    "appointment.released": "A hold was given back.",
    "appointment.hold_expired": "A hold, or a request that nobody accepted, ran out.",
    "appointment.requested": "It was asked for and waits to be accepted.",
    "appointment.created": "It is booked: at once, from a hold, or by accepting a request.",
    "appointment.status_changed": "Its status is another than before.",
    "appointment.declined": "A request was declined.",
    "appointment.confirmed": "The customer said yes.",
    "appointment.rescheduled": "It was moved to another start.",
    "appointment.reassigned": "Other resources have it.",
    "appointment.checked_in": "The customer is here.",
    "appointment.started": "It begins.",
    "appointment.completed": "It is done.",
    "appointment.no_show": "Nobody came.",
    "appointment.cancelled": "It was cancelled.",
    "appointment.outcome_corrected": "How it ended was put right.",
    "appointment.reinstated": "A cancelled one stands again.",
    "appointment.tombstoned": "It should never have been; it counts no more.",
    "session.scheduled": "A class has a time and a capacity.",
    "session.cancelled": "A class was cancelled.",
    "seat.taken": "Seats of a class were taken.",
    "seat.released": "Seats of a class are free again.",
    "session.capacity_changed": "A class has more seats, or fewer.",
    "waitlist.joined": "Somebody waits.",
    "waitlist.offered": "A slot is offered to somebody who waits.",
    "waitlist.claimed": "An offer was taken.",
    "waitlist.offer_lapsed": "An offer ran out.",
    "waitlist.offer_withdrawn": "An offer was taken back.",
    "waitlist.left": "Somebody waits no more.",
    "refund.requested": "Money is to go back.",
    "refund.settled": "Money went back, or was refused to.",
    "reminder.due": "A reminder is due.",
    "endpoint.disabled": "An endpoint gets nothing more until it is resumed.",
    "endpoint.recovered": "A disabled endpoint works again.",
    "endpoint.parked": "A delivery was given up; those behind it wait.",
    "endpoint.test": "Sent on request only, to see whether it arrives.",
}

_DATA: dict[str, type[msgspec.Struct]] = {
    "appointment": Appointment,
    "refund": Appointment,
    "session": Session,
    "seat": Session,
    "waitlist": WaitlistEntry,
    "reminder": ReminderDue,
    "endpoint": EndpointNotice,
}
"""What `data` is, by the type's group."""

_CUT: Schema = {"properties": {"truncated": {"const": True}}, "required": ["truncated"]}


def catalogue() -> list[dict[str, Any]]:
    """Every public type with its meaning and its schema, which stands for itself."""
    return [{"type": name, "description": SAYS[name], "schema": schema_of(name)} for name in EVERY_TYPE]


def schema_of(name: str) -> Schema:
    """The JSON Schema of one type's body."""
    kind = _DATA[name.partition(".")[0]]
    return {"$schema": DIALECT, "title": name, "description": SAYS[name], **_body(name, kind), "$defs": _shapes(kind)}


def document() -> Schema:
    """All bodies in one document, each under its type's name."""
    bodies = {name: _body(name, _DATA[name.partition(".")[0]]) for name in EVERY_TYPE}
    shapes = _shapes(*dict.fromkeys(_DATA.values()))
    return {
        "$schema": DIALECT,
        "title": "The body of a delivery, and of an item of the feed (which has its `id` too).",
        "anyOf": [{"$ref": IN_DEFS.format(name=name)} for name in bodies],
        "$defs": dict(sorted(shapes.items())) | bodies,
    }


def _body(name: str, kind: type[msgspec.Struct]) -> Schema:
    """Every member is always there but `truncated`; where that stands, `data` holds ids alone."""
    members = copy.deepcopy(_MEMBERS) | {"type": {"const": name}}
    data = {"properties": {"data": {"$ref": IN_DEFS.format(name=kind.__name__)}}}
    needed = [member for member in members if member != "truncated"]
    return {"type": "object", "properties": members, "required": needed, "if": _CUT, "else": data}


def _shapes(*kinds: type[msgspec.Struct]) -> Schema:
    _, shapes = msgspec.json.schema_components(kinds, ref_template=IN_DEFS)
    shapes.pop("Sealed", None)
    return {name: _clear(shape) for name, shape in shapes.items()}


def _clear(shape: Any) -> Any:
    """Subscribers get personal members in clear, or null."""
    if isinstance(shape, list):
        return [_clear(one) for one in shape if one != {"$ref": IN_DEFS.format(name="Sealed")}]
    return {name: _clear(one) for name, one in shape.items()} if isinstance(shape, dict) else shape


_MEMBERS: Schema = msgspec.json.schema_components([Body], ref_template=IN_DEFS)[1]["Body"]["properties"]
