"""Periods of a zone: days as long as their clocks make them, weeks from Monday, and dates that there are not."""

from datetime import date

import pytest

from scheduling.periods import Period, business_day, local_day, period, periods
from scheduling.windows import number
from worlds import minute

NEW_YORK, APIA, ST_JOHNS = "America/New_York", "Pacific/Apia", "America/St_Johns"


def of(per: str, tz: str, day: str) -> Period:
    return period(per, tz, number(date.fromisoformat(day)))


@pytest.mark.parametrize(
    ("per", "tz", "day", "start", "end"),
    [
        ("day", NEW_YORK, "2026-03-08", "2026-03-08T05:00Z", "2026-03-09T04:00Z"),
        ("day", NEW_YORK, "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),
        ("day", "Asia/Beirut", "2026-03-29", "2026-03-28T22:00Z", "2026-03-29T21:00Z"),
        ("day", APIA, "2011-12-30", "2011-12-30T10:00Z", "2011-12-30T10:00Z"),
        ("week", "UTC", "2026-03-04", "2026-03-02T00:00Z", "2026-03-09T00:00Z"),
        ("week", "UTC", "2026-03-08", "2026-03-02T00:00Z", "2026-03-09T00:00Z"),
        ("week", "UTC", "2026-03-09", "2026-03-09T00:00Z", "2026-03-16T00:00Z"),
        ("month", NEW_YORK, "2026-03-31", "2026-03-01T05:00Z", "2026-04-01T04:00Z"),
        ("month", "UTC", "2026-12-31", "2026-12-01T00:00Z", "2027-01-01T00:00Z"),
        ("month", "UTC", "2028-02-29", "2028-02-01T00:00Z", "2028-03-01T00:00Z"),
        ("year", "Asia/Kathmandu", "2026-07-01", "2025-12-31T18:15Z", "2026-12-31T18:15Z"),
    ],
)
def test_a_period_runs_from_the_first_minute_of_a_local_date_to_that_of_another(
    per: str, tz: str, day: str, start: str, end: str
) -> None:
    found = of(per, tz, day)
    assert (found.start, found.end) == (minute(start), minute(end))


def test_the_periods_of_a_range_touch_and_cover_it() -> None:
    first, last = minute("2026-03-07T12:00Z"), minute("2026-03-10T12:00Z")
    found = list(periods("day", NEW_YORK, first, last))
    assert [one.end - one.start for one in found] == [1440, 1380, 1440, 1440]
    assert found[0].start <= first < found[0].end
    assert found[-1].start < last <= found[-1].end
    assert [one.end for one in found[:-1]] == [one.start for one in found[1:]]


def test_a_range_that_ends_where_a_period_begins_does_not_reach_into_it() -> None:
    midnight = minute("2026-03-04T00:00Z")
    assert len(list(periods("day", "UTC", midnight - 1, midnight))) == 1
    assert len(list(periods("day", "UTC", midnight - 1, midnight + 1))) == 2


def test_a_date_that_does_not_exist_is_no_day() -> None:
    found = list(periods("day", APIA, minute("2011-12-29T12:00Z"), minute("2011-12-31T09:00Z")))
    assert [(one.start, one.end) for one in found] == [
        (minute("2011-12-29T10:00Z"), minute("2011-12-30T10:00Z")),
        (minute("2011-12-30T10:00Z"), minute("2011-12-31T10:00Z")),
    ]


def test_a_repeated_midnight_begins_its_date_once() -> None:
    """In 2006 the clocks of St. John's went back at 00:01, to 23:01 of the day before."""
    again = minute("2006-10-29T03:00Z")
    assert local_day(again, ST_JOHNS) == number(date(2006, 10, 29))
    assert local_day(minute("2006-10-29T02:29Z"), ST_JOHNS) == number(date(2006, 10, 28))


@pytest.mark.parametrize(
    ("today", "days", "last"),
    [
        ("2026-03-06", 0, "2026-03-06"), ("2026-03-06", 1, "2026-03-09"), ("2026-03-06", 5, "2026-03-13"),
        ("2026-03-06", 6, "2026-03-16"), ("2026-03-07", 0, "2026-03-07"), ("2026-03-07", 1, "2026-03-09"),
    ],
)  # fmt: skip
def test_business_days_ahead_pass_over_the_weekend(today: str, days: int, last: str) -> None:
    assert business_day(number(date.fromisoformat(today)), days) == number(date.fromisoformat(last))
