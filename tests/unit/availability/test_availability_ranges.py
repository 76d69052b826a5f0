"""Ranges and cursors as questions write them."""

from datetime import UTC, datetime, timedelta

import pytest

from availability.asof import with_plus
from availability.cursor import Cursor
from availability.moment import Moment
from availability.ranges import minute_of, span
from kit.problems import Problem
from scheduling.zones import to_datetime

AT = Moment("acme", 7, 1, 1, 42, datetime(2026, 3, 2, 8, tzinfo=UTC), True)


@pytest.mark.parametrize(
    ("text", "tz", "instant"),
    [
        ("2026-03-02", "UTC", "2026-03-02T00:00"),
        ("2026-03-02", "America/New_York", "2026-03-02T05:00"),
        ("2026-03-02T10:00:00-05:00", "UTC", "2026-03-02T15:00"),
        ("2026-03-02T10:00:00 05:00", "UTC", "2026-03-02T05:00"),
        ("2026-03-02T10:00", "America/New_York", "2026-03-02T15:00"),
        ("2026-03-02T10:00:01Z", "UTC", "2026-03-02T10:01"),
        ("2026-03-29", "Asia/Beirut", "2026-03-28T22:00"),
    ],
)
def test_a_time_is_read_as_the_first_whole_minute_not_before_it(text: str, tz: str, instant: str) -> None:
    assert to_datetime(minute_of(text, tz, "from")) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "code", "field"),
    [
        ("x", None, "invalid_query", "from"),
        ("2026-13-01", None, "invalid_query", "from"),
        ("2026-03-02", "2026-03-02", "invalid_query", "to"),
        ("2026-03-08T02:30", None, "nonexistent_local_time", "from"),
        (None, "3000-01-01", "invalid_query", "to"),
        ("2026-01-01", "2027-06-01", "invalid_query", "to"),
    ],
)
def test_a_range_that_makes_no_sense_names_its_end(first: str | None, last: str | None, code: str, field: str) -> None:
    with pytest.raises(Problem) as refused:
        span(first, last, "America/New_York", longest=None if last is None or first is None else timedelta(days=366))
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_local_day_of_changing_clocks_has_its_own_length() -> None:
    first, last = span("2026-03-08", "2026-03-09", "America/New_York")
    assert last - first == 23 * 60


def test_a_plus_lost_in_a_query_is_put_back() -> None:
    assert with_plus("2026-03-02T10:00:00 05:00") == "2026-03-02T10:00:00+05:00"
    assert with_plus("2026-03-02T10:00:00Z") == "2026-03-02T10:00:00Z"


def test_a_cursor_comes_back_as_it_was_and_only_for_its_list() -> None:
    cursor = Cursor.at(AT, ["1", "apt_1"])
    text = cursor.text({"sort": "start"})
    back = Cursor.read(text, {"sort": "start"})
    assert (back.as_of, back.where) == ("7.42@2026-03-02T08:00:00+00:00", ["1", "apt_1"])
    for other in ({"sort": "-start"}, {}):
        with pytest.raises(Problem):
            Cursor.read(text, other)
    with pytest.raises(Problem):
        Cursor.read(text[:-3], {"sort": "start"})
