"""Other calendars: what an iCalendar has of somebody's time blocks their bookings, whoever wrote it and however."""

from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.errors import Blocker
from given import ann_works, booked, given, sent
from samples import book, command, instant, service
from scheduling import calendars
from scheduling.book import decode, encode
from worlds import instant as at_minute
from worlds import minute

NEW_YORK = "America/New_York"
ALL_DAY = "00:00-24:00"
ONE = ("DTSTART:20260302T100000Z", "DTEND:20260302T110000Z")
CUSTOM = """BEGIN:VTIMEZONE
TZID:Our own
BEGIN:STANDARD
DTSTART:19701101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700308T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
END:DAYLIGHT
END:VTIMEZONE"""


def calendar(*parts: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", *parts, "END:VCALENDAR", ""])


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", *(lines if any(one.startswith("UID") for one in lines) else ("UID:1", *lines)),
                        "END:VEVENT"])  # fmt: skip


def imported(*parts: str, source: str = "google", **members: Any) -> c.ImportExternalBusy:
    whole = {"resource_id": "ann", "source": source, "ics": calendar(*parts)}
    return command(c.ImportExternalBusy, **whole | members)


def taken(*parts: str, tz: str = "UTC") -> list[str]:
    """What an import of these events leaves, in UTC, when it is decided on Monday at eight."""
    scene = given(ann_works(ALL_DAY, tz=tz)).when(imported(*parts))
    assert scene.clinic.refusal is None, scene.clinic.refusal
    spans = [span for change in scene.clinic.changes for span in change.event.intervals]  # type: ignore[attr-defined]
    return [f"{one.start:%d.%m. %H:%M} - {one.end:%d.%m. %H:%M}" for one in spans]


# --- what it does -------------------------------------------------------------------------------------------------


def test_what_is_taken_elsewhere_is_taken_here_and_the_blocker_says_so() -> None:
    scene = given(ann_works("09:00-17:00")).when(imported(event(*ONE)))
    span = e.BusySpan(start=instant("10:00"), end=instant("11:00"))
    scene.then(e.ExternalBusyImported, source="google", intervals=[span])
    told = scene.written[0].event_id
    scene.when(book("10:30")).then_refused("slot_unavailable")
    assert scene.clinic.refusal
    assert scene.clinic.refusal.blockers == [
        Blocker(reason="external_busy", event_id=told, resource_id="ann", start=instant("10:00"),
                end=instant("11:00"), text="Taken in another calendar 10:00-11:00.")
    ]  # fmt: skip
    scene.when(book("09:30")).then_it(start=instant("09:30"))
    scene.when(book("11:00")).then_it(start=instant("11:00"))


def test_it_moves_no_grid_and_buffers_may_reach_into_it() -> None:
    long = service(buffer_before_minutes=20, buffer_after_minutes=20, slot_step_minutes=15)
    off_the_grid = event("DTSTART:20260302T100700Z", "DTEND:20260302T105300Z")
    scene = given(ann_works("09:00-17:00"), sent(long)).when(imported(off_the_grid))
    scene.when(book("09:30")).then_it(start=instant("09:30"))
    scene.when(book("10:53")).then_refused("outside_hours")
    scene.when(book("11:00")).then_it(start=instant("11:00"))


def test_what_is_booked_already_stays_and_an_override_is_recorded() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:30")).when(imported(event(*ONE))).then_it(status="scheduled")
    scene.when(book("10:00", override=True, reason="VIP")).then_it(status="scheduled")
    assert scene.clinic.changes[-1].event.override is True  # type: ignore[attr-defined]


def test_an_import_takes_the_place_of_the_one_before_it_of_the_same_source() -> None:
    scene = given(ann_works("09:00-17:00")).when(imported(event(*ONE))).when(imported(event(*ONE))).then_nothing()
    two = event("DTSTART:20260302T120000Z", "DTEND:20260302T130000Z")
    scene.when(imported(two, source="work")).then(e.ExternalBusyImported)
    scene.when(book("10:00")).then_refused("slot_unavailable")
    scene.when(imported()).then(e.ExternalBusyImported, intervals=[])
    scene.when(imported()).then_nothing()
    scene.when(book("10:00")).then_it(start=instant("10:00"))
    scene.when(book("12:00")).then_refused("slot_unavailable")


def test_an_import_is_about_somebody() -> None:
    given(ann_works("09:00-17:00")).when(imported(resource_id="none")).then_refused("not_found", "resource_id")


def test_a_snapshot_has_what_was_imported() -> None:
    scene = given(ann_works("09:00-17:00")).when(imported(event(*ONE)))
    again = decode(encode(scene.clinic.state.book))
    assert again == scene.clinic.state.book
    [off] = again.hours("ann").away(minute("2026-03-02T10:59Z"), minute("2026-03-02T11:00Z"))
    assert (off.reason, off.type, at_minute(off.start)) == ("external_busy", "busy", instant("10:00"))


# --- how it is read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "expected", "why"),
    [
        (("DTSTART:20260302T100000Z", "DTEND:20260302T110000Z"), ["02.03. 10:00 - 02.03. 11:00"], "in UTC"),
        (("DTSTART:20260302T100000", "DTEND:20260302T110000"), ["02.03. 15:00 - 02.03. 16:00"], "floating"),
        ((f"DTSTART;TZID={NEW_YORK}:20260302T100000", "DURATION:PT1H"), ["02.03. 15:00 - 02.03. 16:00"], "a zone"),
        (("DTSTART;TZID=Eastern Standard Time:20260302T100000", "DURATION:PT1H"), ["02.03. 15:00 - 02.03. 16:00"],
         "Windows' name"),
        (("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/London:20260402T100000", "DURATION:PT1H"),
         ["02.04. 09:00 - 02.04. 10:00"], "a name with a path before it"),
        (("DTSTART;TZID=Our own:20260402T100000", "DURATION:PT1H"), ["02.04. 14:00 - 02.04. 15:00"], "its own rules"),
        (("DTSTART:20260302T100030Z", "DTEND:20260302T105930Z"), ["02.03. 10:00 - 02.03. 11:00"], "seconds"),
        (("DTSTART:20260302T100030Z", "DURATION:PT1H"), ["02.03. 10:00 - 02.03. 11:01"], "seconds and a duration"),
        (("DTSTART;VALUE=DATE:20260308", "DTEND;VALUE=DATE:20260309"), ["08.03. 05:00 - 09.03. 04:00"], "a short day"),
        (("DTSTART;VALUE=DATE:20260308",), ["08.03. 05:00 - 09.03. 04:00"], "a day without an end"),
        (("DTSTART;VALUE=DATE:20260307", "DURATION:P2D"), ["07.03. 05:00 - 09.03. 04:00"], "days by duration"),
        ((f"DTSTART;TZID={NEW_YORK}:20260307T120000", "DURATION:P1D"), ["07.03. 17:00 - 08.03. 16:00"], "a day later"),
        ((f"DTSTART;TZID={NEW_YORK}:20260307T120000", "DURATION:PT5H"), ["07.03. 17:00 - 07.03. 22:00"], "hours"),
        ((f"DTSTART;TZID={NEW_YORK}:20260308T023000", "DURATION:PT1H"), ["08.03. 07:30 - 08.03. 08:30"],
         "in the gap: by the offset before it"),
        ((f"DTSTART;TZID={NEW_YORK}:20261101T013000", "DURATION:PT1H"), ["01.11. 05:30 - 01.11. 06:30"], "the first"),
        (("DTSTART:20260302T100000Z",), [], "without an end it takes no time"),
        ((*ONE, "TRANSP:TRANSPARENT"), [], "it is free"),
        ((*ONE, "TRANSP:OPAQUE"), ["02.03. 10:00 - 02.03. 11:00"], "it is not"),
        ((*ONE, "STATUS:CANCELLED"), [], "it was cancelled"),
        ((*ONE, "X-MICROSOFT-CDO-BUSYSTATUS:FREE"), [], "Outlook's free"),
        ((*ONE, "DESCRIPTION:a lon", " g text\\, folded"), ["02.03. 10:00 - 02.03. 11:00"], "a folded line"),
        ((*ONE, "BEGIN:VALARM", "DTSTART:20260305T100000Z", "TRIGGER:-PT15M", "END:VALARM"),
         ["02.03. 10:00 - 02.03. 11:00"], "what is nested is nothing of its own"),
    ],
)  # fmt: skip
def test_an_event_is_read(lines: tuple[str, ...], expected: list[str], why: str) -> None:
    assert taken(CUSTOM, event(*lines), tz=NEW_YORK) == expected, why


REPEATED = [
    (("RRULE:FREQ=DAILY;COUNT=3",), ["02 10:00", "03 10:00", "04 10:00"], "counted"),
    (("RRULE:FREQ=DAILY;UNTIL=20260303T100000Z",), ["02 10:00", "03 10:00"], "until, inclusive"),
    (("RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20260303T100000Z,20260304T100000Z"), ["02 10:00", "05 10:00"], "left out"),
    (("RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=America/New_York:20260303T050000"), ["02 10:00", "04 10:00"], "zones"),
    (("RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260303"), ["02 10:00", "04 10:00"], "left out by its date"),
    (("RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=1",), ["02 10:00", "04 10:00"], "the start is always one"),
    (("RDATE:20260305T120000Z",), ["02 10:00", "05 12:00"], "dates beside it"),
    (("RDATE;VALUE=PERIOD:20260305T120000Z/PT1H",), ["02 10:00", "05 12:00"], "a period beside it"),
]


@pytest.mark.parametrize(("lines", "expected", "why"), REPEATED)
def test_what_repeats_is_expanded(lines: tuple[str, ...], expected: list[str], why: str) -> None:
    found = taken(event(*ONE, *lines))
    assert [text[:2] + text[6:12] for text in found] == expected, why


def test_an_occurrence_that_was_moved_or_cancelled_takes_the_place_of_what_it_was() -> None:
    daily = event(*ONE, "RRULE:FREQ=DAILY;COUNT=3")
    moved = event("DTSTART:20260303T150000Z", "DTEND:20260303T160000Z", "RECURRENCE-ID:20260303T100000Z")
    cancelled = event("DTSTART:20260304T100000Z", "DTEND:20260304T110000Z", "RECURRENCE-ID:20260304T100000Z",
                      "STATUS:CANCELLED")  # fmt: skip
    another = event("UID:2", "DTSTART:20260302T200000Z", "DURATION:PT1H", "RECURRENCE-ID:20260302T100000Z")
    assert taken(moved, daily, cancelled, another) == [
        "02.03. 10:00 - 02.03. 11:00", "02.03. 20:00 - 02.03. 21:00", "03.03. 15:00 - 03.03. 16:00",
    ]  # fmt: skip


def test_whole_days_that_repeat_lose_the_dates_that_are_left_out() -> None:
    days = event("DTSTART;VALUE=DATE:20260302", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260303")
    assert taken(days) == ["02.03. 00:00 - 03.03. 00:00", "04.03. 00:00 - 05.03. 00:00"]


def test_wall_times_stay_what_they_are_and_a_night_without_that_hour_is_not_counted() -> None:
    nightly = event(f"DTSTART;TZID={NEW_YORK}:20260307T023000", "DURATION:PT30M", "RRULE:FREQ=DAILY;COUNT=2")
    assert taken(nightly) == ["07.03. 07:30 - 07.03. 08:00", "09.03. 06:30 - 09.03. 07:00"]


def test_the_window_is_from_the_day_before_until_400_days_ahead() -> None:
    daily = event("DTSTART:20200101T120000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")
    found = taken(daily)
    assert len(found) == 1 + calendars.DAYS_AHEAD
    assert (found[0][:5], found[-1][:5]) == ("01.03", "05.04")
    assert taken(event("DTSTART:20250101T120000Z", "DURATION:PT1H")) == []
    assert taken(event("DTSTART:20270406T080000Z", "DURATION:PT1H")) == []


def test_what_began_long_ago_is_found_at_once_and_in_step() -> None:
    weeks = event("DTSTART:19000105T100000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;INTERVAL=3;BYDAY=FR,SU")
    nothing = event("DTSTART:19000101T100000Z", "DTEND:19000101T100000Z", "RRULE:FREQ=DAILY")
    assert taken(weeks, *[nothing] * 50)[:3] == [
        "01.03. 10:00 - 01.03. 11:00", "20.03. 10:00 - 20.03. 11:00", "22.03. 10:00 - 22.03. 11:00",
    ]  # fmt: skip


def test_what_is_touching_today_may_have_begun_long_before() -> None:
    long = event("DTSTART:20200101T120000Z", "DURATION:P40D", "RRULE:FREQ=DAILY;UNTIL=20260125T120000Z")
    assert taken(long) == ["20.01. 12:00 - 06.03. 12:00"]


def test_what_touches_is_one_and_what_differs_is_not() -> None:
    parts = [event(f"UID:{hour}", f"DTSTART:20260302T{hour}0000Z", "DURATION:PT1H") for hour in (10, 11, 13)]
    maybe = event("UID:9", "DTSTART:20260302T103000Z", "DURATION:PT2H", "STATUS:TENTATIVE")
    scene = given(ann_works(ALL_DAY)).when(imported(*parts, maybe))
    found = [(one.start, one.end, one.type) for one in scene.clinic.changes[0].event.intervals]  # type: ignore[attr-defined]
    assert found == [
        (instant("10:00"), instant("12:00"), "busy"), (instant("10:30"), instant("12:30"), "tentative"),
        (instant("13:00"), instant("14:00"), "busy"),
    ]  # fmt: skip


def test_free_busy_lines_are_read_with_their_types() -> None:
    lines = (
        "BEGIN:VFREEBUSY", "FREEBUSY:20260302T100000Z/PT1H,20260302T120000Z/20260302T130000Z",
        "FREEBUSY;FBTYPE=FREE:20260302T140000Z/PT1H", "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260302T150000Z/PT1H",
        "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260302T160000Z/PT1H", "END:VFREEBUSY",
    )  # fmt: skip
    scene = given(ann_works(ALL_DAY)).when(imported(*lines))
    found = [(one.start.hour, one.type) for one in scene.clinic.changes[0].event.intervals]  # type: ignore[attr-defined]
    assert found == [(10, "busy"), (12, "busy"), (15, "tentative"), (16, "unavailable")]


def test_whole_days_and_floating_times_are_those_of_where_somebody_is_then() -> None:
    trips = [{"tz": NEW_YORK, "from": "2026-03-03", "until": "2026-03-04"}]
    parts = (event("UID:2", "DTSTART;VALUE=DATE:20260303"), event("DTSTART:20260304T090000", "DURATION:PT1H"))
    scene = given(ann_works(ALL_DAY, travel=trips)).when(imported(*parts))
    found = [one.start for one in scene.clinic.changes[0].event.intervals]  # type: ignore[attr-defined]
    assert found == [instant("tue 05:00"), instant("wed 09:00")]


# --- what cannot be read ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ics",
    [
        "hello",
        "BEGIN:VEVENT\nEND:VEVENT",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\n",
        "END:VCALENDAR",
        calendar(event("SUMMARY:no start")),
        calendar(event("DTSTART:soon")),
        calendar(event("DTSTART:20260231T100000Z")),
        calendar(event("DTSTART:20260302T100000Z", "DTEND;VALUE=DATE:20260303")),
        calendar(event("DTSTART:20260302T100000Z", "DURATION:-PT1H")),
        calendar(event("DTSTART:20260302T100000Z", "DURATION:long")),
        calendar(event("DTSTART;TZID=Mars/Olympus:20260302T100000", "DURATION:PT1H")),
        calendar(event(*ONE, "RRULE:FREQ=SECONDLY")),
        calendar(event(*ONE, "EXDATE:never")),
        calendar(event("DTSTART;TZID=Our own:20260302T100000"), CUSTOM.replace("FREQ=YEARLY", "FREQ=SECONDLY")),
        calendar(event("DTSTART;TZID=Our own:20260302T100000"), CUSTOM.replace("TZOFFSETTO", "OFFSET")),
        calendar("BEGIN:VFREEBUSY", "FREEBUSY:20260302T100000Z", "END:VFREEBUSY"),
    ],
)
def test_what_is_no_calendar_is_refused_by_name(ics: str) -> None:
    given(ann_works("09:00-17:00")).when(imported(ics=ics)).then_refused("invalid_command", "ics")


@pytest.mark.parametrize(
    "parts",
    [
        [event(*ONE)] * (calendars.EVENTS + 1),
        [event("DTSTART:20260101T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")] * 130,
        [event(*ONE, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")] * 6,
    ],
)
def test_there_are_bounds(parts: list[str]) -> None:
    given(ann_works("09:00-17:00")).when(imported(*parts)).then_refused("too_large", "ics")


def test_so_many_intervals_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendars, "INTERVALS", 2)
    parts = [event(f"UID:{hour}", f"DTSTART:20260302T{hour}0000Z", "DURATION:PT30M") for hour in (10, 11, 12)]
    assert len(taken(*parts[:2])) == 2
    given(ann_works("09:00-17:00")).when(imported(*parts)).then_refused("too_large", "ics")


def test_the_same_text_reads_the_same_whatever_was_read_before() -> None:
    theirs = CUSTOM.replace("-0400", "+0100").replace("-0500", "+0000")
    mine = event("DTSTART;TZID=Our own:20260402T100000", "DURATION:PT1H")
    before = taken(CUSTOM, mine)
    assert taken(theirs, mine) != before
    assert taken(CUSTOM, mine) == before
