"""Custom fields: what a service asks of those who book it, held against what they say.

A service that defines none takes whatever is said. History is taken as it was.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from booking.refusals import invalid
from booking.view import View
from contracts.custom_fields import CustomField
from contracts.errors import Rejection

FIELD = "custom_fields"

Said = str | int | float | bool | None

RULES_OF = {
    "text": "this is a text",
    "number": "this is a number",
    "boolean": "this is true or false",
    "date": "this is a date, written YYYY-MM-DD",
}


def refused(said: Mapping[str, Said], service_id: str, view: View) -> Rejection | None:
    """The first field that is unknown, missing or of another type than its service defines."""
    service = view.book.services.get(service_id)
    if service is None or not service.defined.custom_fields or view.imported:
        return None
    defined = {field.id: field for field in service.defined.custom_fields}
    for name in said:
        if name not in defined:
            detail = f"This service has no field {name}."
            return Rejection(code="unknown_field", field=f"{FIELD}.{name}", detail=detail)
    checked = (_wrong(field, said.get(name)) for name, field in defined.items())
    return next((wrong for wrong in checked if wrong), None)


def refused_of_several(said: Mapping[str, Said], service_ids: Sequence[str], view: View) -> Rejection | None:
    """Of services booked together each takes what it knows; what none of them knows is unknown."""
    known = {name for service_id in service_ids for name in known_to(said, service_id, view)}
    if missed := next((name for name in said if name not in known), None):
        detail = f"None of these services has a field {missed}."
        return Rejection(code="unknown_field", field=f"{FIELD}.{missed}", detail=detail)
    each = (refused(known_to(said, service_id, view), service_id, view) for service_id in service_ids)
    return next((why_not for why_not in each if why_not), None)


def known_to(said: Mapping[str, Said], service_id: str, view: View) -> dict[str, Said]:
    """What a service has fields for; one that defines none takes anything, and so does history."""
    service = view.book.services.get(service_id)
    if service is None or not service.defined.custom_fields or view.imported:
        return dict(said)
    defined = {field.id for field in service.defined.custom_fields}
    return {name: value for name, value in said.items() if name in defined}


def _wrong(field: CustomField, value: Said) -> Rejection | None:
    if value is None or value == "":
        return invalid(f"{FIELD}.{field.id}", "this is needed") if field.required else None
    return None if _is(field.type, value) else invalid(f"{FIELD}.{field.id}", RULES_OF[field.type])


def _is(kind: str, value: Said) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str) and (kind == "text" or _is_date(value))


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
