"""Wall clocks and instants, with the zones that make them hard."""

import zoneinfo
from datetime import UTC, datetime
from importlib.metadata import version

import pytest

from contracts.errors import Rejection
from scheduling.zones import TZDATA, boundary, known_zone, local_text, resolve, to_datetime, to_minute, zone
from worlds import minute

FIRST_READINGS = [
    ("America/New_York", "2026-03-08T01:59", "2026-03-08T06:59Z", "just before the gap"),
    ("America/New_York", "2026-03-08T02:00", "2026-03-08T07:00Z", "the gap's first minute"),
    ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00Z", "inside the gap: the first instant after it"),
    ("America/New_York", "2026-03-08T03:00", "2026-03-08T07:00Z", "the first after the gap"),
    ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30Z", "repeated: the first occurrence"),
    ("America/New_York", "2026-11-01T02:00", "2026-11-01T07:00Z", "after both occurrences"),
    ("Europe/London", "2026-03-29T01:30", "2026-03-29T01:00Z", "a gap that starts at 01:00"),
    ("Europe/London", "2026-10-25T01:30", "2026-10-25T00:30Z", "repeated: summer time's"),
    ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30Z", "a gap of half an hour"),
    ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45Z", "half an hour repeated: its first"),
    ("Asia/Kathmandu", "2026-03-02T09:00", "2026-03-02T03:15Z", "an offset of 5:45"),
    ("Pacific/Chatham", "2026-09-27T03:00", "2026-09-26T14:00Z", "a gap at an offset of 12:45"),
    ("America/Santiago", "2026-09-06T00:00", "2026-09-06T04:00Z", "no midnight: the day starts at 01:00"),
    ("America/Santiago", "2026-04-05T00:00", "2026-04-05T04:00Z", "23:00 came twice, midnight once"),
    ("America/Santiago", "2026-04-04T23:30", "2026-04-05T02:30Z", "the first 23:30"),
    ("America/Havana", "2026-03-08T00:00", "2026-03-08T05:00Z", "no midnight"),
    ("America/Havana", "2024-11-03T00:00", "2024-11-03T04:00Z", "midnight twice: the first"),
    ("Asia/Beirut", "2026-03-29T00:30", "2026-03-28T22:00Z", "no midnight"),
    ("Pacific/Apia", "2011-12-30T10:00", "2011-12-30T10:00Z", "a date that never was: the first instant after it"),
    ("Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00Z", "the same instant"),
    ("Africa/Monrovia", "1972-01-01T09:00", "1972-01-01T09:45Z", "an offset with seconds: the next whole minute"),
]


@pytest.mark.parametrize(("tz", "wall", "expected", "why"), FIRST_READINGS)
def test_a_boundary_lies_at_the_first_instant_that_reads_it(tz: str, wall: str, expected: str, why: str) -> None:
    assert boundary(datetime.fromisoformat(wall), known_zone(tz)) == minute(expected), why


def test_the_rules_come_from_the_package_alone() -> None:
    assert zoneinfo.TZPATH == ()
    assert version("tzdata") == TZDATA


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "America", "../etc/passwd", "zone.tab", "america/new_york"])
def test_what_is_no_zone_is_unknown(name: str) -> None:
    assert zone(name) is None


def test_a_zone_that_was_not_checked_is_a_bug() -> None:
    with pytest.raises(LookupError, match="Mars/Olympus"):
        known_zone("Mars/Olympus")


def test_minutes_and_instants_are_each_other() -> None:
    moment = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    assert to_datetime(to_minute(moment)) == moment
    assert to_minute(moment.replace(second=59)) == to_minute(moment)


def test_local_text_tells_the_wall_time_and_its_offset() -> None:
    assert local_text(minute("2026-03-02T15:00Z"), "America/New_York") == "2026-03-02T10:00:00-05:00"
    assert local_text(minute("2026-03-02T15:00Z"), "Asia/Kathmandu") == "2026-03-02T20:45:00+05:45"


def test_a_start_with_an_offset_is_its_own_instant_whatever_zone_is_named() -> None:
    start = datetime.fromisoformat("2026-03-02T10:00:00-05:00")
    assert resolve(start, None) == resolve(start, "Asia/Kathmandu") == minute("2026-03-02T15:00Z")


def test_a_local_start_is_placed_in_its_zone_and_an_ambiguous_one_is_its_first_occurrence() -> None:
    assert resolve(datetime(2026, 3, 2, 10), "America/New_York") == minute("2026-03-02T15:00Z")
    assert resolve(datetime(2026, 11, 1, 1, 30), "America/New_York") == minute("2026-11-01T05:30Z")


def test_a_local_start_in_a_gap_is_refused_with_the_instants_before_and_after_it() -> None:
    refused = resolve(datetime(2026, 3, 8, 2, 30), "America/New_York")
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == ("nonexistent_local_time", "start")
    assert refused.alternatives == [datetime(2026, 3, 8, 6, 30, tzinfo=UTC), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)]


@pytest.mark.parametrize(("tz", "code", "field"), [(None, "invalid_command", "start"), ("Mars", "unknown_zone", "tz")])
def test_a_local_start_needs_a_zone_that_exists(tz: str | None, code: str, field: str) -> None:
    refused = resolve(datetime(2026, 3, 2, 10), tz)
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == (code, field)
