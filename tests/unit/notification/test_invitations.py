"""Invitations, parsed back as a calendar reads them."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from notification.rendering import Facts, Mailbox, render
from notification.rendering.invitation import METHODS, invitation
from notification.rendering.sample import APPOINTMENT, FACTS
from notification.rendering.words import KINDS, Kind

ANY_TEXT = st.text(max_size=60)


def facts(changed: dict[str, Any] | None = None, **more: Any) -> Facts:
    appointment = msgspec.structs.replace(APPOINTMENT, **changed or {})
    made: Any = {**FACTS, "appointment": appointment, **more}
    return made  # type: ignore[no-any-return]


def read(ics: bytes | None) -> tuple[Calendar, Any]:
    """The calendar and its one event."""
    assert ics is not None
    calendar = Calendar.from_ical(ics)
    events = calendar.walk("VEVENT")
    assert len(events) == 1
    return calendar, events[0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_kinds_that_change_a_calendar_go_with_an_invitation_and_no_other(kind: Kind) -> None:
    made = render(kind, "customer", "email", "en", FACTS)
    assert made.method == METHODS.get(kind)
    assert (made.ics is not None) == (kind in ("booked", "confirmed", "rescheduled", "reassigned", "cancelled"))
    if made.ics is not None:
        calendar, _ = read(made.ics)
        assert calendar["METHOD"] == made.method


def test_an_invitation_is_a_request_of_the_sender_in_utc() -> None:
    calendar, event = read(render("booked", "customer", "email", "en", FACTS).ics)
    assert (calendar["METHOD"], calendar["VERSION"]) == ("REQUEST", "2.0")
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("apt_1@acme.slotkeeper", 1, "CONFIRMED")
    assert event["DTSTART"].dt == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert event["DTEND"].dt == datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    assert event["ORGANIZER"] == "mailto:desk@example.com"
    assert event["ORGANIZER"].params["CN"] == "Acme Clinics"
    assert event["ATTENDEE"] == "mailto:joe@example.com"
    ics = render("booked", "customer", "email", "en", FACTS).ics
    assert ics is not None
    assert b"DTSTART:20260302T150000Z\r\n" in ics
    assert b"DTEND:20260302T153000Z\r\n" in ics
    assert b"TZID" not in ics


def test_a_cancel_names_the_same_event_with_a_higher_sequence() -> None:
    booked = read(render("booked", "customer", "email", "en", facts(sequence=0)).ics)[1]
    gone = render("cancelled", "customer", "email", "en", facts({"status": "cancelled"}, sequence=1))
    calendar, event = read(gone.ics)
    assert (calendar["METHOD"], event["STATUS"], gone.method) == ("CANCEL", "CANCELLED", "CANCEL")
    assert event["UID"] == booked["UID"]
    assert event["SEQUENCE"] > booked["SEQUENCE"]


def test_a_moved_appointment_keeps_its_uid() -> None:
    moved = facts({"start": APPOINTMENT.end, "version": 9}, sequence=4)
    event = read(render("rescheduled", "customer", "email", "en", moved).ics)[1]
    assert (event["UID"], event["SEQUENCE"]) == ("apt_1@acme.slotkeeper", 4)


def test_what_is_made_again_is_the_same_bytes() -> None:
    assert render("booked", "staff", "email", "en", FACTS).ics == render("booked", "staff", "email", "en", FACTS).ics


def test_there_is_no_invitation_without_a_sender_nor_to_what_was_never_on_a_calendar_nor_in_a_text_message() -> None:
    unsigned: Facts = {name: value for name, value in FACTS.items() if name != "organizer"}  # type: ignore[assignment]
    assert render("booked", "customer", "email", "en", unsigned).ics is None
    assert render("cancelled", "customer", "email", "en", facts(invited=False)).ics is None
    assert render("booked", "customer", "sms", "en", FACTS).ics is None


def test_staff_see_who_comes_and_customers_where_to_go() -> None:
    assert read(render("booked", "staff", "email", "en", FACTS).ics)[1]["SUMMARY"] == "Haircut, Joe Doe"
    assert read(render("booked", "customer", "email", "en", FACTS).ics)[1]["SUMMARY"] == "Haircut, Acme Clinics"


@given(name=ANY_TEXT, place=ANY_TEXT, notes=ANY_TEXT, service=ANY_TEXT)
def test_no_text_breaks_out_of_its_property(name: str, place: str, notes: str, service: str) -> None:
    made = facts(
        {"notes": notes, "service": msgspec.structs.replace(APPOINTMENT.service, name=service)},
        location={"id": "main", "name": place, "tz": "UTC"},
        recipient=Mailbox("joe@example.com", name),
        organizer=Mailbox("desk@example.com", name),
    )
    calendar, event = read(invitation(made, "customer", "REQUEST"))
    assert [one.name for one in calendar.walk()] == ["VCALENDAR", "VEVENT"]
    allowed = {"UID", "SEQUENCE", "STATUS", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "DESCRIPTION",
               "ORGANIZER", "ATTENDEE"}  # fmt: skip
    assert set(event) <= allowed
    assert event["ORGANIZER"] == "mailto:desk@example.com"
    assert event["ATTENDEE"] == "mailto:joe@example.com"


@given(text=st.sampled_from(["a\r\nATTENDEE:mailto:x@example.com", "a\nEND:VEVENT\nBEGIN:VALARM", '";X=1:mailto:x']))
def test_line_ends_in_a_text_stay_in_the_text(text: str) -> None:
    made = facts({"notes": text}, location={"id": "main", "name": text, "tz": "UTC"})
    calendar, event = read(invitation(made, "customer", "REQUEST"))
    assert len(calendar.walk()) == 2
    assert event["ATTENDEE"] == "mailto:joe@example.com"
    assert str(event["LOCATION"]).replace("\r", "") == text.replace("\r", "")
