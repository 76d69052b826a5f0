"""Every rule about local time, on real nights: half hours, quarters, no midnight, no such date, both directions."""

from datetime import date, datetime, timedelta
from itertools import islice

import pytest

import shelves
from contracts.errors import Rejection
from scheduling.book import decode, encode
from scheduling.hours import Hours, Stretch
from scheduling.masks import positions
from scheduling.recurring import Rule, days, nearer, occurrences, understood
from scheduling.windows import number
from scheduling.zones import known_zone, resolve
from worlds import Away, Layer, Resource, Trip, World, instant, minute

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVER, NINE_TO_FIVE = ("00:00", "24:00"), ("09:00", "17:00")


def rule(text: str) -> Rule:
    found = understood(text)
    assert isinstance(found, Rule), found
    return found


def hours(tz: str, *walls: tuple[str, str], trips: tuple[Trip, ...] = (), away: tuple[Away, ...] = ()) -> Hours:
    layer = Layer(10, tuple((DAYS, wall) for wall in walls))
    ann = Resource("ann", tz=tz, layers=(layer,), trips=trips, away=away)
    return shelves.book(World(resources=(ann,))).hours("ann")


def utc(number: int) -> str:
    return f"{instant(number):%d %H:%M}"


# --- a local day --------------------------------------------------------------------------------------------------

LENGTHS = [
    ("UTC", "2026-03-02", 1440, "nothing happens"),
    ("America/New_York", "2026-03-08", 1380, "an hour is skipped"),
    ("America/New_York", "2026-11-01", 1500, "an hour comes twice"),
    ("Europe/London", "2026-03-29", 1380, "an hour is skipped"),
    ("Europe/London", "2026-10-25", 1500, "an hour comes twice"),
    ("Australia/Lord_Howe", "2026-10-04", 1410, "half an hour is skipped"),
    ("Australia/Lord_Howe", "2026-04-05", 1470, "half an hour comes twice"),
    ("Pacific/Chatham", "2026-09-27", 1380, "at a quarter to three"),
    ("Pacific/Chatham", "2026-04-05", 1500, "at a quarter to four"),
    ("Asia/Kathmandu", "1986-01-01", 1425, "a quarter of an hour is skipped, for good"),
    ("Asia/Kathmandu", "2026-03-02", 1440, "an offset of a quarter"),
    ("America/Santiago", "2026-09-06", 1380, "it begins at one: there is no midnight"),
    ("America/Santiago", "2026-04-04", 1500, "its last hour comes twice"),
    ("America/Havana", "2026-03-08", 1380, "it begins at one: there is no midnight"),
    ("America/Havana", "2024-11-03", 1500, "midnight comes twice"),
    ("Asia/Beirut", "2026-03-29", 1380, "there is no midnight"),
    ("Africa/Cairo", "2026-04-24", 1380, "there is no midnight"),
    ("America/St_Johns", "2006-10-29", 1500, "a minute after midnight, back into the day before"),
    ("Pacific/Apia", "2011-12-30", 0, "a date that never was"),
    ("Pacific/Apia", "2011-12-29", 1440, "the date before it"),
    ("Pacific/Kwajalein", "1993-08-21", 0, "another one that never was"),
    ("Europe/Dublin", "2026-10-25", 1500, "winter time is the exception there"),
    ("Africa/Casablanca", "2026-02-15", 1500, "back for Ramadan"),
    ("Africa/Casablanca", "2026-03-22", 1380, "and forth after it"),
]


@pytest.mark.parametrize(("tz", "day", "length", "why"), LENGTHS)
def test_a_whole_day_is_as_long_as_it_is_there(tz: str, day: str, length: int, why: str) -> None:
    local = date.fromisoformat(day)
    there = hours(tz, EVER, away=(Away(local, local + timedelta(days=1)),))
    first, last = there.rota.midnight(number(local)), there.rota.day_end(number(local))
    assert last - first == length, why
    assert there.rota.has_date(local) == (length > 0), why
    found = [(off.start, off.end) for off in there.away(first - 3000, last + 3000)]
    assert found == ([(first, last)] if length else []), why


@pytest.mark.parametrize(("tz", "day", "length", "why"), [row for row in LENGTHS if row[2]])
def test_every_minute_of_a_whole_day_is_open_and_of_that_date(tz: str, day: str, length: int, why: str) -> None:
    local = date.fromisoformat(day)
    one = hours(tz, EVER).rota
    first = one.midnight(number(local))
    assert {one.date_of(first + offset) for offset in range(length)} >= {number(local)}
    if tz != "America/St_Johns":
        assert {one.date_of(first + offset) for offset in range(length)} == {number(local)}


# --- a time without offset ----------------------------------------------------------------------------------------

MISSING = [
    ("America/New_York", "2026-03-08T02:30", "2026-03-08T06:30Z", "2026-03-08T07:30Z"),
    ("Europe/London", "2026-03-29T01:00", "2026-03-29T00:00Z", "2026-03-29T01:00Z"),
    ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:15Z", "2026-10-03T15:45Z"),
    ("Pacific/Chatham", "2026-09-27T03:00", "2026-09-26T13:15Z", "2026-09-26T14:15Z"),
    ("America/Santiago", "2026-09-06T00:00", "2026-09-06T03:00Z", "2026-09-06T04:00Z"),
    ("Asia/Beirut", "2026-03-29T00:59", "2026-03-28T21:59Z", "2026-03-28T22:59Z"),
    ("Asia/Kathmandu", "1986-01-01T00:10", "1985-12-31T18:25Z", "1985-12-31T18:40Z"),
    ("Pacific/Apia", "2011-12-30T12:00", "2011-12-29T22:00Z", "2011-12-30T22:00Z"),
]


@pytest.mark.parametrize(("tz", "wall", "before", "after"), MISSING)
def test_a_time_that_does_not_exist_is_refused_with_the_nearest_two(
    tz: str, wall: str, before: str, after: str
) -> None:
    refused = resolve(datetime.fromisoformat(wall), tz)
    assert isinstance(refused, Rejection)
    assert refused.code == "nonexistent_local_time"
    assert refused.alternatives == [datetime.fromisoformat(before), datetime.fromisoformat(after)]


@pytest.mark.parametrize(
    ("tz", "wall", "expected"),
    [
        ("America/New_York", "2026-03-08T01:59", "2026-03-08T06:59Z"),
        ("America/New_York", "2026-03-08T03:00", "2026-03-08T07:00Z"),
        ("America/New_York", "2026-11-01T01:00", "2026-11-01T05:00Z"),
        ("America/New_York", "2026-11-01T02:00", "2026-11-01T07:00Z"),
        ("Australia/Lord_Howe", "2026-04-05T01:30", "2026-04-04T14:30Z"),
        ("Australia/Lord_Howe", "2026-04-05T02:00", "2026-04-04T15:30Z"),
        ("America/Havana", "2024-11-03T00:30", "2024-11-03T04:30Z"),
        ("America/Santiago", "2026-04-04T23:30", "2026-04-05T02:30Z"),
        ("Pacific/Chatham", "2026-04-05T03:00", "2026-04-04T13:15Z"),
        ("Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00Z"),
    ],
)
def test_a_time_that_comes_twice_is_the_first_and_the_others_are_themselves(tz: str, wall: str, expected: str) -> None:
    assert resolve(datetime.fromisoformat(wall), tz) == minute(expected)


# --- the grid -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tz", "day", "expected"),
    [
        ("America/New_York", "2026-03-08", ["06:30"]),
        ("America/New_York", "2026-11-01", ["05:30", "06:00", "06:30", "07:00", "07:30"]),
        ("Australia/Lord_Howe", "2026-10-03", ["15:00", "15:30"]),
        ("Australia/Lord_Howe", "2026-04-04", ["14:30", "15:00", "15:30", "16:00"]),
        ("Pacific/Chatham", "2026-04-04", ["11:45", "12:15", "12:45"]),
    ],
)
def test_starts_step_in_minutes_that_pass(tz: str, day: str, expected: list[str]) -> None:
    utc_day = minute(f"{day}T00:00Z") // 1440
    night = hours(tz, ("01:30", "03:00")).grid(Stretch(utc_day, 1), 30)
    found = [utc(utc_day * 1440 + one)[3:] for one in positions(night)]
    assert found[: len(expected)] == expected


# --- what recurs --------------------------------------------------------------------------------------------------

RECURRING = [
    ("America/New_York", "2026-03-07T02:30", "FREQ=DAILY;COUNT=2", ["07 02:30", "09 02:30"], "no 02:30 that night"),
    ("America/New_York", "2026-10-31T01:30", "FREQ=DAILY;COUNT=3", ["31 01:30", "01 01:30", "02 01:30"], "once"),
    ("Australia/Lord_Howe", "2026-10-03T02:15", "FREQ=DAILY;COUNT=2", ["03 02:15", "05 02:15"], "half an hour"),
    ("Australia/Lord_Howe", "2026-10-03T02:30", "FREQ=DAILY;COUNT=2", ["03 02:30", "04 02:30"], "just after it"),
    ("Pacific/Chatham", "2026-09-26T02:50", "FREQ=DAILY;COUNT=2", ["26 02:50", "28 02:50"], "quarters"),
    ("America/Santiago", "2026-09-05T00:00", "FREQ=DAILY;COUNT=2", ["05 00:00", "07 00:00"], "no midnight"),
    ("Pacific/Apia", "2011-12-29T09:00", "FREQ=DAILY;COUNT=3", ["29 09:00", "31 09:00", "01 09:00"], "no such date"),
    ("UTC", "2026-01-31T09:00", "FREQ=MONTHLY;COUNT=3", ["31 09:00", "31 09:00", "31 09:00"], "months without a 31st"),
    ("UTC", "2024-02-29T09:00", "FREQ=YEARLY;COUNT=2", ["29 09:00", "29 09:00"], "leap years"),
    ("UTC", "2026-03-02T09:00", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", ["27 09:00", "24 09:00"], "the last Friday"),
    ("UTC", "2026-03-02T09:00", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=2;COUNT=2", ["03 09:00", "07 09:00"], "the second"),
]


@pytest.mark.parametrize(("tz", "start", "text", "expected", "why"), RECURRING)
def test_an_occurrence_that_does_not_exist_is_skipped_and_not_counted(
    tz: str, start: str, text: str, expected: list[str], why: str
) -> None:
    found = occurrences(rule(text), datetime.fromisoformat(start), known_zone(tz))
    assert [f"{local:%d %H:%M}" for local in found] == expected, why


def test_a_date_that_does_not_exist_is_no_whole_day_off() -> None:
    there = hours("Pacific/Apia", EVER).rota
    found = days(rule("FREQ=DAILY;COUNT=3"), date(2011, 12, 29), there.has_date)
    assert list(found) == [date(2011, 12, 29), date(2011, 12, 31), date(2012, 1, 1)]


def test_a_rule_gives_what_it_gives_in_any_century() -> None:
    """Rules are looked through far in the future, where the calendar is the same."""
    for year in (1999, 2000, 2026, 2100, 2199):
        found = list(islice(occurrences(rule("FREQ=DAILY"), datetime(year, 2, 27, 9), known_zone("UTC")), 500))
        assert found == [datetime(year, 2, 27, 9) + timedelta(days=number) for number in range(500)]


@pytest.mark.parametrize("repeats", ["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,FR,SU", "FREQ=MONTHLY"])
@pytest.mark.parametrize("interval", range(1, 6))
def test_a_later_start_of_a_rule_gives_the_same_from_then_on(repeats: str, interval: int) -> None:
    start, near, utc = datetime(2024, 2, 27, 9), datetime(2026, 3, 1), known_zone("UTC")
    one = rule(f"{repeats};INTERVAL={interval}")
    from_start = [local for local in islice(occurrences(one, start, utc), 1000) if local >= near]
    from_near = [local for local in islice(occurrences(one, nearer(one, start, near), utc), 1000) if local >= near]
    assert from_near[:20] == from_start[:20]
    assert nearer(one._replace(times=5), start, near) == start


# --- travel -------------------------------------------------------------------------------------------------------


def windows(there: Hours, day: str) -> list[str]:
    number = minute(f"{day}T00:00Z") // 1440
    return [f"{utc(one.start)} - {utc(one.end)}" for one in there.rota.touching(number)]


TUESDAY, WEDNESDAY = date(2026, 3, 3), date(2026, 3, 4)


@pytest.mark.parametrize(
    ("home", "there", "day", "expected", "why"),
    [
        ("UTC", "Asia/Kathmandu", "2026-03-03", ["03 03:15 - 03 11:15"], "a quarter of an hour"),
        ("UTC", "America/New_York", "2026-03-03", ["03 14:00 - 03 22:00"], "to the west"),
        ("Pacific/Kiritimati", "Pacific/Pago_Pago", "2026-03-03",
         ["03 19:00 - 04 04:00"], "two dates at once, on the way back"),
        ("Pacific/Pago_Pago", "Pacific/Kiritimati", "2026-03-02", ["02 19:00 - 03 04:00"],
         "two dates at once, on the way there"),
    ],
)  # fmt: skip
def test_windows_are_by_the_clocks_of_where_somebody_is(
    home: str, there: str, day: str, expected: list[str], why: str
) -> None:
    found = windows(hours(home, NINE_TO_FIVE, trips=(Trip(there, TUESDAY, WEDNESDAY),)), day)
    assert [text for text in found if text in expected] == expected, (why, found)


def test_a_trip_over_a_night_that_is_short_there() -> None:
    trip = (Trip("America/New_York", date(2026, 3, 8), date(2026, 3, 9)),)
    assert windows(hours("UTC", ("01:00", "04:00"), trips=trip), "2026-03-08") == ["08 06:00 - 08 08:00"]


def test_a_resource_without_any_of_it_pays_nothing() -> None:
    plain = hours("UTC", NINE_TO_FIVE)
    assert not plain._closures
    assert plain.off(20_000) == 0
    assert plain.away(0, 10**9) == []


def test_an_old_snapshot_is_still_a_book() -> None:
    """As it was written before there were certificates, calendars of elsewhere, holidays and anything retired."""
    book = shelves.book(World(resources=(Resource("ann", layers=(Layer(10, ((DAYS, NINE_TO_FIVE),)),)),)))
    old = encode(book)
    for name in (b'"retired":false,', b',"retired":false', b',"foreign":{},"certified":null', b',"holidays":{}'):
        old = old.replace(name, b"")
    assert b"retired" not in old
    assert b"foreign" not in old
    assert decode(old) == book
