"""Calendar invitations (RFC 5545, 5546): what a mail carries so that the appointment is on the recipient's calendar.

One UID for an appointment's whole life. `SEQUENCE` counts its material changes, so a calendar knows which invitation is
newer in whatever order they arrive. All of it follows from the facts: made again, it is the same bytes.
"""

from collections.abc import Mapping
from typing import Any

from icalendar import Calendar, Event, vCalAddress, vText

from notification.rendering.facts import Facts, instant, published
from notification.rendering.words import Audience, Kind, Mailbox, Method

METHODS: Mapping[Kind, Method] = {
    "booked": "REQUEST",
    "confirmed": "REQUEST",
    "rescheduled": "REQUEST",
    "reassigned": "REQUEST",
    "cancelled": "CANCEL",
}
"""The kinds that go with an invitation."""
PRODUCT = "-//Slotkeeper//Appointments//EN"


def method_of(facts: Facts, kind: Kind) -> Method | None:
    """What this message does to the recipient's calendar, if anything."""
    return METHODS.get(kind) if facts.get("organizer") and facts.get("invited", True) else None


def invitation(facts: Facts, audience: Audience, method: Method) -> bytes:
    """The `text/calendar` part."""
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", method)
    calendar.add_component(_event(facts, published(facts["appointment"]), audience, method))
    return bytes(calendar.to_ical())


def uid(tenant: str, appointment_id: str) -> str:
    return f"{appointment_id}@{tenant}.slotkeeper"


def _event(facts: Facts, plain: Mapping[str, Any], audience: Audience, method: Method) -> Event:
    event = Event()
    tenant = facts.get("tenant") or {"id": ""}
    event.add("UID", uid(tenant["id"], plain["id"]))
    event.add("SEQUENCE", facts.get("sequence", 0))
    event.add("STATUS", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("DTSTAMP", instant(plain["updated_at"]))
    event.add("DTSTART", instant(plain["start"]))
    event.add("DTEND", instant(plain["end"]))
    event.add("SUMMARY", _summary(facts, plain, audience))
    place = facts.get("location")
    event.add("LOCATION", place["name"] if place else plain["location_id"])
    if plain.get("notes"):
        event.add("DESCRIPTION", plain["notes"])
    event.add("ORGANIZER", _address(facts["organizer"]), encode=False)
    if recipient := facts.get("recipient"):
        event.add("ATTENDEE", _attendee(recipient), encode=False)
    return event


def _summary(facts: Facts, plain: Mapping[str, Any], audience: Audience) -> str:
    """A customer sees where to go, staff who comes."""
    other = (
        (plain.get("customer") or {}).get("name") if audience == "staff" else (facts.get("tenant") or {}).get("name")
    )
    return f"{plain['service']['name']}, {other}" if other else str(plain["service"]["name"])


def _address(mailbox: Mailbox) -> vCalAddress:
    address = vCalAddress(f"mailto:{mailbox.address}")
    if mailbox.name:
        address.params["CN"] = vText(_parameter(mailbox.name))
    return address


def _attendee(recipient: Mailbox) -> vCalAddress:
    address = _address(recipient)
    address.params.update({"ROLE": vText("REQ-PARTICIPANT"), "PARTSTAT": vText("NEEDS-ACTION"), "RSVP": vText("FALSE")})
    return address


def _parameter(name: str) -> str:
    """A parameter's text has no double quotes and no control characters, however it is quoted (RFC 5545 3.1)."""
    return "".join("'" if one == '"' else one if one.isprintable() else " " for one in name)
