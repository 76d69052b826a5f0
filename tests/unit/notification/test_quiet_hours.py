"""Quiet hours: nothing goes out in them, by the recipient's clocks, whatever these clocks do."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.supply_events import QuietHours
from notification.quiet import night_around, send_at
from notified import at
from scheduling.zones import known_zone

NIGHT = QuietHours(start="22:00", end="08:00")
NEW_YORK = "America/New_York"
ZONES = [NEW_YORK, "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "America/Havana", "Africa/Cairo"]

clocks = st.builds(lambda hours, minutes: f"{hours:02}:{minutes:02}", st.integers(0, 23), st.integers(0, 59))
nights = st.builds(QuietHours, start=clocks, end=clocks)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
zones = st.sampled_from(ZONES)


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("2026-03-02T12:00:00-05:00", "2026-03-02T12:00:00-05:00"),
        ("2026-03-02T21:59:59-05:00", "2026-03-02T21:59:59-05:00"),
        ("2026-03-02T22:00:00-05:00", "2026-03-03T08:00:00-05:00"),
        ("2026-03-03T00:30:00-05:00", "2026-03-03T08:00:00-05:00"),
        ("2026-03-03T07:59:59-05:00", "2026-03-03T08:00:00-05:00"),
        ("2026-03-03T08:00:00-05:00", "2026-03-03T08:00:00-05:00"),
        # The night in which the clocks go forward, and the one in which they go back.
        ("2026-03-07T23:00:00-05:00", "2026-03-08T08:00:00-04:00"),
        ("2026-10-31T23:00:00-04:00", "2026-11-01T08:00:00-05:00"),
        ("2026-11-01T01:30:00-05:00", "2026-11-01T08:00:00-05:00"),
    ],
)
def test_what_falls_into_the_night_waits_for_its_end(wanted: str, goes: str) -> None:
    assert send_at(at(wanted), at(wanted), None, NIGHT, NEW_YORK) == at(goes)


@pytest.mark.parametrize(
    ("quiet", "wanted", "goes"),
    [
        # 02:30 is skipped that night: the quiet time ends as soon as the clocks have gone forward.
        (QuietHours(start="01:00", end="02:30"), "2026-03-08T01:15:00-05:00", "2026-03-08T03:00:00-04:00"),
        # 01:30 comes twice: the first time counts.
        (QuietHours(start="00:00", end="01:30"), "2026-11-01T00:45:00-04:00", "2026-11-01T01:30:00-04:00"),
    ],
)
def test_an_end_that_the_clocks_skip_or_repeat(quiet: QuietHours, wanted: str, goes: str) -> None:
    assert send_at(at(wanted), at(wanted), None, quiet, NEW_YORK) == at(goes)


def test_quiet_hours_in_the_middle_of_the_day_and_none_at_all() -> None:
    noon = at("2026-03-02T12:30:00-05:00")
    siesta, none = QuietHours(start="12:00", end="13:00"), QuietHours(start="12:00", end="12:00")
    assert send_at(noon, noon, None, siesta, NEW_YORK) == at("2026-03-02T13:00:00-05:00")
    assert send_at(noon, noon, None, none, NEW_YORK) == noon
    assert send_at(noon, noon, None, None, NEW_YORK) == noon


def test_what_would_come_after_the_start_goes_before_the_night_or_not_at_all() -> None:
    wanted, start = at("2026-03-03T05:00:00-05:00"), at("2026-03-03T07:00:00-05:00")
    evening = at("2026-03-02T18:00:00-05:00")
    assert send_at(wanted, evening, start, NIGHT, NEW_YORK) == at("2026-03-02T21:59:00-05:00")
    assert send_at(wanted, at("2026-03-02T22:30:00-05:00"), start, NIGHT, NEW_YORK) is None


@given(wanted=instants, quiet=nights, zone=zones)
def test_nothing_goes_out_in_quiet_hours(wanted: datetime, quiet: QuietHours, zone: str) -> None:
    goes = send_at(wanted, wanted, None, quiet, zone)
    assert goes is not None
    assert goes >= wanted
    assert night_around(goes, quiet, zone) is None


@given(wanted=instants, quiet=nights, zone=zones, ahead=st.integers(0, 3_000), begun=st.integers(0, 3_000))
def test_and_nothing_after_the_start_or_before_it_can(
    wanted: datetime, quiet: QuietHours, zone: str, ahead: int, begun: int
) -> None:
    earliest, start = wanted - timedelta(minutes=begun), wanted + timedelta(minutes=ahead, seconds=1)
    goes = send_at(wanted, earliest, start, quiet, zone)
    if goes is not None:
        assert earliest <= goes < start
        assert night_around(goes, quiet, zone) is None


@given(instant=instants, quiet=nights, zone=zones)
def test_the_night_is_what_the_wall_clock_reads(instant: datetime, quiet: QuietHours, zone: str) -> None:
    """On a day without a change of the clocks around it."""
    local = instant.astimezone(known_zone(zone))
    if len({(local + timedelta(days=days)).utcoffset() for days in (-2, -1, 0, 1, 2)}) > 1:
        return
    reads, first, last = local.strftime("%H:%M"), quiet.start, quiet.end
    inside = first <= reads < last if first <= last else reads >= first or reads < last
    assert (night_around(instant, quiet, zone) is not None) == inside
