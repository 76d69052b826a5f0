"""The shipped messages: every kind, audience and language, word for word as in `golden/`; and what they say of time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
import pytest
from babel.dates import get_timezone_name

from contracts.appointment import Appointment
from contracts.payment import UNPAID, Payment
from notification.rendering import Facts, Mailbox, Rendered, Template, render
from notification.rendering.checking import faults
from notification.rendering.facts import tags
from notification.rendering.moments import zone_name
from notification.rendering.sample import APPOINTMENT, FACTS
from notification.rendering.sandbox import Later, fill
from notification.rendering.shipped import shipped
from notification.rendering.styles import inlined
from notification.rendering.words import AUDIENCES, KINDS, LANGUAGES, MEDIA, Audience, Kind, Language, Medium

GOLDEN = Path(__file__).parent / "golden"
EVERY = list(product(KINDS, AUDIENCES, LANGUAGES))


def about(**changed: Any) -> Facts:
    """The sample, with other members of its appointment."""
    return {**FACTS, "appointment": msgspec.structs.replace(APPOINTMENT, **changed)}


def golden(kind: Kind, audience: Audience, language: Language) -> str:
    """A message as its golden file shows it."""
    mail = render(kind, audience, "email", language, FACTS)
    text = render(kind, audience, "sms", language, FACTS)
    return f"{mail.subject}\n\n{mail.text}\n--- html\n{mail.html}\n--- sms\n{text.text}"


@pytest.mark.parametrize(("kind", "audience", "language"), EVERY)
def test_a_message_says_what_it_always_said(kind: Kind, audience: Audience, language: Language) -> None:
    kept = (GOLDEN / f"{kind}.{audience}.{language}.txt").read_text(encoding="utf-8")
    assert golden(kind, audience, language) == kept


def test_there_is_no_golden_message_that_nobody_is_sent() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {".".join((*one, "txt")) for one in EVERY}


@pytest.mark.parametrize(("kind", "audience", "medium", "language"), list(product(KINDS, AUDIENCES, MEDIA, LANGUAGES)))
def test_a_shipped_template_would_pass_as_a_tenants_own(
    kind: Kind, audience: Audience, medium: Medium, language: Language
) -> None:
    assert faults(shipped(kind, audience, medium, language), kind, audience, medium, language) == []


@pytest.mark.parametrize(("kind", "audience", "language"), EVERY)
def test_a_message_needs_nothing_but_an_appointment(kind: Kind, audience: Audience, language: Language) -> None:
    bare = Appointment(
        id="apt_2", version=1, status="scheduled", service=APPOINTMENT.service, location_id="main", resources=[],
        start=APPOINTMENT.start, end=APPOINTMENT.end, tz="Europe/Berlin", local_start="", busy=APPOINTMENT.busy,
        original_start=APPOINTMENT.start, created_at=APPOINTMENT.start, updated_at=APPOINTMENT.start, position="1.1",
    )  # fmt: skip
    mail = render(kind, audience, "email", language, {"appointment": bare})
    assert "None" not in mail.subject + mail.text + mail.html
    assert mail.refused is None


def test_times_are_the_recipients_and_their_zone_is_named() -> None:
    there: Facts = {**FACTS, "zone": "Europe/Berlin"}
    assert "16:00 (Mitteleuropäische Normalzeit)" in render("booked", "customer", "email", "de", there).text
    here = render("booked", "customer", "email", "en", FACTS)
    assert "Monday, March 2, 2026, 10:00 AM (Eastern Standard Time)" in here.text
    assert "America/New_York" in here.text


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (datetime(2026, 3, 8, 6, 59, tzinfo=UTC), "1:59 AM (Eastern Standard Time)"),
        (datetime(2026, 3, 8, 7, 0, tzinfo=UTC), "3:00 AM (Eastern Daylight Time)"),
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "1:30 AM (Eastern Daylight Time)"),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "1:30 AM (Eastern Standard Time)"),
    ],
)
def test_where_clocks_change_the_name_of_the_zone_tells_which_time_is_meant(start: datetime, said: str) -> None:
    facts = about(start=start, end=start + timedelta(minutes=30))
    assert said in render("booked", "customer", "sms", "en", facts).text


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "UTC"]
)
def test_a_zone_has_the_name_that_it_has_at_that_instant(zone: str) -> None:
    for day in range(0, 730, 15):
        local = (datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)).astimezone(ZoneInfo(zone))
        for language in LANGUAGES:
            assert zone_name(local, ZoneInfo(zone), language).endswith(get_timezone_name(local, locale=language))


def test_a_zone_without_a_name_is_told_by_its_id() -> None:
    said = render("booked", "customer", "sms", "en", {**FACTS, "zone": "Asia/Kathmandu"}).text
    assert "8:45 PM (Asia/Kathmandu, GMT+05:45)" in said


def test_an_unknown_language_is_english_and_a_regional_one_its_own() -> None:
    assert render("booked", "customer", "sms", "fr", FACTS).language == "en"
    assert render("booked", "customer", "sms", None, FACTS).language == "en"
    assert render("booked", "customer", "sms", "de-AT", FACTS).language == "de"


def test_internal_notes_are_shown_to_staff_alone_and_a_customers_template_cannot_name_them() -> None:
    assert "Likes tea." in render("booked", "staff", "email", "en", FACTS).text
    assert "Likes tea." not in str(render("booked", "customer", "email", "en", FACTS))
    for said in ("{{ internal_notes }}", "{{ appointment.internal_notes }}"):
        assert faults(Template(subject="a", text=said), "booked", "customer", "email", "en")


def test_every_published_member_is_a_tag() -> None:
    shown = tags(FACTS, "completed", "staff", "en")
    assert shown.keys() >= {field.name for field in msgspec.structs.fields(Appointment)}
    shown_tags = ("custom_fields.allergy", "completion_note", "external_ids.crm", "busy.start.time", "price.text")
    own = Template(subject="s", text="|".join(f"{{{{ {tag} }}}}" for tag in shown_tags))
    made = render("completed", "customer", "email", "en", FACTS, own=own)
    assert made.text == "none|See you in spring.|42|10:00 AM|$65.00\n"


def test_a_template_may_also_name_the_whole_appointment() -> None:
    own = Template(subject="s", text="{{ appointment.custom_fields.allergy }}, {{ appointment.start.time }}")
    assert render("booked", "customer", "email", "en", FACTS, own=own).text == "none, 10:00 AM\n"


def test_the_tags_are_the_same_from_the_struct_and_from_its_json() -> None:
    as_json = msgspec.json.decode(msgspec.json.encode(APPOINTMENT))
    from_json = tags({**FACTS, "appointment": as_json}, "booked", "staff", "de")
    assert made(from_json) == made(tags(FACTS, "booked", "staff", "de"))


def made(value: Any) -> Any:
    """A tag with all that a template could read of it."""
    if isinstance(value, Later):
        return made(value.made())
    if isinstance(value, dict):
        return {name: made(one) for name, one in value.items()}
    return [made(one) for one in value] if isinstance(value, list) else value


def test_a_completion_note_is_as_long_as_notes_may_be() -> None:
    facts = about(reasons={"completed": "x" * 3_000})
    assert "x" * 3_000 in render("completed", "customer", "email", "en", facts).text


def test_what_is_still_sealed_reads_as_nothing() -> None:
    erased = msgspec.to_builtins(APPOINTMENT) | {"notes": {"sealed": "cus_1.1.abc"}}
    erased["customer"] = {"id": "cus_1", "name": {"sealed": "cus_1.1.abc"}, "email": None, "phone": None}
    said = str(render("booked", "staff", "email", "en", {**FACTS, "appointment": erased}))
    assert "sealed" not in said
    assert "cus_1.1.abc" not in said


def test_a_name_cannot_put_markup_into_a_mail() -> None:
    facts = cast(Facts, {**FACTS, "recipient": Mailbox("joe@example.com", "<script>alert(1)</script>")})
    made = render("booked", "customer", "email", "en", facts)
    assert "<script" not in made.html
    assert "&lt;script&gt;" in made.html


def test_a_subject_is_one_line_of_bounded_length() -> None:
    service = msgspec.structs.replace(APPOINTMENT.service, name="Cut\r\nBcc: all@example.com\u2028" + "x" * 5_000)
    subject = render("booked", "customer", "email", "en", about(service=service)).subject
    assert subject.startswith("Booked: Cut Bcc: all@example.com x")
    assert len(subject) <= 200
    assert subject.isprintable()


def test_a_message_fits_whatever_people_wrote() -> None:
    long = "<" * 1_000_000
    facts = about(notes=long, internal_notes=long, custom_fields={f"{n}{long[:9000]}": long for n in range(200)})
    made = render("completed", "staff", "email", "en", {**facts, "reason": long})
    assert made.refused is None
    assert len(made.html) < 1_500_000


def test_a_template_of_ones_own_is_used_and_one_that_fails_gives_way_to_the_shipped() -> None:
    own = Template(subject="{{ business.name }}", text="Come at {{ start.time }}!", html="<p>{{ start.time }}</p>")
    made = render("booked", "customer", "email", "en", FACTS, own=own)
    assert (made.subject, made.text, made.refused) == ("Acme Clinics", "Come at 10:00 AM!\n", None)
    broken = replace(own, text="\n{{ 'late' if start.time > 9 }}")
    instead: Rendered = render("booked", "customer", "email", "en", FACTS, own=broken)
    assert instead.text == render("booked", "customer", "email", "en", FACTS).text
    assert instead.refused == "line 2: a value cannot be shown like this"


def test_a_member_that_an_appointment_does_not_have_shows_nothing_but_is_refused_in_a_new_template() -> None:
    own = Template(subject="s", text="[{{ payment.paid.text }}{{ start.minute }}]")
    assert render("booked", "customer", "email", "en", about(payment=UNPAID), own=own).text == "[]\n"
    paid = render("booked", "customer", "email", "en", FACTS, own=own)
    assert (paid.text, paid.refused) == ("[$65.00]\n", None)
    assert [fault.why for fault in faults(own, "booked", "customer", "email", "en")] == ["'minute' is undefined"]


def test_the_sample_leaves_nothing_out() -> None:
    """What it lacks could not be named by any template."""
    lacking = [name for name, value in msgspec.to_builtins(APPOINTMENT).items() if value in (None, [], {})]
    assert lacking == []
    assert msgspec.to_builtins(APPOINTMENT.payment).keys() == set(Payment.__struct_fields__)


def test_style_sheets_of_a_mail_are_written_into_its_elements_and_none_is_fetched() -> None:
    linked = '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">'
    html = f"<html><head>{linked}<style>p {{ color: red }}</style></head><p>a</p>"
    made = render("booked", "customer", "email", "en", FACTS, own=Template(subject="s", text="t", html=html))
    assert '<p style="color: red;">' in made.html


@pytest.mark.parametrize(
    "html",
    [
        "<style>p { color: red }</style>{% for a in 'x' %}{% endfor %}" + "<div>" * 10_000,
        "<style>p { background: " + "x" * 20_000 + " }</style>" + "<p>a" * 900,
        "<style>" + "b { color: red } " * 100 + "</style><p>" + "<b a=1>" * 400 + "<p>x" * 400,
        "<style>p { color: red }" + "<p>" * 5_000,
    ],
)
def test_a_mail_that_would_grow_without_bound_stays_as_it_was_written(html: str) -> None:
    made = render("booked", "customer", "email", "en", FACTS, own=Template(subject="s", text="t", html=html))
    assert "style=" not in made.html
    assert len(made.html) <= len(html)


@pytest.mark.parametrize(("kind", "audience", "language"), EVERY)
def test_a_shipped_mail_is_as_if_its_styles_were_written_into_it_last(
    kind: Kind, audience: Audience, language: Language
) -> None:
    """Whatever of it is there. Escapes apart: who reads a mail and writes it again needs fewer of them."""
    source = shipped(kind, audience, "email", language).html
    bare = about(resources=[], addons=[], price=None, notes=None, reasons={}, custom_fields={"a": "'<b>' & \"c\""})
    for facts in (FACTS, bare, cast(Facts, {"appointment": bare["appointment"]})):
        last = inlined(fill(source, tags(facts, kind, audience, language), html=True, strict=False))
        assert unescape(render(kind, audience, "email", language, facts).html) == unescape(last)


def test_every_shipped_mail_has_its_styles_in_its_elements_even_with_many_fields() -> None:
    facts = about(custom_fields={f"field {n}": "<x>" for n in range(100)})
    for kind, audience, language in EVERY:
        assert '<div class="sheet" style="' in render(kind, audience, "email", language, facts).html


def test_halves_of_characters_are_no_reason_not_to_send() -> None:
    made = render("booked", "staff", "email", "en", about(notes="a\ud800b"))
    assert "a?b" in made.text


@pytest.mark.parametrize(
    ("template", "medium", "part", "line"),
    [
        (Template(subject="a", text="a\n{{ nobody }}"), "email", "text", 2),
        (Template(subject="{{ start }}", text="a"), "email", "subject", 1),
        (Template(subject="a", text="a", html="<p>\n\n{% if %}"), "email", "html", 3),
        (Template(subject="", text="a"), "email", "subject", 1),
        (Template(subject="a", text=" "), "email", "text", 1),
        (Template(subject="a", text="a"), "sms", "subject", 1),
        (Template(text="a", html="<p>"), "sms", "html", 1),
    ],
)
def test_a_faulty_template_is_told_by_part_and_line(template: Template, medium: Medium, part: str, line: int) -> None:
    found = faults(template, "booked", "customer", medium, "en")
    assert [(fault.part, fault.line) for fault in found] == [(part, line)]
