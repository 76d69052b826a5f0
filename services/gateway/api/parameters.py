"""The parameters of the routes that are passed on, as the OpenAPI page describes them: what each one is and means."""

from typing import Any

from contracts.fields import ID
from contracts.money import REFUND_ID

Schema = dict[str, Any]

_ID: Schema = {"type": "string", "pattern": ID}
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 1}
_FLAG: Schema = {"type": "boolean"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_POSITION: Schema = {"type": "string", "pattern": r"^\d{1,9}\.\d{1,18}$"}

QUERY: dict[str, tuple[Schema, str]] = {
    "service_id": (_ID, "The service."),
    "option_id": (_ID, "One of the service's options."),
    "duration_minutes": (_COUNT | {"maximum": 1440}, "Another duration than the service's."),
    "location_id": (_ID, "The location; without it the tenant's default."),
    "resource_id": ({"type": "array", "items": _ID}, "These resources only; repeatable."),
    "addon_id": ({"type": "array", "items": _ID}, "Services given with it, which make it longer; repeatable."),
    "customer_id": ({"type": "array", "items": _ID}, "These customers only; repeatable."),
    "status": ({"type": "array", "items": _TEXT}, "These statuses only; repeatable."),
    "seats": (_COUNT | {"maximum": 1000}, "How many seats."),
    "session_id": (_ID, "Seats of this session of a class alone."),
    "hold_id": (_ID, "A hold that does not stand in its owner's way."),
    "owner": (_TEXT, "The owner of that hold."),
    "reschedule_of": (_ID, "An appointment that may overlap its own new place."),
    "as_of": (_TEXT, "As it was: `<position>@<now>`, a position, or an instant."),
    "after": (_POSITION, "Wait (at most 5 s) until this position is seen."),
    "include": ({"type": "array", "items": {"enum": ["busy", "resources"]}}, "Further members of the answer."),
    "from": (_TEXT, "An instant, or a local date."),
    "to": (_TEXT, "An instant, or a local date; exclusive."),
    "tz": (_TEXT, "The zone of local dates and times."),
    "start": (_TEXT, "The start in question."),
    "step_minutes": (_COUNT | {"maximum": 1440}, "Another grid than the service's."),
    "sort": (_TEXT, "The order of the list."),
    "limit": (_COUNT, "How many at most."),
    "cursor": (_TEXT, "Where the page before ended (`next`)."),
    "offset": ({"type": "integer", "minimum": 0, "maximum": 10**9}, "How many to pass over first."),
    "total": (_FLAG, "Count all of them too."),
    "types": (_TEXT, "Public types, with commas."),
    "endpoint_id": (_ID, "One endpoint's."),
    "appointment_id": (_ID, "One appointment's."),
    "channel": (_TEXT, "One channel's: `email`, `sms` or `webhook`."),
    "audience": ({"enum": ["customer", "staff"]}, "Whom the message is for; without it the customer."),
    "address": (_TEXT, "Just this mail address or telephone number."),
    "source": (_TEXT, "Where the command came from; without it this key's own."),
    "tenant": (_ID, "One tenant's."),
    "dry_run": (_FLAG, "Decide and answer, write nothing."),
    "reason": (_TEXT, "Why."),
}

EVENTS_FROM = (_TEXT, "After this position or event; without it from the beginning.")


def query(said: str, *, path: str = "") -> Schema:
    """A parameter of the query; one that is needed is said with a `!`."""
    name = said.removesuffix("!")
    schema, says = EVENTS_FROM if (path, name) == ("/v1/events", "from") else QUERY[name]
    return {"name": name, "in": "query", "required": said.endswith("!"), "description": says, "schema": schema}


def in_path(name: str) -> Schema:
    schema = {"type": "string", "format": "date"} if name == "date" else _ID
    if name in ("command_id", "key_id"):
        schema = _TEXT | {"minLength": 1}
    if name == "refund_id":
        schema = {"type": "string", "pattern": REFUND_ID}
    if name == "token":
        schema = {"type": "string", "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def in_header(name: str, says: str, schema: Schema | None = None) -> Schema:
    return {"name": name, "in": "header", "required": False, "description": says, "schema": schema or _TEXT}


IDEMPOTENCY_KEY = in_header(
    "Idempotency-Key", "The command's id. The same id and request get the same answer for 30 days.",
    _TEXT | {"minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
)  # fmt: skip
PREFER = in_header("Prefer", "`wait=N`: how many seconds to wait for the outcome (10, at most 30).")
DECIDE_BEFORE = in_header("Slotkeeper-Decide-Before", "After this instant the command is refused.", _INSTANT)
IF_MATCH = in_header("If-Match", "The version that this changes, as in `ETag`.", _TEXT | {"pattern": r'^"\d{1,15}"$'})
TENANT = in_header("Slotkeeper-Tenant", "An operator's key names the tenant here.", _ID)
AFTER = in_header("Slotkeeper-After", "As the parameter `after`.", _POSITION)
